"""How large the space of a task is: its distinct models, and what of it is continuous."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evaluation.clusterers import CLUSTERERS
from models import FAMILIES
from search.study.space import on_grid
from search.tasks.ranges import Range
from search.tasks.task import Task


@dataclass(frozen=True)
class Size:
    """Models of one family that a search can propose.

    Attributes
    ----------
    choices : hyperparameter, view or reducer -> how many values it has; continuous ones left out.
    continuous : hyperparameters whose every value in a range is another model.
    """

    choices: dict[str, int]
    continuous: tuple[str, ...] = ()

    @property
    def models(self) -> int:
        """Distinct models; for each value of those that are continuous."""
        return math.prod(self.choices.values())


def size_of(task: Task, family: str) -> Size:
    """Return the size of the space of one family of a task that is adapted to its songs."""
    kinds = {h.name: h.kind for h in FAMILIES[family].hyperparameters}
    found = {name: _values(one, kinds[name]) for name, one in task.ranges(family).items()}
    return Size(
        {
            **{name: count for name, count in found.items() if count is not None},
            "view": len(task.views_of(family)),
            "reducer": len(task.reducers),
        },
        tuple(name for name, count in found.items() if count is None),
    )


def distinct_trials(task: Task) -> float:
    """Return how many models a search trains if its proposals are spread evenly over the space.

    A trial whose model another trial has trained takes that one's clusterings. Optuna goes back
    to what was good, so there are rather more of these than counted here.
    """
    each = task.trials / len(task.families)
    return sum(_distinct(size_of(task, family), each) for family in task.families)


def _distinct(size: Size, trials: float) -> float:
    """Return how many models so many proposals make that are spread evenly over a space."""
    if size.continuous:
        return trials
    if size.models == 1:
        return min(trials, 1.0)
    return size.models * -math.expm1(trials * math.log1p(-1 / size.models))


def clusterings(task: Task) -> int:
    """Return how many clusterings of each model are scored, those of its own left out."""
    return sum(len(task.counts) if CLUSTERERS[name].takes_count else 1 for name in task.clusterers)


def _values(searched: Range, kind: type) -> int | None:
    """Return how many values a range has; None where it is continuous."""
    if searched.choices:
        return len(searched.choices)
    if kind is int:
        return int(searched.high) - int(searched.low) + 1
    if searched.low == searched.high:
        return 1
    if not searched.per_decade:
        return None
    ends = (math.log10(end) * searched.per_decade for end in (searched.low, searched.high))
    first, last = map(round, ends)
    steps = range(first, last + 1)
    return len({on_grid(10.0 ** (step / searched.per_decade), searched) for step in steps})
