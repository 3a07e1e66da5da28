"""How the next trial of a study is proposed: by TPE, made and seeded anew for every trial."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial

import numpy as np
import optuna

from results.disk import StoreError
from search.study.journal import CONFIGURATION
from search.study.space import Configuration, asked_for, propose
from search.study.tpe import BoundedTPE
from search.tasks.task import Task

_STARTUP_TRIALS, _CANDIDATES = 5, 100
"""Trials before TPE begins, defaults among them, and points it weighs: see docs/method.md."""


def propose_next(
    study: optuna.Study,
    task: Task,
    number: int,
    instead: Configuration | None = None,
    considered: Sequence[int] | None = None,
) -> Configuration:
    """Have Optuna propose the next trial of a study; return the configuration that it is given.

    Parameters
    ----------
    number : of that trial.
    instead : a configuration that it is given in place of the proposed one.
    considered : numbers of the trials that it is proposed from; all by default.

    Raises
    ------
    StoreError
        When the study's journal does not hold the trials before it any more.
    """
    study.sampler = sampler(task, number, considered)
    trial = study.ask()
    if trial.number != number:
        raise StoreError(
            f"The study's journal begins trial {trial.number} in place of {number}: something "
            "else changed it while the search ran. The tables are whole; resume goes on from them."
        )
    proposed = propose(trial, task)
    configuration = instead or proposed
    trial.set_user_attr(CONFIGURATION, asdict(configuration))
    return configuration


def sampler(
    task: Task, number: int, considered: Sequence[int] | None = None
) -> optuna.samplers.BaseSampler:
    """Return the sampler that proposes trial `number` of a run of this task."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return BoundedTPE(
            considered,
            partial(asked_for, task),
            seed=seed_of(task, number),
            n_startup_trials=_STARTUP_TRIALS,
            n_ei_candidates=_CANDIDATES,
            multivariate=True,
            group=True,
        )


def seed_of(task: Task, number: int) -> int:
    """Return the seed of the sampler that proposes trial `number` of a run of this task."""
    return int(np.random.SeedSequence([task.seed, number]).generate_state(1)[0])
