"""Which cluster count to suggest, and which do about as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.assignment import Array

TOLERANCE = 0.05
"""Without repeats, about as well means within this share of the spread over all counts."""


@dataclass(frozen=True)
class Suggestion:
    """A count, and the range `low` to `high` around it that does about as well."""

    count: int
    low: int
    high: int


def suggest(counts: Sequence[int], scores: Array) -> Suggestion:
    """Return the count with the best mean score; higher is better.

    A neighbouring count does about as well while the best one's mean advantage, over the same
    models or seeds, is within its standard error. No rule is known to find the true count: on
    real songs none beat a constant, so show the curve beside the suggestion.

    Parameters
    ----------
    counts : increasing
    scores : (models, counts) or (counts,), finite; coherence above that of null songs is the
        fair choice, since coherence itself mostly rises with the count
    """
    table = np.atleast_2d(scores)
    means = table.mean(axis=0)
    best = int(means.argmax())
    advantages = table[:, [best]] - table
    if len(table) > 1:
        allowed = advantages.std(axis=0, ddof=1) / np.sqrt(len(table))
    else:
        allowed = np.full(len(means), TOLERANCE * np.ptp(means))
    other = np.flatnonzero(advantages.mean(axis=0) > allowed)
    low = max(other[other < best], default=-1) + 1
    high = min(other[other > best], default=len(means)) - 1
    return Suggestion(counts[best], counts[low], counts[high])
