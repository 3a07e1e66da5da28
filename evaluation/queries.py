"""Which songs to ask a person about, so that the answers tell partitions apart."""

from __future__ import annotations

import numpy as np

from evaluation.assignment import Array

CANDIDATES = 150
"""Random songs among which the one that is asked about next is found."""

CLUSTERINGS = 150
"""Random clusterings by which it is, others for every song."""

MOST_CLUSTERINGS = 1_000
"""From which they are drawn."""

MOST_ROUNDS = 1_000
"""In which songs are paired anew, where there are fewer songs than questions."""


def songs_to_ask(
    partitions: Array, known: Array, allowed: Array, count: int, seed: int = 0
) -> Array:
    """Return rows of songs whose labels tell partitions apart sooner than those of random songs.

    They cover the clusters of all partitions at once. What is known of a cluster of N songs by t
    labels is uncertain by about N / (t + 1), of which one label more takes N / ((t + 1)(t + 2));
    the next song is the one that takes the most in the sum over partitions. No answers are needed
    for that, so that all may be asked about at once. Songs on which partitions differ most are
    not asked about: they do not stand for the others, and choose worse than random ones.

    Parameters
    ----------
    partitions : (m, songs), those among which is to be chosen; noise is a cluster like others.
    known : rows of songs whose labels are known.
    allowed : (songs,) bool, which may be asked about.
    """
    random = np.random.default_rng(seed)
    some = random.permutation(len(partitions))[:MOST_CLUSTERINGS]
    clusters = (partitions[some] - partitions[some].min(axis=1, keepdims=True)).astype(np.int32)
    ends = np.cumsum(clusters.max(axis=1) + 1)
    clusters[1:] += ends[:-1, None]
    sizes = np.bincount(clusters.ravel())
    labelled = np.bincount(clusters[:, known].ravel(), minlength=len(sizes))
    free = allowed.copy()
    free[known] = False
    found: list[int] = []
    while len(found) < count and free.any():
        songs = random.permutation(np.flatnonzero(free))[:CANDIDATES]
        at = clusters[np.ix_(random.permutation(len(clusters))[:CLUSTERINGS], songs)]
        gain = sizes[at] / ((labelled[at] + 1) * (labelled[at] + 2))
        song = int(songs[gain.sum(axis=0).argmax()])
        found.append(song)
        free[song] = False
        labelled[clusters[:, song]] += 1
    return np.array(found, np.int64)


def pairs_to_ask(
    clusters: Array, allowed: Array, count: int, seed: int = 0
) -> list[tuple[int, int]]:
    """Return pairs of rows of songs, spread over the clusters of one partition.

    Each song is in few of them. Pairs on which partitions differ most choose worse, for the same
    reason as songs.

    Parameters
    ----------
    clusters : (songs,) of the partition that is the best so far.
    allowed : (songs,) bool, which may be asked about.
    """
    found: dict[tuple[int, int], None] = {}
    for more in range(MOST_ROUNDS):
        asked = _spread(clusters, allowed, 2 * count, seed + more)
        half = len(asked) // 2
        pairs = np.sort(np.stack([asked[:half], asked[half : 2 * half]], axis=1), axis=1)
        found |= dict.fromkeys((int(a), int(b)) for a, b in pairs)
        if len(found) >= count:
            break
    return [*found][:count]


def _spread(clusters: Array, allowed: Array, count: int, seed: int) -> Array:
    """Return rows of songs, of each cluster in proportion to its size.

    A systematic sample in the order of the clusters (Cochran 1977).
    """
    random = np.random.default_rng(seed)
    rows = random.permutation(np.flatnonzero(allowed))
    rows = rows[np.argsort(clusters[rows], kind="stable")]
    count = min(count, len(rows))
    places = (np.arange(count) + random.random()) * len(rows) / max(count, 1)
    return random.permutation(rows[places.astype(np.int64)])
