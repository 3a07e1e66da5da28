"""A run on Ray Tune: songs in the object store, workers on their share, trials until the end."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ray
from ray import tune
from ray.tune.execution import tune_controller
from ray.tune.schedulers import FIFOScheduler

from data import Songs
from search.backend.connection import this_node
from search.backend.interrupt import Stopping
from search.backend.progress import Progress
from search.backend.resources import Workers
from search.backend.scratch import scratch
from search.backend.callback import Delivery
from search.backend.searcher import AgendaSearcher, DriverOnly
from search.backend.trainable import Shelf, Worker, prepared
from search.experiment.experiment import Agenda
from search.tasks.task import Task


def shelve(
    songs: Songs, task: Task, say: Callable[[str], None], stop: Callable[[], None]
) -> Shelf:
    """Put the songs into the object store and begin to prepare them.

    Preparing is a task of Ray's and no thread of this process: its linear algebra in a thread
    kept a fork of Ray's start waiting for ever (seen).

    Parameters
    ----------
    say : takes what there is to say of the task, once that is known.
    stop : called when the songs cannot be prepared; `Shelf.check` then says why.
    """
    kept = ray.put(songs)
    # Here, where the songs are, so that no other node's end loses it; and once, for Ray begins a
    # task that it killed for memory again without end (observed with Ray 2.60).
    options = {"num_returns": 2, "max_retries": 0, "scheduling_strategy": this_node()}
    refs: Any = prepared.options(**options).remote(kept, task)
    shelf = Shelf(kept, *refs)

    def listen() -> None:
        try:
            if told := ray.get(shelf.said):
                say(told)
        except ray.exceptions.RayError:
            stop()

    threading.Thread(target=listen, daemon=True).start()
    return shelf


def run_on_ray(
    agenda: Agenda,
    shelf: Shelf,
    task: Task,
    workers: Workers,
    progress: Progress,
    stopping: Stopping,
    epoch_limit: float,
    say: Callable[[str], None],
) -> None:
    """Run everything on the agenda; returns early, with trials unfinished, once `stopping`.

    A trial that gives no sign for `epoch_limit` seconds is ended. `say` takes what workers have to
    say of the machines that they are on.
    """
    # Tune would otherwise wait for one worker to be up before it starts the next, and give the
    # second trial to the first worker when that is free by then. The searcher keeps the count.
    os.environ["TUNE_MAX_PENDING_TRIALS_PG"] = "1000000"
    # What a trial's error was is a row of the run's, and no traceback on the screen.
    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)
    searcher = AgendaSearcher(agenda, workers.count, progress, stopping)
    with scratch() as storage, losing_workers():
        tune.Tuner(
            tune.with_resources(
                tune.with_parameters(
                    Worker, shelf=shelf, task=task, need=workers.need, epoch_limit=epoch_limit
                ),
                workers.need.bundle,
            ),
            tune_config=tune.TuneConfig(
                search_alg=searcher, scheduler=OwnWorkers(), num_samples=-1, reuse_actors=True
            ),
            run_config=tune.RunConfig(
                name="run",
                storage_path=str(storage),
                verbose=0,
                stop=StopWhen(stopping, searcher.stops),
                callbacks=[Delivery(searcher, agenda, progress, stopping, epoch_limit, say)],
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
            ),
        ).fit()


class LosingWorkers(tune_controller.RayActorManager):
    """Takes every end of a worker for the end of its trial alone.

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
def losing_workers() -> Iterator[None]:
    """Let Tune survive workers that are killed, until the end of the block."""
    before = tune_controller.RayActorManager
    tune_controller.RayActorManager = LosingWorkers  # type: ignore[misc]
    try:
        yield
    finally:
        tune_controller.RayActorManager = before  # type: ignore[misc]


class OwnWorkers(FIFOScheduler):
    """Leaves a trial to the worker that starts for it.

    Tune gives a waiting trial to the first worker that is free and ends the start that was under
    way for it: where trials are shorter than a start, further nodes never come to run one (seen).
    A free worker gets a new trial instead.
    """

    def choose_trial_to_run(self, tune_controller: Any) -> None:
        """No trial before its turn."""


class StopWhen(DriverOnly, tune.Stopper):
    """Ends every trial once `stopping` says so, and one by its result where `stops` does."""

    def __init__(self, stopping: Stopping, stops: Callable[[str, dict[str, Any]], bool]) -> None:
        self._stopping = stopping
        self._stops = stops

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Whether to end this trial."""
        return self._stops(trial_id, result)

    def stop_all(self) -> bool:
        """Whether to end the run."""
        return self._stopping()
