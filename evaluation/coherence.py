"""Coherence: how far clusters keep together songs that are neighbours in the reference spaces."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evaluation.assignment import Array
from evaluation.entropy import entropy
from evaluation.reference import ReferencePart


def coherence(clusters: Array, part: ReferencePart) -> float:
    """Return coherence J = H * (max(kappa_R, 0) + max(kappa_Rw, 0)) / 2, of clusters (n,).

    Many clusters of fairly even size whose songs have their nearest neighbours (n, 10) of the
    reference space, plain and whitened, beside them: 0 (one cluster, or chance) to ln k.
    Noise (-1) is a cluster like any other. Its space is a PCA: it favours what PCA sees.
    """
    return _coherence(clusters, part.neighbours, part.neighbours_whitened)


def filtered_coherence(clusters: Array, part: ReferencePart) -> float | None:
    """Return coherence with neighbours of other groups alone; None where these are unknown."""
    return None if part.filtered is None else _coherence(clusters, *part.filtered)


def _coherence(clusters: Array, neighbours: Array, neighbours_whitened: Array) -> float:
    sizes, plain, whitened = coherence_parts(clusters, neighbours, neighbours_whitened)
    return sizes * (max(plain, 0) + max(whitened, 0)) / 2


def coherence_parts(
    clusters: Array, neighbours: Array, neighbours_whitened: Array
) -> tuple[float, float, float]:
    """Return H, kappa_R and kappa_Rw of coherence.

    H is the entropy of the cluster sizes, in nats; kappa = (A - C) / (1 - C), A the share of
    neighbours in the same cluster and C the sum of squared cluster shares, is 0 by chance and 1
    where no neighbours are parted. All 0 if one cluster is used.
    """
    sizes = np.unique(clusters, return_counts=True)[1]
    if len(sizes) < 2:
        return 0.0, 0.0, 0.0
    chance = np.sum((sizes / sizes.sum()) ** 2)

    def kappa(neighbours: Array) -> float:
        agreement = np.mean(clusters[neighbours] == clusters[:, None])
        return float((agreement - chance) / (1 - chance))

    return entropy(sizes), kappa(neighbours), kappa(neighbours_whitened)


def coherence_by_view(clusters: Array, parts: Mapping[str, ReferencePart]) -> dict[str, float]:
    """Return coherence of clusters (n,) in the reference space of each view, by its name."""
    return {view: coherence(clusters, part) for view, part in parts.items()}
