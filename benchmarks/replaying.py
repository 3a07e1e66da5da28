"""Searches replayed on a table of models trained once, by one sampler or another."""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import optuna
import pandas as pd
from optuna.samplers import BaseSampler, RandomSampler, TPESampler

from search.study.considered import Considered
from search.study.sampler import sampler, seed_of
from search.study.space import Configuration, default_configuration, parameters, propose
from search.tasks.task import Task

CELL = ["family", "view", "reducer"]
"""Columns of the table within which a proposal is answered by the nearest model."""

Sampling = Callable[[Task, int, Sequence[int]], BaseSampler]
"""The sampler of a task, the number of a trial, and the trials that a search considers."""


@dataclass(frozen=True)
class Side:
    """One way to search.

    Attributes
    ----------
    sampling : see `Sampling`.
    defaults : whether the default of each family is tried first.
    best : whether a trial tells the value of its best clustering, not of the one it asked for.
    """

    sampling: Sampling
    defaults: bool = True
    best: bool = False


def tpe(task: Task, number: int, considered: Sequence[int], **settings: Any) -> BaseSampler:
    """Optuna's TPE, seeded anew for each trial as in a search."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return TPESampler(seed=seed_of(task, number), **settings)


def unbounded(task: Task, number: int, considered: Sequence[int]) -> BaseSampler:
    """The sampler of a search, from all trials however many."""
    return sampler(task, number)


def random(task: Task, number: int, considered: Sequence[int]) -> BaseSampler:
    """Every point of the space alike."""
    return RandomSampler(seed=seed_of(task, number))


GROUPED: dict[str, Any] = {"multivariate": True, "group": True}


RANDOM, SEARCH = "random", "as a search does"
SIDES = {RANDOM: Side(random, defaults=False), SEARCH: Side(sampler)}
TRIED = {
    "random after the defaults": Side(random),
    "without defaults": Side(sampler, defaults=False),
    "from all trials": Side(unbounded),
    "best clustering of each model": Side(sampler, best=True),
    **{
        name: Side(partial(tpe, **settings))
        for name, settings in {
            "TPE as it comes": {},
            "independent": {"multivariate": False},
            "multivariate": {"multivariate": True},
            "group": GROUPED,
            "group, 5 random first": {**GROUPED, "n_startup_trials": 5},
            "all families sampled": {**GROUPED, "n_startup_trials": 5, "n_ei_candidates": 100},
            "group, no liar": {**GROUPED, "constant_liar": False},
            "independent, 5 first": {"multivariate": False, "n_startup_trials": 5},
        }.items()
    },
}


class Answers:
    """What the table has for a proposal."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self._cells = {
            cell: [Model(of_model) for _, of_model in alike.groupby("model")]
            for cell, alike in rows.groupby(CELL)
        }
        self._scale = {
            name: math.log(rows[name].max() / rows[name].min()) or 1.0
            for name in ("latent_size", "beta")
        }

    def of(self, configuration: Configuration) -> Model:
        """The nearest model, by the logarithms of latent size and beta."""

        def far(model: Model) -> float:
            return sum(
                (math.log(model.settings[name] / configuration.settings[name]) / scale) ** 2
                for name, scale in self._scale.items()
            )

        cell = configuration.family, configuration.view, configuration.reducer
        return min(self._cells[cell], key=far)


class Model:
    """The clusterings of one model of the table."""

    def __init__(self, rows: pd.DataFrame) -> None:
        first = rows.iloc[0]
        self.settings = {name: float(first[name]) for name in ("latent_size", "beta")}
        self._answers: dict[tuple[str, int | None], tuple[float, dict[str, float]]] = {}
        for row in rows.to_dict("records"):
            reuse = row["coherence_excess"], json.loads(row["violations"])
            self._answers[row["clusterer"], row["n_clusters"]] = reuse
            self._answers.setdefault((row["clusterer"], None), reuse)

    def at(self, clusterer: str, count: int) -> tuple[float, dict[str, float]]:
        """Coherence and violations at a clusterer and count; one that finds its own has one."""
        reuse = self._answers.get((clusterer, count))
        return reuse or self._answers[clusterer, None]

    @property
    def best(self) -> tuple[float, dict[str, float]]:
        """Those of the best clustering that held every guard, or else of the best of all."""
        return max(self._answers.values(), key=lambda reuse: (not reuse[1], reuse[0]))

    def best_of(self, clusterers: Sequence[str]) -> tuple[str, int | None] | None:
        """Clusterer and count of the best by one of these that held every guard, if one did."""
        held = {
            key: value
            for key, (value, violations) in self._answers.items()
            if key[0] in clusterers and not violations
        }
        return max(held, key=lambda key: held[key], default=None)


def replayed(
    rows: pd.DataFrame, task: Task, name: str, trials: int, seed: int, at_a_time: int
) -> np.ndarray:
    """Return the best value asked for and the best of all, (2, trials), after each trial."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    side, answers = {**SIDES, **TRIED}[name], Answers(rows)
    task = replace(task, seed=seed)
    study = optuna.create_study(direction="maximize")
    for family in task.families if side.defaults else ():
        study.enqueue_trial(parameters(task, default_configuration(task, family)))
    seen = Considered(study)
    values = np.zeros((2, trials))
    running: list[tuple[optuna.Trial, float, Mapping[str, float]]] = []
    for number in range(trials):
        study.sampler = side.sampling(task, number, seen.numbers())
        trial = study.ask()
        seen.begun(number)
        configuration = propose(trial, task)
        model = answers.of(configuration)
        asked = model.at(configuration.clusterer, configuration.n_clusters)
        for place, (value, violations) in enumerate((asked, model.best)):
            values[place, number] = 0.0 if violations else value
        running.append((trial, *(model.best if side.best else asked)))
        if len(running) >= at_a_time:
            tell(study, seen, *running.pop(0))
    return np.maximum.accumulate(values, axis=1)


def tell(
    study: optuna.Study,
    seen: Considered,
    trial: optuna.Trial,
    value: float,
    violations: Mapping[str, float],
) -> None:
    """Tell one value, as `search.study.study.Study` does."""
    for guard, amount in violations.items():
        trial.set_constraint(guard, amount)
    study.tell(trial, value)
    seen.ended(trial.number, [value], violations)
