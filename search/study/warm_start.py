"""What a search tries first: the default of every family, then what past runs found best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import optuna

from evaluation.clusterers import CLUSTERERS
from models import FAMILIES
from search.study.proposals import checked_configuration
from search.study.space import (
    Configuration,
    default_configuration,
    middle,
    parameters,
    propose,
)
from search.tasks.ranges import TaskError, brief
from search.tasks.task import Task


def begins_with(task: Task, first: Sequence[Configuration]) -> list[dict[str, Any]]:
    """Return the parameters of the trials that a study begins with, as for `enqueue_trial`.

    Parameters
    ----------
    first : configurations of past runs, each of which the space of the task holds.
    """
    defaults = [default_configuration(task, family) for family in task.families]
    return [parameters(task, configuration) for configuration in (*defaults, *first)]


def model_misfit(configuration: Configuration, task: Task) -> str | None:
    """Return why a search of this task cannot try a model, in half a sentence.

    None where it can: the space holds its family, view and reducer, and each of its settings.
    """
    family = configuration.family
    if family not in task.families:
        return f"the family {brief(family)} is not searched here"
    if configuration.view not in task.views_of(family):
        return f"the view {brief(configuration.view)} is not searched for {family} here"
    if configuration.reducer not in task.reducers:
        return f"the reducer {brief(configuration.reducer)} is not searched here"
    searched = task.ranges(family)
    for one in FAMILIES[family].hyperparameters:
        value, within = configuration.settings[one.name], searched.get(one.name)
        if within is None:
            if value != one.default:
                return f"{one.name} is not searched here, and is {brief(one.default)}"
        elif within.choices:
            if value not in within.choices:
                allowed = ", ".join(map(brief, within.choices))
                return f"{one.name} is searched among {allowed} here"
        elif not within.low <= value <= within.high:
            return f"{one.name} is searched from {within.low:g} to {within.high:g} here"
    if configuration.settings.get("condition") in task.leaking:
        return f"the model would be given what determines {brief(task.label)} here"
    return None


def clustering_misfit(configuration: Configuration, task: Task) -> str | None:
    """Return why a search of this task cannot ask for a clustering, in half a sentence."""
    name = configuration.clusterer
    if name not in task.clusterers:
        return f"the clusterer {brief(name)} is not searched here"
    if CLUSTERERS[name].takes_count and configuration.n_clusters not in task.counts:
        low, high = task.clusters
        return f"counts of clusters are searched from {low} to {high} here"
    return None


def as_proposed(configuration: Configuration, task: Task) -> Configuration:
    """Return the configuration that the study proposes for one that fits, on the task's grid.

    A clusterer that finds its own count may have found one outside the range; what is asked for
    is then the middle one, which that clusterer ignores.
    """
    given = parameters(task, configuration)
    if configuration.n_clusters not in task.counts:
        given["n_clusters"] = middle(task)
    return propose(optuna.trial.FixedTrial(given), task)


def as_json(first: Sequence[Configuration]) -> list[dict[str, Any]]:
    """Return configurations as JSON values, from which `tried_first` makes them again."""
    return [asdict(configuration) for configuration in first]


def tried_first(info: Mapping[str, Any], task: Task) -> list[Configuration]:
    """Return the configurations of past runs that the record of a run says it tries first.

    Settings that are not searched are those of this version, as in every other proposal.

    Raises
    ------
    TaskError
        When the record, which may be anybody's, names one that this task does not hold.
    """
    try:
        found = [
            as_proposed(checked_configuration(Configuration(**each)), task)
            for each in (info.get("from") or {}).get("first", [])
        ]
        for configuration in found:
            lacking = model_misfit(configuration, task) or clustering_misfit(configuration, task)
            if lacking is not None:
                raise ValueError(lacking)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise TaskError(
            "run.json does not say as this version writes it which configurations of past runs "
            f"are tried first ({error}): bring back the run folder as it was"
        ) from None
    return found
