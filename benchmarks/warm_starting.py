"""Searches replayed after another collection's: what is taken over, and what that saves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState, create_trial
from replaying import Answers, Model

from search.study.proposals import propose_again
from search.study.sampler import sampler
from search.study.space import Configuration, default_configuration, parameters, propose
from search.study.warm_start import as_proposed
from search.tasks.task import Task

_CONSTRAINT = "constraints:"
"""How Optuna's names of attributes begin that hold how far a guard failed."""

_OTHER_SEED = 1_000
"""Between the seed of a past search and that of the one after it."""

_DRAWS = 1_000
"""Of seeds, for an interval."""


@dataclass(frozen=True)
class Tried:
    """A trial of a replayed search.

    Attributes
    ----------
    value, violations : of the clustering that it asked for.
    best : its model's best clustering that held every guard and can be asked for, if there is one.
    best_value : of its best clustering that held every guard; 0 without one.
    """

    configuration: Configuration
    value: float
    violations: Mapping[str, float]
    best: Configuration | None
    best_value: float


@dataclass(frozen=True)
class Warm:
    """What a search takes over from a past one.

    Attributes
    ----------
    first : how many of its best models are tried first.
    values : whether the sampler sees its trials too, their values brought to the mean and the
        deviation of those that the new search has so far.
    """

    first: int = 0
    values: bool = False


COLD = "without"
WARM = {
    COLD: Warm(),
    **{f"best {count} first": Warm(count) for count in (1, 3, 5, 8)},
    "values": Warm(values=True),
    "values, best 3 first": Warm(3, values=True),
}


def walked(
    answers: Answers,
    task: Task,
    trials: int,
    seed: int,
    past: Sequence[Tried] = (),
    warm: Warm | None = None,
) -> list[Tried]:
    """Return the trials of a search in their order, after a past search or none."""
    warm, own, task = warm or Warm(), list[Tried](), replace(task, seed=seed)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    queue = [*_defaults(task), *best_of(past, task, warm.first)]
    for number in range(trials):
        if number < len(queue):
            configuration = queue[number]
        else:
            study = optuna.create_study(direction="maximize", sampler=sampler(task, number))
            seen = rescaled(past, own) if warm.values else []
            study.add_trials([_frozen(each, task) for each in (*seen, *own)])
            configuration = propose(study.ask(), task)
        own.append(_tried(configuration, answers.of(configuration), task))
    return own


def curves(walk: Sequence[Tried]) -> np.ndarray:
    """Return the best value asked for and the best of all, (2, trials), after each trial."""
    values = [(0.0 if each.violations else each.value, each.best_value) for each in walk]
    return np.maximum.accumulate(np.array(values).T, axis=1)


def best_of(past: Sequence[Tried], task: Task, count: int) -> list[Configuration]:
    """Return the best clusterings of so many models, as a search takes them over."""
    known = {default.model for default in _defaults(task)}
    found: dict[str, Configuration] = {}
    for each in sorted(past, key=lambda one: -one.best_value):
        if each.best is not None and each.best.model not in known:
            found.setdefault(each.best.model, each.best)
    return list(found.values())[:count]


def rescaled(past: Sequence[Tried], own: Sequence[Tried]) -> Iterator[Tried]:
    """Yield past trials with values of the mean and deviation that those of the search have."""
    there, here = (
        np.array([each.value for each in some if not each.violations] or [0.0])
        for some in (past, own)
    )
    for each in past:
        score = (each.value - there.mean()) / (there.std() or 1.0)
        yield replace(each, value=float(here.mean() + score * (here.std() or 1.0)))


def warm_rows(
    rows: pd.DataFrame, pasts: Sequence[pd.DataFrame], task: Task, trials: int, seed: int
) -> dict[str, np.ndarray]:
    """Return the curves of every way to search one table after searches of others.

    Parameters
    ----------
    rows, pasts : tables of models, as `search_quality` makes them.
    seed : of both searches, which differ.
    """
    past = [each for table in pasts for each in walked(Answers(table), task, trials, seed)]
    answers, own = Answers(rows), seed + _OTHER_SEED
    return {
        name: curves(walked(answers, task, trials, own, past, warm)) for name, warm in WARM.items()
    }


def saved(
    found: Sequence[Mapping[str, np.ndarray]], goal: float, place: int
) -> list[dict[str, object]]:
    """Return a row for each way to search: trials to a goal, and how many fewer than without.

    Parameters
    ----------
    found : curves of each seed.
    goal : value that is to be reached; a search that never does counts as one trial more than all.
    place : 0 for the value asked for, 1 for the best of all clusterings.
    """
    needed = {
        name: np.array([_reached(curves[name][place], goal) for curves in found]) for name in WARM
    }
    draws = np.random.default_rng(0).integers(len(found), size=(_DRAWS, len(found)))
    rows: list[dict[str, object]] = []
    for name, each in needed.items():
        fewer = needed[COLD] - each
        low, high = np.percentile(fewer[draws].mean(axis=1), [2.5, 97.5])
        ends = np.array([curves[name][place] for curves in found])
        rows.append(
            {
                "taken over": name,
                "after 5 trials": float(np.median(ends[:, 4])),
                "after 10": float(np.median(ends[:, 9])),
                "at the end": float(np.median(ends[:, -1])),
                "trials to random's end": float(each.mean()),
                "saved": float(fewer.mean()),
                "from": float(low),
                "to": float(high),
            }
        )
    return rows


def _reached(curve: np.ndarray, goal: float) -> int:
    """Return after how many trials a curve is at a goal."""
    there = np.flatnonzero(curve >= goal)
    return int(there[0]) + 1 if len(there) else len(curve) + 1


def _defaults(task: Task) -> list[Configuration]:
    """Return what every search begins with."""
    return [as_proposed(default_configuration(task, family), task) for family in task.families]


def _tried(configuration: Configuration, model: Model, task: Task) -> Tried:
    """Return the trial that asks a model for a clustering."""
    value, violations = model.at(configuration.clusterer, configuration.n_clusters)
    best_value, broken = model.best
    asked_for = model.best_of(task.clusterers)
    best = None
    if asked_for is not None:
        clusterer, count = asked_for
        found = replace(
            configuration, clusterer=clusterer, n_clusters=count or configuration.n_clusters
        )
        best = as_proposed(found, task)
    return Tried(configuration, value, violations, best, 0.0 if broken else best_value)


def _frozen(tried: Tried, task: Task) -> FrozenTrial:
    """Return a trial as Optuna has it once it was told."""
    fixed = propose_again(parameters(task, tried.configuration), task)
    return create_trial(
        state=TrialState.COMPLETE,
        params=fixed.params,
        distributions=fixed.distributions,
        value=tried.value,
        system_attrs={f"{_CONSTRAINT}{guard}": by for guard, by in tried.violations.items()},
    )
