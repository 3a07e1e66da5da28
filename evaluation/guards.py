"""Guards: what a trial must show before it may win, whatever its score.

A trial that fails one stays a row, is marked infeasible and never wins. Labels play no part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from evaluation.clustering import Clustering

Values = Mapping[str, Any]

GUARD = "guard_"
"""Begins the columns that hold what each guard was held against."""

SMALLEST = 1e-9
"""Violation of a guard whose bound was just not reached."""

NEEDED = ("silhouette", "davies_bouldin", "calinski_harabasz", "coherence")
"""Scores that a partition must have for its row to count; None says that one is undefined."""


@dataclass(frozen=True)
class Guard:
    """A bound from below on one value.

    Attributes
    ----------
    name : of the column that holds the value, unless `function` gives it.
    bound : least value that holds.
    meaning : what is held against the bound, in half a sentence.
    strict : whether the bound itself fails.
    function : gives the value of a clustering; None for a column of the tables.
    """

    name: str
    bound: float
    meaning: str
    strict: bool = False
    function: Callable[[Clustering], float] | None = None

    def violation(self, value: float) -> float:
        """Return how far `value` is short of the bound, in units of it: above 0 if it fails.

        1 for what is no finite number.
        """
        if not math.isfinite(value):
            return 1.0
        short = (self.bound - value) / (self.bound or 1.0)
        return max(short, SMALLEST) if self.strict and short >= 0 else short


GUARDS = {
    guard.name: guard
    for guard in (
        Guard("active_units", 2, "latent dimensions in use (variance of the mean above .01)"),
        Guard("balance", 0.6, "exp(entropy of the training clusters) / number of clusters"),
        Guard("r2", 0.05, "validation R2 of the reconstruction", strict=True),
        Guard("shuffle_drop", 0, "R2 lost when codes are shuffled among the songs", strict=True),
        Guard("coverage", 0.8, "share of songs that are not noise"),
        Guard(
            "count", 1, "clusters found over the fewest allowed, or the most allowed over found"
        ),
        Guard("finite", 1, "share of the scores that are finite numbers"),
    )
}
"""Name -> guard."""


def bounds(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return what guards ask for, as JSON values: the `bound` of each, whether it is `strict`."""
    guards = {name: GUARDS[name] for name in names}
    return {name: {"bound": one.bound, "strict": one.strict} for name, one in guards.items()}


@dataclass(frozen=True)
class Failure:
    """A guard that failed, its value and bound, and by how much it failed (above 0)."""

    guard: str
    value: float
    bound: float
    violation: float

    def __str__(self) -> str:
        return f"{self.guard} {self.value:.3g}, bound {self.bound:g}"


def in_words(failed: Sequence[Failure]) -> str | None:
    """Return the guards that failed, with value and bound, for people; None when all held."""
    return "; ".join(map(str, failed)) or None


def measured(values: Values, names: Iterable[str] = tuple(GUARDS)) -> dict[str, float]:
    """Return what each guard is held against, of the columns of a trial or clustering.

    A guard does not apply where its column is absent or None, such as `active_units` of raw
    features. What is no finite number is minus infinity, which a table keeps and NaN is not.

    Parameters
    ----------
    names : of the guards.
    """
    found = {**values, "finite": _finite_share(values)}
    known = {name: found.get(name) for name in names}
    return {
        name: float(value) if math.isfinite(value) else -math.inf
        for name, value in known.items()
        if value is not None
    }


def within(found: int, counts: Sequence[int]) -> float:
    """Return 1 if a count of clusters is among those allowed, else how near it comes, from 0.

    Parameters
    ----------
    counts : the counts that a search allows, at least one; what lies between them is allowed.
    """
    return min(1.0, found / min(counts), max(counts) / max(found, 1))


def failures(measures: Mapping[str, float]) -> list[Failure]:
    """Return the guards that fail for what `measured` found."""
    return [
        Failure(name, value, GUARDS[name].bound, amount)
        for name, value in measures.items()
        if (amount := GUARDS[name].violation(value)) > 0
    ]


def columns(measures: Mapping[str, float]) -> dict[str, Any]:
    """Return the columns of a clustering that say what `measured` found of it."""
    failed = failures(measures)
    return {
        **{f"{GUARD}{name}": value for name, value in measures.items()},
        "guard": in_words(failed),
        "status": "infeasible" if failed else "complete",
    }


def recorded_failures(row: Values) -> list[Failure]:
    """Return the guards that fail by the columns `guard_<name>` of a row."""
    columns = {name: row.get(f"{GUARD}{name}") for name in GUARDS}
    return failures({name: float(value) for name, value in columns.items() if value is not None})


def _finite_share(values: Values) -> float:
    numbers = [
        value
        for name, value in values.items()
        if isinstance(value, Real) or (name in NEEDED and value is None)
    ]
    finite = [value is not None and math.isfinite(value) for value in numbers]
    return sum(finite) / len(finite) if finite else 1.0
