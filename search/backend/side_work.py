"""Work beside the trials: plain functions on the cores of the driver's machine."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import ray

from search.backend.connection import this_node

Made = TypeVar("Made")

_SECONDS = 1.0
"""How long one look for what is ready takes at most."""


def side_by_side(
    make: Callable[..., Made], calls: Sequence[tuple[Any, ...]], stop: Callable[[], bool]
) -> Iterator[tuple[int, Made]]:
    """Yield the place of each call with what it made, as it is ready; no more once `stop` is true.

    Each runs in a process of Ray's on this machine, as many at once as it has cores, and with one
    thread: threads of the driver must do no linear algebra (see `share_inputs`).

    Parameters
    ----------
    make : function of a module that workers can import.
    calls : its arguments.

    Raises
    ------
    ray.exceptions.RayError
        When a call fails, or its process.
    """
    # A driver without trials has no cores to give out by Ray's count, so none is asked for.
    task: Any = ray.remote(num_cpus=0, max_retries=1)(make)
    task = task.options(scheduling_strategy=this_node())
    waiting = deque(enumerate(calls))
    running: dict[ray.ObjectRef, int] = {}
    while (waiting or running) and not stop():
        while waiting and len(running) < (os.cpu_count() or 1):
            place, arguments = waiting.popleft()
            running[task.remote(*arguments)] = place
        ready, _ = ray.wait([*running], timeout=_SECONDS)
        for ref in ready:
            yield running.pop(ref), ray.get(ref)
    for ref in running:
        ray.cancel(ref)
