"""What a task file may name, from the tables that tasks are checked against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from data import views
from evaluation.clusterers import CLUSTERERS
from evaluation.guards import GUARDS
from evaluation.objective import OBJECTIVES
from evaluation.reducers import REDUCERS
from models import FAMILIES
from models.family import Hyperparameter
from search.tasks.reading import INPUTS, SCHEDULERS
from search.tasks.task import LEAST, MOST


@dataclass(frozen=True)
class Parts:
    """One kind of part.

    Attributes
    ----------
    title : what they are, and which keys of a task file name them.
    columns : of the rows.
    rows : one for each, its name first.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def parts() -> Iterator[Parts]:
    """Yield every kind of part."""
    yield Parts(
        "families and baselines",
        ("name", "needs", "uses", "hyperparameters"),
        [
            (
                name,
                ", ".join(family.inputs),
                ", ".join(family.optional),
                ", ".join(h.name for h in family.hyperparameters),
            )
            for name, family in FAMILIES.items()
        ],
    )
    yield Parts(
        "space: hyperparameters",
        ("name", "values", "default", "meaning"),
        [
            (name, values_of(next(iter(own.values()))), _defaults(own), _meaning(own))
            for name, own in hyperparameters().items()
        ],
    )
    yield Parts(
        "views and reference_views: words joined by +",
        ("word", "place"),
        [
            (word, f"{place} of {len(views.order())}")
            for place, words in enumerate(views.order(), start=1)
            for word in words
        ],
    )
    yield Parts(
        "reducers",
        ("name", "scores in its space compare with others'"),
        [(name, _yes(reducer.comparable)) for name, reducer in REDUCERS.items()],
    )
    yield Parts(
        "clusterers",
        ("name", "makes as many clusters as it is asked for"),
        [(name, _yes(clusterer.takes_count)) for name, clusterer in CLUSTERERS.items()],
    )
    yield Parts(
        "objective",
        ("name", "direction", "what it rewards"),
        [(name, one.direction, one.rewards) for name, one in OBJECTIVES.items()],
    )
    yield Parts(
        "guards: all of them where a task names none",
        ("name", "bound", "of what"),
        [
            (guard.name, f"{'above' if guard.strict else 'from'} {guard.bound:g}", guard.meaning)
            for guard in GUARDS.values()
        ],
    )
    yield Parts("scheduler", ("name",), [(name,) for name in SCHEDULERS])
    yield Parts("inputs", ("name",), [(name,) for name in INPUTS])
    yield Parts(
        "numbers",
        ("name", "values"),
        [(name, f"{LEAST[name]:,} to {most:,}") for name, most in MOST.items()],
    )


def hyperparameters() -> dict[str, dict[str, Hyperparameter]]:
    """Return what every family that has a hyperparameter declares of it, by name and family."""
    found: dict[str, dict[str, Hyperparameter]] = {}
    for family, declared in FAMILIES.items():
        for one in declared.hyperparameters:
            found.setdefault(one.name, {})[family] = one
    return found


def values_of(one: Hyperparameter) -> str:
    """Return what values a hyperparameter may have, in words."""
    if one.choices:
        return ", ".join(map(str, one.choices))
    if one.kind is str:
        return "text"
    return f"{one.low:g} to {one.high:g}{', log' if one.log else ''}"


def _defaults(own: Mapping[str, Hyperparameter]) -> str:
    """Return the default that most families have, and the families that have another."""
    values = [one.default for one in own.values()]
    usual = max(values, key=values.count)
    others = [f"{family} {one.default}" for family, one in own.items() if one.default != usual]
    return f"{usual} ({'; '.join(others)})" if others else f"{usual}"


def _meaning(own: Mapping[str, Hyperparameter]) -> str:
    """Return what a hyperparameter means, for one family where no other has it."""
    meaning = next(iter(own.values())).meaning
    return f"{meaning} ({next(iter(own))})" if len(own) == 1 else meaning


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"
