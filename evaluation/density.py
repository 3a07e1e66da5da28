"""DBSCAN with a radius read from the codes, and HDBSCAN: clusterers that find their own count.

Songs in no dense place are noise (-1). Noise stays: it counts as a class in every score.
"""

from __future__ import annotations

import numpy as np
from sklearn.cluster import DBSCAN, HDBSCAN
from sklearn.neighbors import NearestNeighbors

from evaluation.assignment import Array, NearestSong

CORE = 5
"""Songs within the radius, itself included, that make a song a core one."""

SMALLEST = 0.02
"""HDBSCAN's smallest cluster, as a share of the training songs."""


def radius(codes: Array, neighbour: int = CORE) -> float:
    """Return the knee of sorted distances to the `neighbour`-th song, itself being the first.

    The knee is the point furthest below the line from the first to the last distance (Ester et
    al. 1996 for the curve, Satopaa et al. 2011 for the knee), and a millionth more: the knee is
    the distance of two songs, and rounding must not decide whether they are neighbours. Always
    above zero, so that exact duplicates lie within it.
    """
    finder = NearestNeighbors(n_neighbors=min(neighbour, len(codes))).fit(codes)
    curve = np.sort(finder.kneighbors(codes)[0][:, -1])
    line = np.linspace(curve[0], curve[-1], len(curve))
    least = max(1e-6 * np.ptp(codes, axis=0).max(), np.finfo(np.float64).tiny)
    return float(max((1 + 1e-6) * curve[np.argmax(line - curve)], least))


def fit_dbscan(codes: Array) -> tuple[NearestSong, Array]:
    """Return rule and clusters (n,) of DBSCAN at the calibrated `radius`.

    A new code takes the cluster of the nearest core song within the radius, else it is noise.
    Cost: two searches for neighbours, n**2 * d at worst.
    """
    reach = radius(codes)
    model = DBSCAN(eps=reach, min_samples=CORE).fit(codes)
    clusters = model.labels_.astype(np.int32)
    core = model.core_sample_indices_
    return NearestSong(codes[core], clusters[core], np.array(reach)), clusters


def fit_hdbscan(codes: Array) -> tuple[NearestSong, Array]:
    """Return rule and clusters (n,) of HDBSCAN (Campello et al. 2013).

    A cluster holds at least 2 % of the songs. A new code takes the cluster, or the noise, of the
    nearest training song. Cost: n**2 * d at worst.
    """
    smallest = max(CORE, round(SMALLEST * len(codes)))
    clusters = np.full(len(codes), -1, np.int32)
    if len(codes) > smallest:
        model = HDBSCAN(min_cluster_size=smallest, min_samples=CORE, copy=True).fit(codes)
        clusters = model.labels_.astype(np.int32)
    return NearestSong(codes, clusters, np.array(np.inf)), clusters
