"""The Optuna study of a run: one journal file, which the driver alone reads and writes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState, create_trial

from results.columns import ResultsError
from results.disk import writing
from search.study.importance import importances
from search.study.journal import (
    CONFIGURATION,
    Damaged,
    check_lines,
    drop_proposal,
    mend,
    set_aside,
    storage,
)
from search.study.proposals import check_trials, propose_again
from search.study.pruning import pruner
from search.study.space import (
    Configuration,
    default_configuration,
    parameters,
    propose,
)
from search.tasks.task import MOST, Task

_STARTUP_TRIALS, _CANDIDATES = 5, 100
"""Trials before TPE begins, defaults among them, and points it weighs: see docs/method.md."""


class Study:
    """A run's Optuna study.

    Trials are handed out by number, from 0: those that the journal knows first, as they were,
    then new ones. The sampler is seeded anew before every proposal, from the run's seed and the
    trial's number, so that a study opened again proposes what it would have without the break.

    Parameters
    ----------
    journal : file, made if need be; its folder is locked by the run.
    known : configurations of trials that have ended, by number. A journal that lacks one of them,
        or that this study has not written so, is set aside as `.damaged` and written anew.
    say : takes a sentence when that happens.

    Raises
    ------
    ResultsError
        When a number in `known` is one that no trial of a search has, or the journal cannot be
        written.

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
    ) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._journal = journal
        self._name = name
        self._task = task
        self._known = dict(known or {})
        self._next = 0
        for number in self._known:
            if not 0 <= number < MOST["trials"]:
                raise ResultsError(
                    f"The tables beside {journal} have a searched trial of the number {number}, "
                    f"and numbers are from 0 to {MOST['trials'] - 1}: bring back the run folder "
                    "as it was."
                )
        try:
            self._read()
        except Damaged as error:
            self._write_anew(say, str(error))
        self.begun = len(self._begun())

    def _read(self) -> None:
        """Open what the journal has.

        Raises
        ------
        Damaged
            When this study has not written it so, or it lacks a trial that has ended.
        """
        mend(self._journal)
        check_lines(self._journal, self._name)
        try:
            self._open()
            if self._cut_short():
                drop_proposal(self._journal, self._begun()[-1]._trial_id)
                self._open()
        except ResultsError:
            raise
        except Exception as error:  # Optuna says in many ways that it cannot read a journal
            raise Damaged(f"Optuna cannot read it: {type(error).__name__}") from None
        check_trials(self._study, self._task, self._known)
        there = configurations(self.trials)
        if not self._known.keys() <= there.keys():
            self._known = there | self._known
            raise Damaged("it was cut short")

    def _write_anew(self, say: Callable[[str], None], why: str) -> None:
        """Put a new journal with every known trial in the place of one that cannot be used.

        All of them at once: a journal that lacked some would be damaged for the next that opens
        it. A trial between them that had not ended is proposed without what the others found.
        """
        aside = set_aside(self._journal)
        self._open()
        for number in range(max(self._known, default=-1) + 1):
            if number < len(self.trials) or not self._restore(number):
                self._propose(number)
        say(
            f"{self._journal.name} could not be used ({why}): it is set aside as {aside.name} and "
            "written anew from the tables."
        )

    def _open(self) -> None:
        with writing(self._journal):
            kept = storage(self._journal)
            try:
                self._study = optuna.load_study(
                    study_name=self._name, storage=kept, pruner=pruner(self._task)
                )
            except KeyError:
                directions = [objective.direction for objective in self._task.objectives]
                self._study = optuna.create_study(
                    storage=kept,
                    study_name=self._name,
                    directions=directions,
                    pruner=pruner(self._task),
                )
            for family in self._task.families[len(self.trials) :]:
                self._enqueue(default_configuration(self._task, family))

    def _cut_short(self) -> bool:
        """Whether the journal ends within a proposal, which is then to be made afresh."""
        return any(
            trial.state is TrialState.RUNNING and CONFIGURATION not in trial.user_attrs
            for trial in self._begun()[-1:]
        )

    def _begun(self) -> list[FrozenTrial]:
        """Trials that have been proposed, or are being."""
        return [trial for trial in self.trials if trial.state is not TrialState.WAITING]

    def _enqueue(self, configuration: Configuration) -> None:
        self._study.enqueue_trial(parameters(self._task, configuration))

    def _restore(self, number: int) -> bool:
        """Add the trial of this number as a table has it; return whether there is one that fits.

        One line of the journal for each: a proposal takes a line for each parameter, and each
        line is put on the disk before the next.
        """
        if (configuration := self._known.get(number)) is None:
            return False
        try:
            fixed = propose_again(parameters(self._task, configuration), self._task)
            trial = create_trial(
                state=TrialState.RUNNING,
                params=fixed.params,
                distributions=fixed.distributions,
                user_attrs={CONFIGURATION: asdict(configuration)},
            )
        except (KeyError, ValueError, TypeError):  # the space of the task lacks it
            return False
        with writing(self._journal):
            self._study.add_trial(trial)
        return True

    def ask(self) -> tuple[int, Configuration]:
        """The number and configuration of the next trial."""
        number = self._next
        self._next += 1
        there = configurations(self.trials[number : number + 1]).get(number)
        if there is not None:
            return number, there
        return number, self._propose(number)

    def _propose(self, number: int) -> Configuration:
        """Have Optuna propose the trial of this number, which is the study's next."""
        self._study.sampler = sampler(self._task.seed, number)
        with writing(self._journal):
            trial = self._study.ask()
            assert trial.number == number
            proposed = propose(trial, self._task)
            configuration = self._known.get(number, proposed)
            trial.set_user_attr(CONFIGURATION, asdict(configuration))
        return configuration

    def ends_early(self, number: int, step: int, value: float) -> bool:
        """Whether a trial that stands at `value` after `step` epochs shall go no further."""
        trial = self._handle(number)
        with writing(self._journal):
            trial.report(value, step)
        return trial.should_prune()

    def prune(self, number: int) -> None:
        """Tell that a trial was ended early."""
        if not self.trials[number].state.is_finished():
            with writing(self._journal):
                self._study.tell(number, state=TrialState.PRUNED)

    def tell(
        self, number: int, values: Sequence[float] | None, violations: Mapping[str, float]
    ) -> None:
        """Tell the values of a trial's objectives; None, NaN and infinity make it a failed one.

        A trial that was told before keeps what was told then.
        """
        if self.trials[number].state.is_finished():
            return
        with writing(self._journal), warnings.catch_warnings():
            if values is None or not np.isfinite(values).all():
                self._study.tell(number, state=TrialState.FAIL)
                return
            warnings.simplefilter("ignore")  # a constraint that was set before the break
            trial = self._handle(number)
            for guard, amount in violations.items():
                trial.set_constraint(guard, amount)
            self._study.tell(number, list(values))

    def _handle(self, number: int) -> optuna.Trial:
        """The trial as Optuna's object, which a study opened again does not give."""
        return optuna.Trial(self._study, self.trials[number]._trial_id)

    def importances(self) -> dict[str, np.ndarray] | None:
        """See `search.study.importance.importances`."""
        return importances(self._study)

    @property
    def trials(self) -> list[FrozenTrial]:
        """Every trial that Optuna knows, by number."""
        return self._study.get_trials(deepcopy=False)


def configurations(trials: Sequence[FrozenTrial]) -> dict[int, Configuration]:
    """Configurations by number, of those trials whose proposal is whole."""
    return {
        trial.number: Configuration(**trial.user_attrs[CONFIGURATION])
        for trial in trials
        if CONFIGURATION in trial.user_attrs
    }


def sampler(seed: int, number: int) -> optuna.samplers.BaseSampler:
    """The sampler that proposes trial `number`."""
    own = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.TPESampler(
            seed=own,
            n_startup_trials=_STARTUP_TRIALS,
            n_ei_candidates=_CANDIDATES,
            multivariate=True,
            group=True,
        )
