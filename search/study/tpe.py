"""Optuna's TPE, which looks at some trials alone and samples what a proposal needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Sequence
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from search.study.space import FAMILY


class BoundedTPE(optuna.samplers.TPESampler):
    """TPE that sees some trials of a study alone, for one proposal, and samples what it asks for.

    Optuna samples the parameters of every family in every proposal, of which all but one family's
    are thrown away, and are taken for those of a trial that runs.

    Optuna's samplers read trials by `Study._get_trials` and sample a group of parameters that come
    together by `_sample_relative`, the group of all families first: no public names of it.

    Parameters
    ----------
    numbers : of the trials; None for all of them.
    asked : family -> the parameters that it is asked for; None for all of them.
    """

    def __init__(
        self,
        numbers: Sequence[int] | None = None,
        asked: Callable[[str], Collection[str]] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self._numbers = numbers
        self._asked = asked
        self._family: str | None = None
        self._shown: _Seen | None = None

    def infer_relative_search_space(self, study: Any, trial: Any) -> Any:
        """See `optuna.samplers.BaseSampler`."""
        return super().infer_relative_search_space(self._seen(study), trial)

    def sample_relative(self, study: Any, trial: Any, search_space: Any) -> Any:
        """See `optuna.samplers.BaseSampler`."""
        return super().sample_relative(self._seen(study), trial, search_space)

    def _sample_relative(self, study: Any, trial: Any, search_space: Any) -> Any:
        """Sample one group of parameters, unless the family of the proposal has none of it."""
        family, asked = self._family, self._asked
        if asked and family and {*search_space}.isdisjoint(asked(family)):
            return {}
        sampled = super()._sample_relative(study, trial, search_space)
        self._family = sampled.get(FAMILY, self._family)
        return sampled

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
