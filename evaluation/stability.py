"""Whether a partition comes back: on halves of the training songs, and on held-out songs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics.cluster import contingency_matrix

from evaluation.assignment import Array
from evaluation.clusterers import Clusterer
from evaluation.external import rand_index

REFITS = 20
"""Halves of the training songs that a clusterer is fitted on again."""


def stability(
    clusterer: Clusterer,
    codes_train: Array,
    codes: Array,
    counts: Sequence[int],
    seed: int,
    refits: int = REFITS,
) -> Array:
    """Return the mean Rand index (counts,) on `codes` of the fit and refits on random halves.

    Cost: `refits` fits of half the training songs at every count, 1 s for k-means at 550 songs
    x 15 counts x 20.
    """
    rng = np.random.default_rng(seed)
    base = [fit.predict(codes) for fit in clusterer.fit_counts(codes_train, counts, seed)]
    agreement = []
    for refit in range(refits):
        half = rng.choice(len(codes_train), len(codes_train) // 2, replace=False)
        fits = clusterer.fit_counts(codes_train[half], counts, seed + 1 + refit)
        agreement.append(
            [
                rand_index(contingency_matrix(clusters, fit.predict(codes)))
                for clusters, fit in zip(base, fits, strict=True)
            ]
        )
    return np.mean(agreement, axis=0)


def prediction_strengths(
    clusterer: Clusterer, codes_train: Array, codes: Array, counts: Sequence[int], seed: int
) -> Array:
    """Return `prediction_strength` (counts,) of the training fit for a fit on `codes`.

    Cost: one more fit, of the evaluated codes, at every count.
    """
    trained = clusterer.fit_counts(codes_train, counts, seed)
    fitted = clusterer.fit_counts(codes, counts, seed)
    return np.array(
        [
            prediction_strength(own.clusters, fit.predict(codes))
            for own, fit in zip(fitted, trained, strict=True)
        ]
    )


def prediction_strength(clusters: Array, predicted: Array) -> float:
    """Return the share of the pairs of a cluster predicted together, in the worst cluster.

    Tibshirani and Walther (2005); .8 is the usual bar. `clusters` (n,) are those of the held-out
    songs themselves, `predicted` (n,) those the training fit gives them. A cluster of one song
    has no pair to predict and counts 0.
    """
    table = contingency_matrix(clusters, predicted)
    sizes = table.sum(axis=1)
    together = (table * (table - 1)).sum(axis=1)
    return float(np.min(together / np.maximum(sizes * (sizes - 1), 1)))
