"""What runs on a cluster now: each search publishes its status in an actor that others read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import ray

from results.repeating import repeating
from search.backend.connection import this_node
from search.backend.progress import Progress
from search.backend.resources import Workers

_NAMESPACE = "latentune"
"""Ray's namespace of the actors that hold the status of a search."""

_POST_SECONDS = 2.0
"""Seconds from one status to the next."""


@dataclass(frozen=True)
class SearchStatus:
    """What a search says of itself.

    Attributes
    ----------
    need : what each trial needs, in words.
    slots : how many trials run at a time.
    running : trial, how far it is, and the node it runs on ("" while it waits for one).
    """

    run: str
    need: str
    slots: int
    counts: str
    running: list[tuple[str, str, str]] = field(default_factory=list)


@ray.remote(num_cpus=0)
class _StatusActor:
    """Hold the newest status of one search, as long as its driver lives."""

    def __init__(self) -> None:
        self._status: SearchStatus | None = None

    def post(self, search_status: SearchStatus) -> None:
        """Replace the status."""
        self._status = search_status

    def read(self) -> SearchStatus | None:
        """Return the newest status, None before the first."""
        return self._status


@contextmanager
def publishing(run: str, workers: Workers, progress: Progress) -> Iterator[None]:
    """Publish the status of a search until the end of the block; not on a Ray of its own."""
    if not workers.shared:
        yield
        return
    name = f"{run}/{time.time_ns()}"
    # It may go with the node of this process, and not before with another one.
    actor = _StatusActor.options(  # type: ignore[attr-defined]
        name=name, namespace=_NAMESPACE, scheduling_strategy=this_node()
    ).remote()

    def post() -> float:
        need, count = str(workers.need), workers.count()
        actor.post.remote(SearchStatus(run, need, count, progress.counts(), progress.running))
        return _POST_SECONDS

    try:
        with repeating("status", post, _POST_SECONDS):
            yield
    finally:
        ray.kill(actor)


def search_statuses(timeout: float = 10.0) -> list[SearchStatus]:
    """Return the status of every search on this cluster."""
    actors: list[Any] = [
        ray.get_actor(actor["name"], namespace=_NAMESPACE)
        for actor in ray.util.list_named_actors(all_namespaces=True)
        if actor["namespace"] == _NAMESPACE
    ]
    if not actors:
        return []
    asked: list[Any] = [actor.read.remote() for actor in actors]
    ready, _ = ray.wait(asked, num_returns=len(asked), timeout=timeout)
    return [found for found in map(_read, ready) if found]


def _read(asked: ray.ObjectRef) -> SearchStatus | None:
    """Return what an actor answers; None if it went away with its search."""
    try:
        search_status: SearchStatus | None = ray.get(asked)
    except ray.exceptions.RayError:
        return None
    return search_status
