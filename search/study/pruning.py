"""Ending poor trials early (ASHA, Li et al. 2020): when they are looked at, and by what."""

from __future__ import annotations

import math

from optuna.pruners import BasePruner, NopPruner, SuccessiveHalvingPruner

from search.study.space import Configuration
from search.tasks.task import Task

FACTOR = 3
"""Of the trials that reach a rung one in so many goes on, to so many times as many epochs."""
RUNGS = 2


def pruner(task: Task) -> BasePruner:
    """What decides who goes on."""
    if task.scheduler == "none":
        return NopPruner()
    return SuccessiveHalvingPruner(min_resource=first_rung(task), reduction_factor=FACTOR)


def first_rung(task: Task) -> int:
    """Epochs after warm-up at which trials are first looked at."""
    return max(1, math.ceil(task.epochs / FACTOR**RUNGS))


def rungs(task: Task, configuration: Configuration) -> dict[int, int]:
    """Epochs at which a trial is looked at -> how many of them were after its warm-up."""
    if task.scheduler == "none":
        return {}
    warm_up = min(int(configuration.settings.get("warm_up", 0)), task.epochs // 2)
    steps = (first_rung(task) * FACTOR**rung for rung in range(RUNGS))
    return {warm_up + step: step for step in steps if warm_up + step < task.epochs}
