"""What Ray Tune asks an agenda for, and what it brings back: suggestions, outcomes, losses."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ray.tune.search import Searcher

from search.backend.interrupt import Stopping
from search.backend.progress import Progress
from search.experiment.experiment import Agenda
from search.trial.records import Ask

REST_SECONDS = 20.0
"""How long no worker is started after one has died. Ray takes some seconds to see that a node is
gone; until then it would start the next ones there, and trials would die with them (seen)."""


class DriverOnly:
    """Pickled as nothing: Tune saves what it is given, and never reads it back here."""

    def __getstate__(self) -> dict[str, Any]:
        return {}


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
        slots = self._slots()
        if time.monotonic() < self._rest:
            slots = min(slots, self._most)
        if len(self.running) >= slots:
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
