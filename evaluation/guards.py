"""Guards: what a trial must show before it may win, whatever its score.

A trial that fails one stays a row, is marked infeasible and never wins. Labels play no part.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

Values = Mapping[str, Any]

SMALLEST = 1e-9
"""Violation of a guard whose bound was just not reached."""

# Scores that a partition must have for its row to count; None says that one is undefined.
NEEDED = ("silhouette", "davies_bouldin", "calinski_harabasz", "coherence")


@dataclass(frozen=True)
class Guard:
    """A bound from below on one column; `strict` where the bound itself fails."""

    name: str
    bound: float
    meaning: str
    strict: bool = False

    def violation(self, value: float) -> float:
        """How far `value` is short of the bound, in units of it; positive exactly if it fails."""
        short = (self.bound - value) / (self.bound or 1.0)
        return max(short, SMALLEST) if self.strict and short >= 0 else short


GUARDS = (
    Guard("active_units", 2, "latent dimensions in use (variance of the mean above .01)"),
    Guard("balance", 0.6, "exp(entropy of the training clusters) / number of clusters"),
    Guard("r2", 0.05, "validation R2 of the reconstruction", strict=True),
    Guard("shuffle_drop", 0, "R2 lost when codes are shuffled among the songs", strict=True),
    Guard("coverage", 0.8, "share of songs that are not noise"),
    Guard("finite", 1, "share of the scores that are finite numbers"),
)


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
    """The guards that failed, with value and bound; None when all held."""
    return "; ".join(map(str, failed)) or None


def from_words(text: str | None, values: Values) -> list[Failure]:
    """The failures that `in_words` told, exact where the row's columns `values` have the value."""
    found = []
    for part in text.split("; ") if text else ():
        name, value = part.partition(",")[0].split(" ")
        guard = next(guard for guard in GUARDS if guard.name == name)
        exact = float(values.get(name) or value)
        amount = guard.violation(exact) if math.isfinite(exact) else 1.0
        found.append(Failure(name, exact, guard.bound, max(amount, SMALLEST)))
    return found


def violations(values: Values) -> dict[str, float]:
    """Violation of every guard that applies to the columns `values`: feasible if all are <= 0.

    A guard does not apply where its column is absent or None, such as `active_units` of raw
    features. NaN and infinity violate by 1.
    """
    return {
        guard.name: guard.violation(value) if math.isfinite(value) else 1.0
        for guard, value in _applying(values)
    }


def failures(values: Values) -> list[Failure]:
    """The guards that fail for the columns `values` of a trial or clustering."""
    amount = violations(values)
    return [
        Failure(guard.name, value, guard.bound, amount[guard.name])
        for guard, value in _applying(values)
        if amount[guard.name] > 0
    ]


def _applying(values: Values) -> list[tuple[Guard, float]]:
    measured = {**values, "finite": _finite_share(values)}
    return [
        (guard, measured[guard.name]) for guard in GUARDS if measured.get(guard.name) is not None
    ]


def _finite_share(values: Values) -> float:
    numbers = [
        value
        for name, value in values.items()
        if isinstance(value, Real) or (name in NEEDED and value is None)
    ]
    finite = [value is not None and math.isfinite(value) for value in numbers]
    return sum(finite) / len(finite) if finite else 1.0
