"""Which of very many trials the sampler looks at, so that a proposal takes no longer for them.

TPE compares the density of its best trials, 25 at most, with that of all others, of which older
ones count less the more there are. A sample of them hardly changes either: the best ones, the
latest, and some of those that run.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Container, Mapping, Sequence
from typing import Any

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

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


class BoundedTPE(optuna.samplers.TPESampler):
    """TPE that sees some trials of a study alone, for one proposal.

    Optuna's samplers read trials by `Study._get_trials`, which is no public name of it.

    Parameters
    ----------
    numbers : of the trials; None for all of them.
    """

    def __init__(self, numbers: Sequence[int] | None = None, **settings: Any) -> None:
        super().__init__(**settings)
        self._numbers = numbers
        self._shown: _Seen | None = None

    def infer_relative_search_space(self, study: Any, trial: Any) -> Any:
        """See `optuna.samplers.BaseSampler`."""
        return super().infer_relative_search_space(self._seen(study), trial)

    def sample_relative(self, study: Any, trial: Any, search_space: Any) -> Any:
        """See `optuna.samplers.BaseSampler`."""
        return super().sample_relative(self._seen(study), trial, search_space)

    def sample_independent(
        self, study: Any, trial: Any, param_name: str, param_distribution: Any
    ) -> Any:
        """See `optuna.samplers.BaseSampler`."""
        seen = self._seen(study)
        return super().sample_independent(seen, trial, param_name, param_distribution)

    def _seen(self, study: optuna.Study) -> Any:
        if self._numbers is None:
            return study
        if self._shown is None:
            self._shown = _Seen(study, self._numbers)
        return self._shown


class _Seen:
    """A study but for the trials that are left out."""

    def __init__(self, study: optuna.Study, numbers: Sequence[int]) -> None:
        trials = study.get_trials(deepcopy=False)
        self._study, self._trials = study, [trials[number] for number in numbers]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._study, name)

    def _get_trials(
        self,
        deepcopy: bool = True,
        states: Container[TrialState] | None = None,
        use_cache: bool = False,
    ) -> list[FrozenTrial]:
        return [one for one in self._trials if states is None or one.state in states]
