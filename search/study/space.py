"""From a task to configurations: what Optuna is asked, and what its answers mean."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import numpy as np
import optuna

from models import FAMILIES, defaults
from models.family import Hyperparameter
from search.tasks.ranges import Range
from search.tasks.task import Task


@dataclass(frozen=True)
class Configuration:
    """One point of the space.

    `settings` has a value for every hyperparameter of the family. `n_clusters` and `clusterer`
    say which of the trial's clusterings Optuna is told of; the model does not depend on them.
    """

    family: str
    view: str
    reducer: str
    settings: Mapping[str, Any]
    clusterer: str
    n_clusters: int

    @property
    def model(self) -> str:
        """What identifies the trained model: everything but count and clusterer, as JSON."""
        described = asdict(self)
        del described["clusterer"], described["n_clusters"]
        return json.dumps(described, sort_keys=True)


def propose(trial: optuna.trial.BaseTrial, task: Task) -> Configuration:
    """Ask Optuna for a configuration. Names of the study's parameters are those of the columns.

    A hyperparameter that only some families have is asked for those alone, under the name
    `<family>.<hyperparameter>` where its range is the family's own.
    """
    family = choose(trial, "family", task.families)
    settings = {}
    for name, searched in task.ranges(family).items():
        own = name in task.family_space.get(family, {})
        label = f"{family}.{name}" if own else name
        settings[name] = suggest(trial, label, searched, hyperparameter(family, name))
    low, high = task.clusters
    return Configuration(
        family=family,
        view=choose(trial, view_label(task, family), task.views_of(family)),
        reducer=choose(trial, "reducer", task.reducers),
        settings=defaults(FAMILIES[family], settings),
        clusterer=choose(trial, "clusterer", task.clusterers),
        n_clusters=low if low == high else trial.suggest_int("n_clusters", low, high),
    )


def view_label(task: Task, family: str) -> str:
    """The study's name for the view: the family's own where it can be given fewer."""
    return "view" if task.views_of(family) == task.views else f"{family}.view"


def choose(trial: optuna.trial.BaseTrial, name: str, choices: tuple[str, ...]) -> str:
    """One of `choices`; Optuna is not asked where there is nothing to choose."""
    return choices[0] if len(choices) == 1 else trial.suggest_categorical(name, choices)


def suggest(trial: optuna.trial.BaseTrial, label: str, searched: Range, of: Hyperparameter) -> Any:
    """A value of one range, rounded to its grid."""
    if len(searched.choices) == 1:
        return searched.choices[0]
    if searched.choices:
        return trial.suggest_categorical(label, searched.choices)
    low, high = searched.low, searched.high
    if of.kind is int:
        return trial.suggest_int(label, int(low), int(high), log=searched.log)
    return on_grid(trial.suggest_float(label, low, high, log=searched.log), searched)


def on_grid(value: float, searched: Range) -> float:
    """`value` at the nearest of `per_decade` steps in a factor of ten, within the range.

    The grid makes near repeats equal, so that a model trained once answers them all.
    """
    if searched.per_decade:
        value = 10.0 ** (round(math.log10(value) * searched.per_decade) / searched.per_decade)
    return float(f"{min(max(value, searched.low), searched.high):.3g}")


def hyperparameter(family: str, name: str) -> Hyperparameter:
    """The declaration of a family's hyperparameter."""
    return next(h for h in FAMILIES[family].hyperparameters if h.name == name)


def default_configuration(task: Task, family: str) -> Configuration:
    """The family's defaults; those outside the searched range go to its nearer end."""
    settings = {}
    for name, searched in task.ranges(family).items():
        default = hyperparameter(family, name).default
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
    """A configuration as parameters for `study.enqueue_trial`: what `propose` makes it of."""
    family = configuration.family
    own = task.family_space.get(family, {})
    return {
        "family": family,
        view_label(task, family): configuration.view,
        "reducer": configuration.reducer,
        "clusterer": configuration.clusterer,
        "n_clusters": configuration.n_clusters,
        **{
            f"{family}.{name}" if name in own else name: configuration.settings[name]
            for name in task.ranges(family)
        },
    }


def from_row(row: Mapping[str, Any]) -> Configuration:
    """The configuration of a trial from its row of the table `trials`."""
    family = row["family"]
    return Configuration(
        family=family,
        view=row["view"],
        reducer=row["reducer"],
        settings={h.name: row.get(h.name) for h in FAMILIES[family].hyperparameters},
        clusterer=row["clusterer"],
        n_clusters=row["n_clusters"],
    )


def middle(task: Task) -> int:
    """A cluster count in the middle of the range."""
    return (task.clusters[0] + task.clusters[1]) // 2


def baseline_configurations(task: Task, family: str) -> list[Configuration]:
    """The configurations a baseline is tried at: latent sizes in every view and reducer.

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
        for size in ladder(task.ranges(family).get("latent_size"), steps)
    ]
    if any(h.name == "learning_rate" for h in FAMILIES[family].hyperparameters):
        share = math.ceil(task.trials / len(task.families))
        chosen = np.linspace(0, len(found) - 1, min(share, len(found))).round()
        return [found[int(place)] for place in chosen]
    return found


def ladder(searched: Range | None, steps: int) -> list[dict[str, Any]]:
    """Latent sizes evenly spread over the orders of magnitude of a range, as settings."""
    if searched is None:
        return [{}]
    sizes = searched.choices or np.geomspace(searched.low, searched.high, steps).round()
    return [{"latent_size": size} for size in sorted({int(size) for size in sizes})]
