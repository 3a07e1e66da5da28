"""Whether the trials of a study are such as its task proposes.

Optuna has read them from a journal that may be anybody's, whose lines `search.study.journal` has
looked through. A trial that the task could not have proposed would mislead the sampler, or be run.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any

import optuna
from optuna.distributions import IntDistribution
from optuna.trial import FrozenTrial, TrialState

from data.files import MOST_SONGS
from evaluation.clusterers import CLUSTERERS
from evaluation.reducers import REDUCERS
from evaluation.score import OWN
from models import FAMILIES
from search.study.journal import CONFIGURATION, SYSTEM, Damaged
from search.study.space import Configuration, propose
from search.tasks.task import Task


def check_trials(study: optuna.Study, task: Task, known: Mapping[int, Configuration]) -> None:
    """Refuse a study whose trials are not such as this task proposes.

    Parameters
    ----------
    known : configurations of trials that have ended, by number.

    Raises
    ------
    Damaged
        Which trial, and what of it.
    """
    if [direction.name.lower() for direction in study.directions] != [
        objective.direction for objective in task.objectives
    ]:
        raise Damaged("its objectives are others than those of the task")
    trials = study.get_trials(deepcopy=False)
    waiting = False
    for trial in trials:
        try:
            _check_attributes(trial)
            _check_values(trial, len(task.objectives))
            if waiting and trial.state is not TrialState.WAITING:
                raise ValueError("it was begun before those that come first")
            waiting = trial.state is TrialState.WAITING
            configuration = _configuration_of(trial)
            if configuration is not None:
                _check_proposal(trial, configuration, task, known.get(trial.number))
            elif waiting:
                propose_again(trial.system_attrs.get("fixed_params", {}), task)
            elif trial is not trials[-1] and trials[trial.number + 1].state is not (
                TrialState.WAITING
            ):
                raise ValueError("it has no configuration")
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise Damaged(f"trial {trial.number} of it is none of this task ({error})") from None


def _check_attributes(trial: FrozenTrial) -> None:
    """Refuse attributes that Optuna would not have put there."""
    for name, value in trial.system_attrs.items():
        kinds = [kind for start, kind in SYSTEM.items() if name.startswith(start)]
        if not kinds or not isinstance(value, kinds[0]):
            raise ValueError(f"its attribute {name[:40]!r}")
    if set(trial.user_attrs) - {CONFIGURATION}:
        raise ValueError("an attribute that is not ours")


def _check_values(trial: FrozenTrial, count: int) -> None:
    """Refuse values and reports that are not numbers, and a wrong number of values."""
    if trial.state is TrialState.COMPLETE:
        values = trial.values or []
        if len(values) != count or not all(map(math.isfinite, values)):
            raise ValueError("its values")
    for step, value in trial.intermediate_values.items():
        if type(step) is not int or step < 0 or not isinstance(value, int | float):
            raise ValueError("its reports")


def _configuration_of(trial: FrozenTrial) -> Configuration | None:
    """Return the configuration that a trial was given; None before that."""
    if CONFIGURATION not in trial.user_attrs:
        return None
    return checked_configuration(Configuration(**trial.user_attrs[CONFIGURATION]))


def checked_configuration(found: Configuration) -> Configuration:
    """Return a configuration of unknown origin, if it is one of this version.

    Raises
    ------
    KeyError, ValueError, TypeError
        When there is no such family, setting, clusterer or reducer.
    """
    if not isinstance(found.settings, dict):
        raise TypeError("its settings")
    family = FAMILIES[found.family]
    if {*found.settings} != {one.name for one in family.hyperparameters}:
        raise ValueError("its settings")
    for one in family.hyperparameters:
        one.check(found.settings[one.name])
    if found.clusterer != OWN and found.clusterer not in CLUSTERERS:
        raise ValueError("its clusterer")
    if found.reducer not in REDUCERS or type(found.n_clusters) is not int:
        raise ValueError("its reducer or cluster count")
    return found


def _check_proposal(
    trial: FrozenTrial, configuration: Configuration, task: Task, known: Configuration | None
) -> None:
    """Refuse a trial that was drawn from another space than the task's, or is not what ended."""
    if configuration.view not in task.views_of(configuration.family):
        raise ValueError("its view")
    drawn = propose_again(trial.params, task)
    if drawn.distributions != trial.distributions:
        raise ValueError("its space is another")
    for name, space in trial.distributions.items():
        # A clusterer that finds its own count may find one outside the range: 0 where all songs
        # are noise, and never more clusters than songs.
        bound = IntDistribution(0, MOST_SONGS) if name == "n_clusters" else space
        if not bound._contains(space.to_internal_repr(trial.params[name])):
            raise ValueError(f"its {name}")
    if known is not None and _model_of(known) != _model_of(configuration):
        raise ValueError("the tables have another of that number")


def propose_again(parameters: Mapping[str, Any], task: Task) -> optuna.trial.FixedTrial:
    """Return the proposal that these values of the parameters make.

    Raises
    ------
    KeyError, ValueError, TypeError
        When the space of the task asks for another parameter, or does not hold a value.
    """
    fixed = optuna.trial.FixedTrial(dict(parameters))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a value outside its range
        propose(fixed, task)
    return fixed


def _model_of(configuration: Configuration) -> tuple[str, str, str]:
    """Return what a table's row and a proposal have in common, whatever became of the trial."""
    return configuration.family, configuration.view, configuration.reducer
