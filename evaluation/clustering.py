"""What a function may judge a clustering by: codes, clusters and reference spaces, no labels."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evaluation.assignment import Array


@dataclass(frozen=True)
class Clustering:
    """One clustering of the songs of one part, found on the training songs.

    Attributes
    ----------
    codes_train, codes : (n_train, d) and (n, d) float, codes of the training and of the judged
        songs, as the clusterer is given them.
    clusters_train, clusters : (n_train,) and (n,) int, from 0; -1 is noise.
    n_clusters : clusters asked for, or found by a clusterer that chooses their number.
    references : reference view -> (n, d') the judged songs in its reference space, which is the
        same for every model.
    """

    codes_train: Array
    codes: Array
    clusters_train: Array
    clusters: Array
    n_clusters: int
    references: Mapping[str, Array]


def value_of(function: Callable[[Clustering], float], clustering: Clustering) -> float | None:
    """Return what a function gives of a clustering; None where that is no finite number."""
    value = float(function(clustering))
    return value if math.isfinite(value) else None
