"""What Ray Tune asks an experiment for: the specification of the next trial."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ray.tune.search import Searcher

from search.backend.interrupt import Interrupt
from search.backend.progress import Progress
from search.experiment.experiment import Experiment
from search.trial.records import TrialSpec

REST_SECONDS = 20.0
"""How long no worker is started after one has died. Ray takes some seconds to see that a node is
gone; until then it would start the next ones there, and trials would die with them (observed with
Ray 2.60)."""


class DriverOnly:
    """Pickled as nothing: Tune saves what it is given, and never reads it back here."""

    def __getstate__(self) -> dict[str, Any]:
        return {}


class ExperimentSearcher(DriverOnly, Searcher):
    """Suggests what the experiment asks for; the study itself lives behind the experiment."""

    def __init__(
        self,
        experiment: Experiment,
        slots: Callable[[], int],
        progress: Progress,
        interrupt: Interrupt,
    ) -> None:
        super().__init__()
        self._experiment = experiment
        self._slots = slots
        self._progress = progress
        self._interrupt = interrupt
        self.running: dict[str, Running] = {}
        self._most, self._rest = 1, 0.0

    def rest(self) -> None:
        """Run no more trials than now for a while, since a worker has died."""
        self._most, self._rest = max(1, len(self.running)), time.monotonic() + REST_SECONDS

    def suggest(self, trial_id: str) -> Any:
        """Return the next trial's configuration; None to be asked again; FINISHED at the end."""
        if self._interrupt():
            return Searcher.FINISHED
        slots = self._slots()
        if time.monotonic() < self._rest:
            slots = min(slots, self._most)
        if len(self.running) >= slots:
            return None
        spec = None
        with self._interrupt.on_error():
            spec = self._experiment.ask()
        if spec is None:
            return Searcher.FINISHED if self._experiment.done or self._interrupt() else None
        self.running[trial_id] = Running(spec)
        self._progress.started(spec)
        return {"spec": spec}

    def on_trial_complete(
        self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
    ) -> None:
        """Do nothing: a trial's result goes through `ResultCallback`."""

    def save(self, checkpoint_path: str) -> None:
        """Do nothing: the study's journal is the only state."""

    def restore(self, checkpoint_path: str) -> None:
        """Do nothing, see `save`."""


@dataclass
class Running:
    """A trial on a worker, and when it last gave a sign."""

    spec: TrialSpec
    sign: float = field(default_factory=time.monotonic)
