"""The Optuna study of a run: one journal file, asked and told by the driver alone."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from search.halving import pruner
from search.importance import importances
from search.space import Configuration, default_parameters, propose
from search.task import Task

CONFIGURATION = "configuration"


class Study:
    """A run's Optuna study.

    The sampler is seeded anew before every proposal, from the run's seed and the trial's number,
    so that a study opened again proposes what it would have proposed without the break.
    """

    def __init__(self, journal: Path, name: str, task: Task) -> None:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        mend(journal)
        self._task = task
        self._study = optuna.create_study(
            storage=JournalStorage(JournalFileBackend(str(journal))),
            study_name=name,
            directions=[objective.direction for objective in task.objectives],
            load_if_exists=True,
            pruner=pruner(task),
        )
        if not self._study.trials:
            for family in task.families:
                self._study.enqueue_trial(default_parameters(task, family))
        self._asked: dict[int, optuna.Trial] = {}

    def ask(self) -> tuple[int, Configuration]:
        """The number and configuration of a new trial."""
        asked = sum(trial.state is not TrialState.WAITING for trial in self.trials)
        self._study.sampler = sampler(self._task.seed, asked)
        trial = self._study.ask()
        configuration = propose(trial, self._task)
        trial.set_user_attr(CONFIGURATION, asdict(configuration))
        self._asked[trial.number] = trial
        return trial.number, configuration

    def ends_early(self, number: int, step: int, value: float) -> bool:
        """Whether a trial that stands at `value` after `step` epochs shall go no further."""
        trial = self._asked[number]
        trial.report(value, step)
        return trial.should_prune()

    def prune(self, number: int) -> None:
        """Tell that a trial was ended early."""
        self._study.tell(self._asked.pop(number), state=TrialState.PRUNED)

    def tell(
        self, number: int, values: Sequence[float] | None, violations: Mapping[str, float]
    ) -> None:
        """Tell the values of a trial's objectives; None, NaN and infinity make it a failed one."""
        trial = self._asked.pop(number)
        if values is None or not np.isfinite(values).all():
            self._study.tell(trial, state=TrialState.FAIL)
            return
        for guard, amount in violations.items():
            trial.set_constraint(guard, amount)
        self._study.tell(trial, list(values))

    def importances(self) -> dict[str, np.ndarray] | None:
        """See `search.importance.importances`."""
        return importances(self._study)

    @property
    def trials(self) -> list[FrozenTrial]:
        """Every trial that Optuna knows, by number."""
        return self._study.get_trials(deepcopy=False)


def sampler(seed: int, number: int) -> optuna.samplers.BaseSampler:
    """The sampler that proposes trial `number`."""
    own = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.TPESampler(seed=own, multivariate=True, group=True)


def mend(journal: Path) -> None:
    """Cut a journal to its last whole line; what a crash left behind it goes to `.torn`.

    Optuna reads a torn last line, but the next write would join it and spoil the file.
    """
    if not journal.exists():
        return
    content = journal.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        journal.with_suffix(".torn").write_bytes(content[whole:])
        os.truncate(journal, whole)
