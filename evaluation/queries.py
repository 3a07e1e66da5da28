"""Which songs to ask a person about, so that the answers tell partitions apart."""

from __future__ import annotations

import numpy as np

from evaluation.assignment import Array

MOST_ROUNDS = 1_000
"""In which songs are paired anew, where there are fewer songs than questions."""


def songs_to_ask(clusters: Array, allowed: Array, count: int, seed: int = 0) -> Array:
    """Return rows of songs whose labels are worth asking for.

    They are spread over the clusters of one partition in proportion to their sizes: a systematic
    sample in the order of the clusters (Cochran 1977). So they stand for all songs, as agreement
    needs. Songs on which partitions differ most do not, and choose worse than random ones.

    Parameters
    ----------
    clusters : (songs,) of the partition that is the best so far.
    allowed : (songs,) bool, which may be asked about.
    """
    random = np.random.default_rng(seed)
    rows = random.permutation(np.flatnonzero(allowed))
    rows = rows[np.argsort(clusters[rows], kind="stable")]
    count = min(count, len(rows))
    places = (np.arange(count) + random.random()) * len(rows) / max(count, 1)
    return random.permutation(rows[places.astype(np.int64)])


def pairs_to_ask(
    clusters: Array, allowed: Array, count: int, seed: int = 0
) -> list[tuple[int, int]]:
    """Return pairs of rows of songs that `songs_to_ask` names, each song in few of them.

    Pairs on which partitions differ most choose worse, for the same reason.
    """
    found: dict[tuple[int, int], None] = {}
    for more in range(MOST_ROUNDS):
        asked = songs_to_ask(clusters, allowed, 2 * count, seed + more)
        half = len(asked) // 2
        pairs = np.sort(np.stack([asked[:half], asked[half : 2 * half]], axis=1), axis=1)
        found |= dict.fromkeys((int(a), int(b)) for a, b in pairs)
        if len(found) >= count:
            break
    return [*found][:count]
