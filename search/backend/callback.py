"""What Ray Tune brings back of a trial: its result, a sign of life, or that its worker died."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ray import tune

from search.backend.interrupt import Interrupt
from search.backend.progress import Progress
from search.backend.searcher import DriverOnly, ExperimentSearcher, Running
from search.backend.worker_failures import WorkerFailure, worker_failure
from search.experiment.experiment import Experiment
from search.trial.records import failed


class ResultCallback(DriverOnly, tune.Callback):
    """Takes a trial's result out of Tune's the moment it arrives, before Tune keeps that."""

    def __init__(
        self,
        searcher: ExperimentSearcher,
        experiment: Experiment,
        progress: Progress,
        interrupt: Interrupt,
        epoch_limit: float,
        say: Callable[[str], None],
    ) -> None:
        self._searcher = searcher
        self._experiment = experiment
        self._progress = progress
        self._interrupt = interrupt
        self._epoch_limit = epoch_limit
        self._say = say
        self._said: set[str] = set()

    def on_trial_start(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Await a sign of life of a trial only from when it has its worker."""
        if running := self._searcher.running.get(trial.trial_id):
            running.sign = time.monotonic()

    def on_trial_result(
        self, iteration: int, trials: list[Any], trial: Any, result: dict[str, Any], **info: Any
    ) -> None:
        """Tell the experiment a trial's result, or the display the epoch of a running trial."""
        running = self._searcher.running.get(trial.trial_id)
        if running is None:
            return
        running.sign = time.monotonic()
        said = result.pop("said", None)
        if said and said not in self._said:
            self._said.add(said)
            self._say(said)
        trial_result, intermediate = (
            result.pop("trial_result", None),
            result.pop("intermediate", None),
        )
        if intermediate is not None and result.get("done"):
            trial_result = intermediate.result  # the scheduler ended the trial here
        if trial_result is None:
            self._progress.epoch(running.spec, result["epoch"], result["hostname"])
            return
        del self._searcher.running[trial.trial_id]
        with self._interrupt.on_error():
            self._experiment.tell(running.spec, trial_result)

    def on_trial_error(self, iteration: int, trials: list[Any], trial: Any, **info: Any) -> None:
        """Look after a trial that ended without a result."""
        running = self._searcher.running.pop(trial.trial_id, None)
        if running is not None:
            written = Path(trial.error_file)  # its storage has the file only later
            with self._interrupt.on_error():
                self._end(
                    running, worker_failure(written.read_text() if written.is_file() else "")
                )

    def _end(self, running: Running, end: WorkerFailure) -> None:
        """Run a trial again where that may help; elsewhere it has failed."""
        if self._interrupt():
            return
        if time.monotonic() - running.sign >= self._epoch_limit:
            why = f"no sign of the trial for {self._epoch_limit:.0f} s, so it was ended"
            self._experiment.tell(running.spec, failed(running.spec, "Hang", why))
        elif end.died:
            self._searcher.rest()
            self._experiment.retry(running.spec, end.text)
        else:
            self._experiment.tell(running.spec, failed(running.spec, end.kind, end.text))
