"""Agglomerative clustering by Ward's criterion: one tree, cut at every count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.cluster.hierarchy import fcluster, ward

from evaluation.assignment import Array, NearestCentre

MOST_SONGS = 5_000
"""The tree needs every pairwise distance: 8 bytes * n**2 / 2, 100 MB at this size."""


def fit_ward(codes: Array, counts: Sequence[int], seed: int) -> list[tuple[NearestCentre, Array]]:
    """Return rule and clusters (n,) for every count; a code goes to the nearest centroid.

    Above `MOST_SONGS` songs the tree is grown on a seeded sample and the other songs are
    assigned like new ones. Cost: n**2 * d once, whatever the number of counts.
    """
    if len(codes) > MOST_SONGS:
        sample = np.random.default_rng(seed).choice(len(codes), MOST_SONGS, replace=False)
        rules = [rule for rule, _ in fit_ward(codes[sample], counts, seed)]
        return [(rule, rule.assign(codes)) for rule in rules]
    tree = ward(codes)
    fits = []
    for count in counts:
        clusters = fcluster(tree, count, "maxclust").astype(np.int32) - 1
        sizes = np.bincount(clusters)
        members = clusters == np.arange(len(sizes))[:, None]
        fits.append((NearestCentre(members @ codes / sizes[:, None]), clusters))
    return fits
