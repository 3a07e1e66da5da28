"""When a trial is ended early: at which epochs it is compared with others, and by what rule.

The rule is successive halving without waiting (ASHA, Li et al. 2020), which Optuna has.
"""

from __future__ import annotations

import math

from optuna.pruners import BasePruner, NopPruner, SuccessiveHalvingPruner

from search.study.space import Configuration
from search.tasks.task import Task

_FACTOR = 3
"""One in so many trials of a rung goes on, to so many times as many epochs."""

_RUNGS = 2
"""How often a trial is compared with others at most."""


def pruner(task: Task) -> BasePruner:
    """Return Optuna's pruner for the scheduler of a task."""
    if task.scheduler == "none":
        return NopPruner()
    return SuccessiveHalvingPruner(min_resource=first_rung(task), reduction_factor=_FACTOR)


def first_rung(task: Task) -> int:
    """Return the epochs after warm-up at which trials are first compared."""
    return max(1, math.ceil(task.epochs / _FACTOR**_RUNGS))


def rungs(task: Task, configuration: Configuration) -> dict[int, int]:
    """Return the epochs at which a trial is compared -> how many of them follow its warm-up."""
    if task.scheduler == "none":
        return {}
    warm_up = min(int(configuration.settings.get("warm_up", 0)), task.epochs // 2)
    steps = (first_rung(task) * _FACTOR**rung for rung in range(_RUNGS))
    return {warm_up + step: step for step in steps if warm_up + step < task.epochs}
