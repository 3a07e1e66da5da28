"""What keeps a search going when Ray ends one of its workers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ray
from ray.tune.execution import tune_controller


class _TolerantActorManager(tune_controller.RayActorManager):
    """Takes the end of a worker, whatever its cause, for the end of its trial alone.

    Ray says OutOfMemoryError of a worker that it killed for memory, and NodeDiedError of one whose
    node is gone. Neither is a RayActorError, and Tune ends the whole search at any other (observed
    with Ray 2.60: "Caught unexpected exception").
    """

    def _actor_task_failed(self, tracked_actor_task: Any, exception: Exception) -> None:
        known = ray.exceptions.RayActorError, ray.exceptions.RayTaskError
        if isinstance(exception, ray.exceptions.RayError) and not isinstance(exception, known):
            exception = ray.exceptions.RayActorError(error_msg=str(exception))
        super()._actor_task_failed(tracked_actor_task, exception)


@contextmanager
def tolerating_lost_workers() -> Iterator[None]:
    """Let Tune survive workers that are killed, until the end of the block."""
    before = tune_controller.RayActorManager
    tune_controller.RayActorManager = _TolerantActorManager  # type: ignore[misc]
    try:
        yield
    finally:
        tune_controller.RayActorManager = before  # type: ignore[misc]
