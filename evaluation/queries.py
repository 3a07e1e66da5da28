"""Which songs to ask a person about, so that the answers tell most between partitions."""

from __future__ import annotations

import numpy as np

from evaluation.assignment import Array
from evaluation.membership import membership

MOST_SONGS = 2_000
"""Songs among which is looked; of more a seeded sample."""

MOST_PARTITIONS = 200
"""Partitions between which is to be told; of more a seeded sample."""


def disputes(partitions: Array) -> Array:
    """Return how far partitions (m, n) differ on each pair of songs (n, n), 0 to 1/4.

    It is the variance, over the partitions, of whether they put the two together.
    """
    if len(partitions) > MOST_PARTITIONS:
        random = np.random.default_rng(0)
        partitions = partitions[random.choice(len(partitions), MOST_PARTITIONS, replace=False)]
    together = membership(partitions).table
    share = (together @ together.T) / len(partitions)
    return np.asarray(share * (1 - share))


def informative_songs(
    partitions: Array, allowed: Array, count: int, known: Array | None = None, seed: int = 0
) -> Array:
    """Return rows of songs, the one whose label would tell most first.

    Parameters
    ----------
    partitions : (m, songs) between which is to be told.
    allowed : (songs,) bool, which may be asked about.
    known : rows of songs whose label is known already.
    """
    random = np.random.default_rng(seed)
    rows = np.flatnonzero(allowed)
    if len(rows) > MOST_SONGS:
        rows = np.sort(random.choice(rows, MOST_SONGS, replace=False))
    known = np.empty(0, np.int64) if known is None else known
    every = np.concatenate([rows, known])
    disputed = disputes(partitions[:, every])
    gain = disputed[: len(rows), len(rows) :].sum(axis=1)
    general = disputed[: len(rows), : len(rows)].mean(axis=1)
    asked: list[int] = []
    for _ in range(min(count, len(rows))):
        best = int((gain + general).argmax())
        asked.append(best)
        gain = gain + disputed[: len(rows), best]
        gain[best] = -np.inf
    return rows[asked]


def informative_pairs(
    partitions: Array, allowed: Array, count: int, seed: int = 0
) -> list[tuple[int, int]]:
    """Return pairs of rows, the one whose answer would tell most first.

    Each is the pair on which the partitions differ most in a way that those before it do not
    show: the next pivot of a QR decomposition of who puts which pair together.
    """
    random = np.random.default_rng(seed)
    rows = np.flatnonzero(allowed)
    first, second = (random.choice(rows, MOST_PAIRS) for _ in range(2))
    apart = first != second
    first, second = first[apart], second[apart]
    together = (partitions[:, first] == partitions[:, second]).astype(np.float64)
    left = together - together.mean(axis=0)
    asked: list[int] = []
    for _ in range(min(count, len(first))):
        size = (left**2).sum(axis=0)
        size[asked] = -1
        best = int(size.argmax())
        asked.append(best)
        if size[best] > 1e-9:
            direction = left[:, best] / np.sqrt(size[best])
            left -= np.outer(direction, direction @ left)
    return [(int(first[place]), int(second[place])) for place in asked]


MOST_PAIRS = 20_000
"""Pairs, drawn at random, among which is looked."""
