"""Silhouette, Davies-Bouldin and Calinski-Harabasz of many labelings of the same codes at once.

Every function takes codes (n, d) and labelings (m, n) of integers, and gives (m,) float64 values
equal to scikit-learn's. Noise (-1) is a class like any other. A labeling with fewer than two
clusters, or with as many clusters as songs, has no value: NaN.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evaluation.assignment import Array
from evaluation.membership import membership

BLOCK = 512
"""Songs per block: a block of distances is 8 bytes * BLOCK**2 = 2 MB and stays in the cache."""

DOUBLE_UP_TO = 2_000
"""Above so many songs the sums within a block are float32: two thirds of the time, and equal to
1e-8."""


def silhouettes(codes: Array, labelings: Array, block: int = BLOCK) -> Array:
    """Return exact mean silhouettes (Rousseeuw 1987) in one pass over the distances.

    The sums of distances from every song to every cluster of every labeling are one matrix
    product of distances and stacked one-hot labels, so m labelings cost little more than one.
    Sums over blocks are float64. Memory 16 bytes * n * K, K the clusters of all labelings.

    Returns
    -------
    (m,) values in [-1, 1]; a song alone in its cluster counts 0.
    """
    stack = membership(labelings)
    sums = np.zeros_like(stack.table)
    members = stack.table.astype(np.float64 if len(codes) <= DOUBLE_UP_TO else np.float32)
    for rows, columns, exact in _distances(codes, block):
        distances = exact.astype(members.dtype, copy=False)
        sums[rows] += distances @ members[columns]
        if rows != columns:
            sums[columns] += distances.T @ members[rows]
    totals = np.split(sums, stack.edges[1:-1], axis=1)
    return np.array(list(map(_mean_silhouette, totals, stack.classes, stack.sizes)))


def _distances(codes: Array, block: int) -> Iterator[tuple[slice, slice, Array]]:
    """Yield Euclidean distances by blocks of the upper triangle: (rows, columns, distances)."""
    codes = _centred(codes)
    norms, ones = np.einsum("nd,nd->n", codes, codes), np.ones(len(codes))
    # |x - y|^2 as a single product, (x, |x|^2, 1) . (-2 y, 1, |y|^2).
    left = np.column_stack([codes, norms, ones])
    right = np.column_stack([-2 * codes, ones, norms])
    starts = range(0, len(codes), block)
    for first in starts:
        rows = slice(first, first + block)
        for second in starts[first // block :]:
            columns = slice(second, second + block)
            distances = left[rows] @ right[columns].T
            np.sqrt(np.maximum(distances, 0, out=distances), out=distances)
            if first == second:
                np.fill_diagonal(distances, 0)
            yield rows, columns, distances


def _mean_silhouette(sums: Array, classes: Array, sizes: Array) -> float:
    if not _has_value(sizes):
        return np.nan
    songs = np.arange(len(classes))
    alone = sizes[classes] == 1
    within = sums[songs, classes] / np.maximum(sizes[classes] - 1, 1)
    means = sums / sizes
    means[songs, classes] = np.inf
    between = means.min(axis=1)
    larger = np.maximum(within, between)
    apart = np.divide(between - within, larger, out=np.zeros_like(larger), where=larger > 0)
    return float(np.where(alone, 0, apart).mean())


def centroid_indices(codes: Array, labelings: Array) -> tuple[Array, Array]:
    """Return Davies-Bouldin (1979; from 0, lower is better) and Calinski-Harabasz (1974; higher).

    Both need each song's distance to its centroid, found once: m * n * d operations. Where two
    centroids coincide Davies-Bouldin, and where all songs sit on their centroids
    Calinski-Harabasz, would be infinite: NaN.
    """
    codes = _centred(codes)
    values = [_centroid_indices(codes, labels) for labels in labelings]
    davies_bouldin, calinski_harabasz = np.array(values).reshape(-1, 2).T
    return davies_bouldin, calinski_harabasz


def _centroid_indices(codes: Array, labels: Array) -> tuple[float, float]:
    classes, centroids, squared = spread(codes, labels)
    sizes = np.bincount(classes)
    if not _has_value(sizes):
        return np.nan, np.nan
    spreads = np.bincount(classes, np.sqrt(squared)) / sizes
    apart = np.sqrt(((centroids[:, None] - centroids) ** 2).sum(axis=2))
    np.fill_diagonal(apart, np.inf)
    davies_bouldin = np.nan
    if apart.min() > 0:
        davies_bouldin = ((spreads[:, None] + spreads) / apart).max(axis=1).mean()
    between, within = sizes @ (centroids**2).sum(axis=1), squared.sum()
    calinski_harabasz = np.nan
    if within > 0:
        freedom = (len(codes) - len(sizes)) / (len(sizes) - 1)
        calinski_harabasz = between / within * freedom
    return davies_bouldin, calinski_harabasz


def spread(codes: Array, labels: Array) -> tuple[Array, Array, Array]:
    """Return classes 0.. (n,), centroids (k, d) and squared distances (n,) to the own centroid."""
    classes = np.unique(labels, return_inverse=True)[1]
    members = classes == np.arange(classes.max() + 1)[:, None]
    centroids = members @ codes / members.sum(axis=1, keepdims=True)
    return classes, centroids, ((codes - centroids[classes]) ** 2).sum(axis=1)


def _centred(codes: Array) -> Array:
    # Norms of codes far from the origin would drown the distances between them.
    codes = np.asarray(codes, np.float64)
    return codes - codes.mean(axis=0)


def _has_value(sizes: Array) -> bool:
    return 2 <= len(sizes) < sizes.sum()
