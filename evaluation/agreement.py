"""How far partitions of the same songs agree: between models, between seeds."""

from __future__ import annotations

import numpy as np

from evaluation.assignment import Array
from evaluation.external import adjusted_rand_index
from evaluation.membership import membership


def pairwise_ari(partitions: Array) -> Array:
    """Return adjusted Rand index (m, m) between all of m partitions (m, n).

    Cost: m products of one partition's one-hot table with all others', n * k * K each, K the
    clusters of all partitions.
    """
    stack = membership(partitions)
    songs, edges = len(stack.table), stack.edges

    def pairs(squares: Array) -> Array:
        return (squares - songs) / 2

    own = pairs(np.array([(size**2).sum() for size in stack.sizes]))
    together = np.empty((len(partitions), len(partitions)))
    for row, (first, last) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        squares = ((stack.table[:, first:last].T @ stack.table) ** 2).sum(axis=0)
        together[row] = pairs(np.add.reduceat(squares, edges[:-1]))
    return adjusted_rand_index(together, own[:, None], own, np.array(songs * (songs - 1) / 2))


def mean_agreement(partitions: Array) -> Array:
    """Return the mean agreement (m,) of each partition with those of the other models.

    All are of one cluster count. NaN for a single one. The values depend on which models have
    finished, so this is a column made at the end.
    """
    others = len(partitions) - 1
    if not others:
        return np.array([np.nan])
    return (pairwise_ari(partitions).sum(axis=1) - 1) / others


def seed_stability(partitions: Array) -> float:
    """Return the mean pairwise agreement of partitions (seeds, n) of independent seeds.

    Unsupervised disentanglement ranking (Duan et al. 2020) for partitions. NaN for one seed.
    """
    return float(mean_agreement(partitions).mean())
