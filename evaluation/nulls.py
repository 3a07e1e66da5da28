"""What k-means scores on codes and points that have no clusters: null excess and the gap.

Null codes are drawn from a Gaussian with the mean and covariance of a model's own codes, null
points uniformly from the box around the songs in the reference space.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluation.assignment import Array, NearestCentre
from evaluation.indices import silhouettes, spread
from evaluation.kmeans import fit_kmeans
from evaluation.null_collections import DRAWS, gaussian_like

MOST_CODES = 4_000
"""Null codes that are fitted, and that are scored, at most. At 20,000 and 6,700 codes of a mixture
and of noise mean silhouettes are those of all null codes to .004."""


def null_silhouettes(
    codes_train: Array, codes: Array, counts: Sequence[int], seed: int, draws: int = DRAWS
) -> Array:
    """Return mean silhouettes (counts,) of k-means on null codes like those of training songs.

    Fitted on as many draws as there are training codes, scored on as many others as `codes`, but
    on no more than `MOST_CODES` each. Cost: `draws` times a k-means scoring of all counts, .3 s at
    550 + 190 songs x 15.
    """
    fitted, scored = (min(len(some), MOST_CODES) for some in (codes_train, codes))
    values = []
    for draw in range(draws):
        null = gaussian_like(codes_train, fitted + scored, seed + draw)
        train, held_out = np.split(null, [fitted])
        fits = fit_kmeans(train, counts, seed)
        partitions = [NearestCentre(centres).assign(held_out) for centres, _ in fits]
        values.append(silhouettes(held_out, np.array(partitions)))
    return np.mean(values, axis=0)


def null_excess(silhouette: Array, null: Array) -> Array:
    """Return (s - s0) / (1 - s0): silhouettes s above those of null codes s0, 1 at best."""
    return (np.asarray(silhouette) - null) / (1 - np.asarray(null))


def log_dispersion(points: Array, clusters: Array) -> float:
    """Return the log of summed squared distances of points (n, d) to their cluster's mean."""
    return float(np.log(spread(points, clusters)[2].sum()))


def null_dispersions(points: Array, counts: Sequence[int], seed: int, draws: int = DRAWS) -> Array:
    """Return mean `log_dispersion` (counts,) of k-means on uniform draws from a box.

    The box is that around `points`; in the reference space it lies along principal components
    (Tibshirani et al. 2001, variant b). The values hold for every model: once per run. Cost:
    `draws` k-means fits.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    values = []
    for draw in range(draws):
        null = np.random.default_rng(seed + draw).uniform(low, high, points.shape)
        fits = fit_kmeans(null, counts, seed)
        values.append([log_dispersion(null, clusters) for _, clusters in fits])
    return np.mean(values, axis=0)


def gap(points: Array, clusters: Array, null: float) -> float:
    """Return how much tighter a partition (n,) is than null points are at its count."""
    return null - log_dispersion(points, clusters)
