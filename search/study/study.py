"""The Optuna study of a run, asked and told by trial numbers; the driver alone does so."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from results.disk import writing
from search.study.considered import Considered
from search.study.importance import importances
from search.study.journal import CONFIGURATION
from search.study.opening import begun, open_study
from search.study.sampler import propose_next
from search.study.space import Configuration
from search.study.storage import StudyStorage
from search.tasks.task import Task


class Study:
    """A run's Optuna study.

    Trials are handed out by number, from 0: those that the journal knows first, as they were,
    then new ones. The sampler is seeded anew before every proposal, from the run's seed and the
    trial's number, so that a study opened again proposes what it would have without the break.

    Parameters
    ----------
    journal, known, say, first : see `search.study.opening.open_study`.

    Attributes
    ----------
    begun : trials that had been proposed when the study was opened.
    """

    def __init__(
        self,
        journal: Path,
        name: str,
        task: Task,
        known: Mapping[int, Configuration] | None = None,
        say: Callable[[str], None] = lambda sentence: None,
        first: Sequence[Configuration] = (),
    ) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._journal = journal
        self._task = task
        self._next = 0
        self._study = open_study(journal, name, task, known or {}, say, first)
        self._considered = Considered(self._study)
        self.begun = len(begun(self._study))

    def ask(self) -> tuple[int, Configuration]:
        """Return the number and configuration of the next trial."""
        number = self._next
        self._next += 1
        trial = self._trial(number)
        if trial is not None and CONFIGURATION in trial.user_attrs:
            return number, Configuration(**trial.user_attrs[CONFIGURATION])
        with writing(self._journal), self._at_once():
            numbers = self._considered.numbers()
            proposed = propose_next(self._study, self._task, number, considered=numbers)
        self._considered.begun(number)
        return number, proposed

    def ends_early(self, number: int, step: int, value: float) -> bool:
        """Return whether a trial that scores `value` after `step` epochs shall go no further."""
        trial = self._handle(number)
        with writing(self._journal):
            trial.report(value, step)
        return trial.should_prune()

    def prune(self, number: int) -> None:
        """Tell Optuna that a trial was ended early."""
        if not self._known(number).state.is_finished():
            with writing(self._journal):
                self._study.tell(number, state=TrialState.PRUNED)
            self._considered.ended(number, None, {})

    def tell(
        self, number: int, values: Sequence[float] | None, violations: Mapping[str, float]
    ) -> None:
        """Tell Optuna a trial's objectives; None, NaN and infinity make it a failed one.

        A trial that has ended in the study keeps the values that it ended with.
        """
        if self._known(number).state.is_finished():
            return
        with writing(self._journal), self._at_once(), warnings.catch_warnings():
            if values is None or not np.isfinite(values).all():
                self._study.tell(number, state=TrialState.FAIL)
                self._considered.failed(number)
                return
            warnings.simplefilter("ignore")  # a constraint that was set before the break
            trial = self._handle(number)
            for guard, amount in violations.items():
                trial.set_constraint(guard, amount)
            self._study.tell(number, list(values))
        self._considered.ended(number, values, violations)

    def _handle(self, number: int) -> optuna.Trial:
        """Return the trial as Optuna's object, which a study opened again does not give."""
        return optuna.Trial(self._study, self._known(number)._trial_id)

    def _trial(self, number: int) -> FrozenTrial | None:
        """Return one trial without looking at all of them; None before it is proposed."""
        storage, study = self._study._storage, self._study._study_id
        try:
            return storage.get_trial(
                storage.get_trial_id_from_study_id_trial_number(study, number)
            )
        except KeyError:
            return None

    def _known(self, number: int) -> FrozenTrial:
        trial = self._trial(number)
        assert trial is not None
        return trial

    def _at_once(self) -> AbstractContextManager[None]:
        """Let what Optuna writes in a block be written at its end."""
        storage = self._study._storage
        assert isinstance(storage, StudyStorage)
        return storage.at_once()

    def importances(self) -> dict[str, np.ndarray] | None:
        """Return shares of the objective's variance: see `search.study.importance`."""
        return importances(self._study)

    @property
    def trials(self) -> list[FrozenTrial]:
        """Every trial that Optuna knows, by number."""
        return self._study.get_trials(deepcopy=False)
