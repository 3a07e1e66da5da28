"""Agreement of clusters with known labels, all from one contingency matrix."""

from __future__ import annotations

import numpy as np
from sklearn.metrics.cluster import contingency_matrix, expected_mutual_information

from evaluation.assignment import Array
from evaluation.entropy import entropy

LABEL_SCORES = ("ari", "nmi", "ami", "purity", "purity_floor")
"""Columns of `label_scores`."""


def label_scores(clusters: Array, truth: Array) -> dict[str, float | None]:
    """Return scores of clusters (n,) against labels (n,) of text; songs labelled "" are left out.

    Returns
    -------
    ari : adjusted Rand index (Hubert and Arabie 1985), 0 by chance, 1 for equal partitions
    nmi, ami : mutual information over the mean entropy, plain and adjusted for chance (Vinh et
        al. 2010)
    purity : share of songs that carry their cluster's most common label
    purity_floor : share of the most common label, which one single cluster reaches
    All None where fewer than two labels are known. Noise (-1) is a cluster like any other.
    """
    known = truth != ""
    if len(np.unique(truth[known])) < 2:
        return dict.fromkeys(LABEL_SCORES)
    counts = contingency_matrix(clusters[known], truth[known])
    songs = counts.sum()
    sizes, classes = counts.sum(axis=1), counts.sum(axis=0)
    information = entropy(sizes) + entropy(classes) - entropy(counts)
    ceiling = (entropy(sizes) + entropy(classes)) / 2
    chance = expected_mutual_information(counts, songs)
    return {
        "ari": float(rand_index(counts)),
        "nmi": float(_share(max(information, 0.0), ceiling)),
        "ami": float(_share(information - chance, ceiling - chance)),
        "purity": float(counts.max(axis=1).sum() / songs),
        "purity_floor": float(classes.max() / songs),
    }


def rand_index(counts: Array) -> Array:
    """Return adjusted Rand indices (...) of tables of counts (..., clusters, classes)."""
    rows, columns = _pairs(counts.sum(axis=-1)), _pairs(counts.sum(axis=-2))
    together = _pairs(counts.reshape(*counts.shape[:-2], -1))
    songs = counts.sum(axis=(-1, -2))
    return adjusted_rand_index(together, rows, columns, songs * (songs - 1) / 2)


def adjusted_rand_index(together: Array, rows: Array, columns: Array, pairs: Array) -> Array:
    """Return the index from numbers of pairs: in the same cell, cluster, class, and in all."""
    chance = rows * columns / np.maximum(pairs, 1)
    return _share(together - chance, (rows + columns) / 2 - chance)


def _pairs(counts: Array) -> Array:
    """Return pairs of songs in the same class, counts along the last axis."""
    return (counts * (counts - 1.0)).sum(axis=-1) / 2


def _share(part: Array | float, whole: Array | float) -> Array:
    # Nothing is left to explain only where both partitions are one cluster, or all singletons.
    trivial = np.asarray(whole) <= 1e-12
    return np.minimum(np.where(trivial, 1, part / np.where(trivial, 1, whole)), 1)
