"""What Ray Tune brings back of a trial: its result, a sign of life, or that its worker died."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ray import tune

from search.backend.interrupt import Stopping
from search.backend.progress import Progress
from search.backend.searcher import AgendaSearcher, DriverOnly, Running
from search.backend.worker_failures import End, end_of
from search.experiment.experiment import Agenda
from search.trial.records import failed


class Delivery(DriverOnly, tune.Callback):
    """Takes outcomes out of results the moment they arrive, before Tune keeps the result."""

    def __init__(
        self,
        searcher: AgendaSearcher,
        agenda: Agenda,
        progress: Progress,
        stopping: Stopping,
        epoch_limit: float,
        say: Callable[[str], None],
    ) -> None:
        self._searcher = searcher
        self._agenda = agenda
        self._progress = progress
        self._stopping = stopping
        self._epoch_limit = epoch_limit
        self._say = say
        self._said: set[str] = set()

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
        said = result.pop("said", None)
        if said and said not in self._said:
            self._said.add(said)
            self._say(said)
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
