"""The space of a task: configurations as Optuna proposes them, by default, and of baselines."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import optuna

from models import FAMILIES, defaults
from models.family import Hyperparameter
from results.schema import NAMED_SETTINGS
from search.tasks.ranges import Range
from search.tasks.task import Task

FAMILY = "family"
"""The parameter that says which others there are."""


@dataclass(frozen=True)
class Configuration:
    """One point of the space.

    Attributes
    ----------
    settings : a value for every hyperparameter of the family.
    clusterer, n_clusters : which of the trial's clusterings it is scored by; the model does not
        depend on them.
    """

    family: str
    view: str
    reducer: str
    settings: Mapping[str, Any]
    clusterer: str
    n_clusters: int

    @cached_property
    def model(self) -> str:
        """What identifies the trained model: everything but count and clusterer, as JSON."""
        described = asdict(self)
        del described["clusterer"], described["n_clusters"]
        return json.dumps(described, sort_keys=True)


def propose(trial: optuna.trial.BaseTrial, task: Task) -> Configuration:
    """Return a configuration whose values Optuna chooses.

    The study's parameters have the names of columns. A hyperparameter that only some families have
    is chosen for those alone, and is called `<family>.<hyperparameter>` where its range is the
    family's own.
    """
    family = _choose(trial, FAMILY, task.families)
    settings = {}
    for name, searched in task.ranges(family).items():
        label = _label(task, family, name)
        settings[name] = _suggest(trial, label, searched, _hyperparameter(family, name))
    low, high = task.clusters
    return Configuration(
        family=family,
        view=_choose(trial, _view_label(task, family), task.views_of(family)),
        reducer=_choose(trial, "reducer", task.reducers),
        settings=defaults(FAMILIES[family], settings),
        clusterer=_choose(trial, "clusterer", task.clusterers),
        n_clusters=low if low == high else trial.suggest_int("n_clusters", low, high),
    )


def asked_for(task: Task, family: str) -> set[str]:
    """Return the study's names of the parameters that a proposal of this family is asked for."""
    return {*parameters(task, default_configuration(task, family))}


def _label(task: Task, family: str, name: str) -> str:
    """Return the study's name for a hyperparameter: the family's own where its range is."""
    return f"{family}.{name}" if name in task.family_space.get(family, {}) else name


def _view_label(task: Task, family: str) -> str:
    """Return the study's name for the view: the family's own where it can be given fewer."""
    return "view" if task.views_of(family) == task.views else f"{family}.view"


def _choose(trial: optuna.trial.BaseTrial, name: str, choices: tuple[str, ...]) -> str:
    """Return one of `choices`, without Optuna where there is nothing to choose."""
    return choices[0] if len(choices) == 1 else trial.suggest_categorical(name, choices)


def _suggest(
    trial: optuna.trial.BaseTrial, label: str, searched: Range, of: Hyperparameter
) -> Any:
    """Return a value of one range that Optuna chooses, rounded to its grid."""
    if len(searched.choices) == 1:
        return searched.choices[0]
    if searched.choices:
        return trial.suggest_categorical(label, searched.choices)
    low, high = searched.low, searched.high
    if of.kind is int:
        return trial.suggest_int(label, int(low), int(high), log=searched.log)
    return on_grid(trial.suggest_float(label, low, high, log=searched.log), searched)


def on_grid(value: float, searched: Range) -> float:
    """Return `value` at the nearest of `per_decade` steps in a factor of ten, within the range.

    The grid makes near repeats equal, so that one trained model serves them all.
    """
    if searched.per_decade:
        value = 10.0 ** (round(math.log10(value) * searched.per_decade) / searched.per_decade)
    return float(f"{min(max(value, searched.low), searched.high):.3g}")


def _hyperparameter(family: str, name: str) -> Hyperparameter:
    """Return the declaration of a family's hyperparameter."""
    return next(h for h in FAMILIES[family].hyperparameters if h.name == name)


def default_configuration(task: Task, family: str) -> Configuration:
    """Return the family's defaults; those outside the searched range go to its nearer end."""
    settings = {}
    for name, searched in task.ranges(family).items():
        default = _hyperparameter(family, name).default
        if searched.choices:
            default = default if default in searched.choices else searched.choices[0]
        elif not isinstance(default, str):
            default = min(max(default, searched.low), searched.high)
        settings[name] = default
    return Configuration(
        family=family,
        view=task.views_of(family)[0],
        reducer=task.reducers[0],
        settings=defaults(FAMILIES[family], settings),
        clusterer=task.clusterers[0],
        n_clusters=middle(task),
    )


def parameters(task: Task, configuration: Configuration) -> dict[str, Any]:
    """Return the parameters that `propose` makes a configuration of, as for `enqueue_trial`."""
    family = configuration.family
    return {
        FAMILY: family,
        _view_label(task, family): configuration.view,
        "reducer": configuration.reducer,
        "clusterer": configuration.clusterer,
        "n_clusters": configuration.n_clusters,
        **{
            _label(task, family, name): configuration.settings[name]
            for name in task.ranges(family)
        },
    }


def from_row(row: Mapping[str, Any]) -> Configuration:
    """Return the configuration of a trial from its row of the table `trials`."""
    family = row["family"]
    return Configuration(
        family=family,
        view=row["view"],
        reducer=row["reducer"],
        settings={
            h.name: h.kind(value) if (value := row.get(column_of(h))) is not None else None
            for h in FAMILIES[family].hyperparameters
        },
        clusterer=row["clusterer"],
        n_clusters=row["n_clusters"],
    )


def column_of(hyperparameter: Hyperparameter) -> str:
    """Return the column of the table `trials` that holds the values of a hyperparameter.

    One that only families of one's own have is in a column of the kind of its values.
    """
    if hyperparameter.name in NAMED_SETTINGS:
        return hyperparameter.name
    start = "choice" if hyperparameter.kind is str else "setting"
    return f"{start}_{hyperparameter.name}"


def middle(task: Task) -> int:
    """Return the cluster count in the middle of the range."""
    return (task.clusters[0] + task.clusters[1]) // 2


def baseline_configurations(task: Task, family: str) -> list[Configuration]:
    """Return the configurations a baseline is tried at: latent sizes in every view and reducer.

    Five sizes from the smallest to the largest searched, or three where there are several views
    and reducers, so that a baseline is tuned like the families it is held against. One that is
    trained step by step gets as many trials as each of these, spread evenly over the ladder.
    """
    presented = list(product(task.views_of(family), task.reducers))
    steps = 5 if len(presented) == 1 else 3
    found = [
        Configuration(
            family=family,
            view=view,
            reducer=reducer,
            settings=defaults(FAMILIES[family], size),
            clusterer=task.clusterers[0],
            n_clusters=middle(task),
        )
        for view, reducer in presented
        for size in _ladder(task.ranges(family).get("latent_size"), steps)
    ]
    if any(h.name == "learning_rate" for h in FAMILIES[family].hyperparameters):
        share = math.ceil(task.trials / len(task.families))
        chosen = np.linspace(0, len(found) - 1, min(share, len(found))).round()
        return [found[int(place)] for place in chosen]
    return found


def _ladder(searched: Range | None, steps: int) -> list[dict[str, Any]]:
    """Return latent sizes evenly spread over the orders of magnitude of a range, as settings."""
    if searched is None:
        return [{}]
    sizes = searched.choices or np.geomspace(searched.low, searched.high, steps).round()
    return [{"latent_size": size} for size in sorted({int(size) for size in sizes})]
