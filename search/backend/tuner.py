"""A run on Ray Tune: songs in the object store, workers on their share, trials until the end."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from typing import Any

import ray
from ray import tune

from search.backend.actor_manager import tolerating_lost_workers
from search.backend.callback import ResultCallback
from search.backend.connection import this_node
from search.backend.interrupt import Interrupt
from search.backend.progress import Progress
from search.backend.resources import Workers
from search.backend.scheduler import ExperimentScheduler
from search.backend.scratch import scratch
from search.backend.searcher import DriverOnly, ExperimentSearcher
from search.backend.trainable import SharedInputs, Worker, prepared
from search.experiment.experiment import Experiment
from search.tasks.task import Task


def share_inputs(
    songs: ray.ObjectRef, task: Task, say: Callable[[str], None], stop: Callable[[], None]
) -> SharedInputs:
    """Begin to prepare the songs that lie in the object store.

    Preparing is a task of Ray's and no thread of this process: its linear algebra in a thread
    kept a fork of Ray's start waiting for ever (observed with Ray 2.60).

    Parameters
    ----------
    say : takes what there is to say of the task, once that is known.
    stop : called when the songs cannot be prepared; `SharedInputs.check` then says why.
    """
    # Here, where the songs are, so that no other node's end loses it; and once, for Ray begins a
    # task that it killed for memory again without end (observed with Ray 2.60).
    options = {"num_returns": 3, "max_retries": 0, "scheduling_strategy": this_node()}
    refs: Any = prepared.options(**options).remote(songs, task)
    shared = SharedInputs(*refs)

    def listen() -> None:
        try:
            if said := ray.get(shared.said):
                say(said)
        except ray.exceptions.RayError:
            stop()

    threading.Thread(target=listen, daemon=True).start()
    return shared


def run_on_ray(
    experiment: Experiment,
    shared: SharedInputs,
    task: Task,
    workers: Workers,
    progress: Progress,
    interrupt: Interrupt,
    epoch_limit: float,
    say: Callable[[str], None],
) -> None:
    """Run an experiment to its end; return early, with trials unfinished, once interrupted.

    A trial that gives no sign for `epoch_limit` seconds is ended. `say` takes what workers have to
    say of the machines that they are on.
    """
    # Tune would otherwise wait for one worker to be up before it starts the next, and give the
    # second trial to the first worker when that is free by then. The searcher keeps the count.
    os.environ.setdefault("TUNE_MAX_PENDING_TRIALS_PG", "1000000")
    # What a trial's error was is a row of the run's, and no traceback on the screen.
    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)
    searcher = ExperimentSearcher(experiment, workers.count, progress, interrupt)
    with scratch() as storage, tolerating_lost_workers():
        tune.Tuner(
            tune.with_resources(
                tune.with_parameters(
                    Worker, shared=shared, task=task, need=workers.need, epoch_limit=epoch_limit
                ),
                workers.need.bundle,
            ),
            tune_config=tune.TuneConfig(
                search_alg=searcher,
                scheduler=ExperimentScheduler(experiment, searcher, interrupt),
                num_samples=-1,
                reuse_actors=True,
            ),
            run_config=tune.RunConfig(
                name="run",
                storage_path=str(storage),
                verbose=0,
                stop=_StopWhen(interrupt),
                callbacks=[
                    ResultCallback(searcher, experiment, progress, interrupt, epoch_limit, say)
                ],
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
            ),
        ).fit()


class _StopWhen(DriverOnly, tune.Stopper):
    """Ends the run once it is interrupted."""

    def __init__(self, interrupt: Interrupt) -> None:
        self._interrupt = interrupt

    def __call__(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Return whether to end this trial: the scheduler's to say."""
        return False

    def stop_all(self) -> bool:
        """Return whether to end the run."""
        return self._interrupt()
