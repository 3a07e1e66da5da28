"""K-means over a range of cluster counts, all counts started from the same seeds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import qr

from evaluation.assignment import Array

STARTS = 8
"""Starts of each count, of which the tightest goes on after some iterations. On six collections
(digits, mixtures, noise; 600 to 2,000 songs), at five counts and over 20 seeds their ends were on
average .35 % above the best inertia of 200 starts; the best ends of five starts, all of which go
on, .36 %, in more than twice the iterations."""

CANDIDATES = 4
"""Songs drawn for each further centre, of which the best is taken (greedy k-means++)."""

START_SONGS = 2_000
"""Above so many songs the starts run on a sample, and the best end goes on with all songs."""

LAST_ITERATIONS = 20
"""At most, with all songs. At 20,000 songs (digits, a mixture, noise, a box) and 4 to 16 clusters
the ends were .3 to .4 % above the best of scikit-learn's, in a fifteenth to a thirtieth of the
time of its five starts; without this limit .1 to .4 %, in up to 2.5 times as long."""


def fit_kmeans(codes: Array, counts: Sequence[int], seed: int) -> list[tuple[Array, Array]]:
    """Return centres (k, d) and clusters (n,) at every count, of `STARTS` starts each.

    The first k of one k-means++ sequence are a k-means++ start for k clusters (Arthur and
    Vassilvitskii 2007), so one sequence per start, drawn once, serves every count; a count gets
    the same result alone as within a range. A count above the number of songs is cut to it.
    Where codes have more dimensions than there are songs, the work is done in the songs' span.
    """
    from evaluation.lloyd import best_of  # which takes a second to import

    rng = np.random.default_rng(seed)
    middle = codes.mean(axis=0)  # far from the origin small distances would be lost
    codes, span = _in_span(codes - middle)
    sample = codes
    if len(codes) > START_SONGS:
        sample = codes[rng.choice(len(codes), START_SONGS, replace=False)]
    counts = [min(count, len(sample)) for count in counts]
    sequences = _plus_plus(sample, max(counts), rng)
    fits = []
    for count in counts:
        centres, clusters, _ = best_of(sample, sample[sequences[:, :count]])
        if sample is not codes:
            centres, clusters, _ = best_of(codes, centres[None], iterations=LAST_ITERATIONS)
        fits.append((centres + middle if span is None else centres @ span + middle, clusters))
    return fits


def _in_span(codes: Array) -> tuple[Array, Array | None]:
    """Return codes (n, r) along r = n directions (r, d), if these are fewer than d; all distances
    stay."""
    if codes.shape[1] <= len(codes):
        return codes, None
    directions, turned = qr(codes.T, mode="economic")
    return np.ascontiguousarray(turned.T), directions.T


def _plus_plus(codes: Array, count: int, rng: np.random.Generator) -> Array:
    """Return greedy k-means++ for all starts at once: song indices (`STARTS`, count)."""
    norms = np.einsum("nd,nd->n", codes, codes)

    def squared_distances(songs: Array) -> Array:
        return np.maximum(norms + norms[songs, None] - 2 * codes[songs] @ codes.T, 0)

    starts = np.arange(STARTS)
    chosen = np.empty((STARTS, count), np.intp)
    chosen[:, 0] = rng.integers(len(codes), size=STARTS)
    nearest = squared_distances(chosen[:, 0])
    for position in range(1, count):
        mass = nearest.cumsum(axis=1)
        draws = rng.random((STARTS, CANDIDATES)) * mass[:, -1:]
        found = [np.searchsorted(*row, "right") for row in zip(mass, draws, strict=True)]
        candidates = np.stack(found).clip(max=len(codes) - 1)
        distances = squared_distances(candidates.ravel()).reshape(STARTS, CANDIDATES, -1)
        distances = np.minimum(distances, nearest[:, None])
        best = distances.sum(axis=2).argmin(axis=1)
        chosen[:, position] = candidates[starts, best]
        nearest = distances[starts, best]
    return chosen
