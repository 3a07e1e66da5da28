"""Which of very many trials the sampler looks at, so that a proposal takes no longer for them.

TPE compares the density of its best trials, 25 at most, with that of all others, of which older
ones count less the more there are. A sample of them hardly changes either: the best ones, the
latest, and some of those that run.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping, Sequence

import optuna
from optuna.study import StudyDirection
from optuna.trial import TrialState

BEST, LATEST, RUNNING = 50, 120, 50
"""Trials at most: the best of each objective, the latest that have ended, the latest that run."""


class Considered:
    """The trials of a study that a proposal is made from, by number: all where they are few."""

    def __init__(self, study: optuna.Study) -> None:
        self._signs = [-1 if way is StudyDirection.MAXIMIZE else 1 for way in study.directions]
        self._best: list[list[tuple[float, float, int]]] = [[] for _ in self._signs]
        self._ended: list[int] = []
        self._running: set[int] = set()
        for trial in study.get_trials(deepcopy=False):
            if trial.state is TrialState.RUNNING:
                self.begun(trial.number)
            elif trial.state in (TrialState.COMPLETE, TrialState.PRUNED):
                violations = trial.constraints if trial.system_attrs else {}
                values = trial.values if trial.state is TrialState.COMPLETE else None
                self.ended(trial.number, values, violations)

    def begun(self, number: int) -> None:
        """Count a trial that runs."""
        self._running.add(number)

    def failed(self, number: int) -> None:
        """Forget a trial that failed."""
        self._running.discard(number)

    def ended(
        self, number: int, values: Sequence[float] | None, violations: Mapping[str, float]
    ) -> None:
        """Count a trial that has ended; one that was ended early has no values."""
        self._running.discard(number)
        insort(self._ended, number)
        short = sum(max(0.0, amount) for amount in violations.values())
        for best, sign, value in zip(self._best, self._signs, values or (), strict=False):
            insort(best, (short, sign * value, number))
            del best[BEST:]

    def numbers(self) -> list[int]:
        """Return the numbers of the trials, ascending."""
        best = {number for each in self._best for _, _, number in each}
        return sorted({*best, *self._ended[-LATEST:], *sorted(self._running)[-RUNNING:]})
