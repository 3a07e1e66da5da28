"""Ray Tune around an agenda: it suggests what the agenda asks, and brings back what came of it."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ray
from ray import tune
from ray.tune.schedulers import FIFOScheduler
from ray.tune.search import Searcher

from data import Songs
from search.agenda import Agenda
from search.loss import End, end_of
from search.outcome import Ask, failed
from search.progress import Progress
from search.resources import Workers
from search.stopping import Stopping
from search.task import Task
from search.worker import Shelf, Worker, prepared


class DriverOnly:
    """Pickled as nothing: Tune saves what it is given, and never reads it back here."""

    def __getstate__(self) -> dict[str, Any]:
        return {}


REST_SECONDS = 20.0
"""How long no worker is started after one has died. Ray takes some seconds to see that a node is
gone; until then it would start the next ones there, and trials would die with them (seen)."""


class AgendaSearcher(DriverOnly, Searcher):
    """Suggests what the agenda asks for next; the study itself lives behind the agenda."""

    def __init__(
        self,
        agenda: Agenda,
        slots: Callable[[], int],
        progress: Progress,
        stopping: Stopping,
    ) -> None:
        super().__init__()
        self._agenda = agenda
        self._slots = slots
        self._progress = progress
        self._stopping = stopping
        self.running: dict[str, Running] = {}
        self._most, self._rest = 1, 0.0

    def rest(self) -> None:
        """A worker has died: for a while no more trials run than do now, on workers that live."""
        self._most, self._rest = max(1, len(self.running)), time.monotonic() + REST_SECONDS

    def suggest(self, trial_id: str) -> Any:
        """The next trial's configuration; None to be asked again; FINISHED at the end."""
        if self._stopping():
            return Searcher.FINISHED
        most = self._most if time.monotonic() < self._rest else self._slots()
        if len(self.running) >= min(most, self._slots()):
            return None
        ask = None
        with self._stopping.on_error():
            ask = self._agenda.next()
        if ask is None:
            return Searcher.FINISHED if self._agenda.done or self._stopping() else None
        self.running[trial_id] = Running(ask)
        self._progress.started(ask)
        return {"ask": ask}

    def stops(self, trial_id: str, result: dict[str, Any]) -> bool:
        """Whether a trial ends with this result because it stands too badly."""
        rung, running = result.pop("rung", None), self.running.get(trial_id)
        if rung is None or running is None:
            return False
        with self._stopping.on_error():
            if self._agenda.ends_early(running.ask, rung):
                result["outcome"] = rung.outcome
        return "outcome" in result

    def on_trial_complete(
        self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
    ) -> None:
        """Nothing: what came of a trial goes through `Delivery`."""

    def save(self, checkpoint_path: str) -> None:
        """Nothing: the study's journal is the only state."""

    def restore(self, checkpoint_path: str) -> None:
        """Nothing: see `save`."""


@dataclass
class Running:
    """A trial on a worker, and when it last gave a sign."""

    ask: Ask
    sign: float = field(default_factory=time.monotonic)


class Delivery(DriverOnly, tune.Callback):
    """Takes outcomes out of results the moment they arrive, before Tune keeps the result."""

    def __init__(
        self,
        searcher: AgendaSearcher,
        agenda: Agenda,
        progress: Progress,
        stopping: Stopping,
        epoch_limit: float,
    ) -> None:
        self._searcher = searcher
        self._agenda = agenda
        self._progress = progress
        self._stopping = stopping
        self._epoch_limit = epoch_limit

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """A trial has its worker, for which it may have waited long: only now it owes a sign."""
        if running := self._searcher.running.get(trial.trial_id):
            running.sign = time.monotonic()

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        """Hand an outcome to the agenda, or the epoch of a running trial to the display."""
        running = self._searcher.running.get(trial.trial_id)
        if running is None:
            return
        running.sign = time.monotonic()
        outcome = result.pop("outcome", None)
        if outcome is None:
            self._progress.epoch(running.ask, result["epoch"], result["hostname"])
            return
        del self._searcher.running[trial.trial_id]
        with self._stopping.on_error():
            self._agenda.finish(running.ask, outcome)

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Look after a trial that ended without an outcome."""
        running = self._searcher.running.pop(trial.trial_id, None)
        if running is not None:
            written = Path(trial.error_file)  # its storage has the file only later
            with self._stopping.on_error():
                self._settle(running, end_of(written.read_text() if written.is_file() else ""))

    def _settle(self, running: Running, end: End) -> None:
        """Run a trial again where that may help; elsewhere it has failed."""
        if self._stopping():
            return
        if time.monotonic() - running.sign >= self._epoch_limit:
            why = f"Hang: no sign of the trial for {self._epoch_limit:.0f} s, so it was ended"
            self._agenda.finish(running.ask, failed(running.ask, why))
        elif end.died:
            self._searcher.rest()
            self._agenda.lost(running.ask, end.text)
        else:
            self._agenda.finish(running.ask, failed(running.ask, end.text))


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
    refs: Any = prepared.options(num_returns=2).remote(kept, task)
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
) -> None:
    """Run everything on the agenda; returns early, with trials unfinished, once `stopping`.

    A trial that gives no sign for `epoch_limit` seconds is ended.
    """
    # Tune would otherwise wait for one worker to be up before it starts the next, and give the
    # second trial to the first worker when that is free by then. The searcher keeps the count.
    os.environ["TUNE_MAX_PENDING_TRIALS_PG"] = "1000000"
    # What a trial's error was is a row of the run's, and no traceback on the screen.
    logging.getLogger("ray.tune").setLevel(logging.CRITICAL)
    searcher = AgendaSearcher(agenda, workers.count, progress, stopping)
    scratch = tempfile.mkdtemp(prefix="latentune-")
    try:
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
                storage_path=scratch,
                verbose=0,
                stop=StopWhen(stopping, searcher.stops),
                callbacks=[Delivery(searcher, agenda, progress, stopping, epoch_limit)],
                checkpoint_config=tune.CheckpointConfig(checkpoint_at_end=False),
            ),
        ).fit()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


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
