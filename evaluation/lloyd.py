"""Lloyd's algorithm as one compiled function: all starts of a count, of which the best goes on.

Compiled code is kept in `__pycache__` beside this file, or in Numba's own folder below the user's
cache where that cannot be written; compiling takes some seconds and happens once per machine.
Import this module where it is used, never at the top of another: Numba takes a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from evaluation.assignment import Array

FREEDOM = {"contract", "reassoc", "nsz"}
"""What the compiler may do with sums: add them up in another order, several numbers at once."""

TOGETHER = 128
"""Songs whose distances are found side by side. With two centres and four numbers of a code at a
time that is 2.4 to 3 times as fast as song by song (600 to 20,000 songs, 8 to 32 dimensions)."""

TRIED = 8
"""Iterations after which only the start goes on that is tightest so far."""


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function, and keep the code where there is a folder that can be written."""
    try:
        compiled = numba.njit(cache=True, fastmath=FREEDOM)(function)
    except RuntimeError:  # nowhere to keep it
        compiled = numba.njit(fastmath=FREEDOM)(function)
    return compiled


def best_of(
    codes: Array, starts: Array, tolerance: float = 1e-4, iterations: int = 300
) -> tuple[Array, Array, float]:
    """Run Lloyd's algorithm from the best of some starts and return its end.

    All starts are tried for `TRIED` iterations and the tightest goes on. A cluster that loses
    all its songs takes the one that is furthest from its own centre, as in scikit-learn; where
    all songs lie on centres it stays empty. Skipping distances by the triangle inequality
    (Hamerly 2010) was tried: at some thousand songs and up to 16 clusters it gains as often as it
    loses.

    Parameters
    ----------
    codes : (n, d), with their mean near 0
    starts : (starts, k, d) centres
    tolerance : share of the mean variance; a start has ended when its centres together move by
        less, squared, as in scikit-learn
    iterations : after which a start ends in any case

    Returns
    -------
    centres : (k, d) float64
    clusters : (n,) int32, of the nearest centre
    inertia : sum of the squared distances to it
    """
    codes = np.ascontiguousarray(codes, np.float64)
    starts = np.ascontiguousarray(starts, np.float64)
    movement = tolerance * codes.var(axis=0).mean()
    tried = TRIED if len(starts) > 1 else iterations
    centres, clusters, inertia = _best_of(
        codes, _blocks(codes), starts, movement, tried, iterations
    )
    return centres, clusters, float(inertia)


def _blocks(codes: Array) -> Array:
    """Return codes (n, d) as blocks (b, e, `TOGETHER`), a row a number; filled up with zeros.

    e is d or the next multiple of 4.
    """
    songs, width = codes.shape
    blocks = np.zeros((-(-songs // TOGETHER) * TOGETHER, -(-width // 4) * 4))
    blocks[:songs, :width] = codes
    return np.ascontiguousarray(blocks.reshape(-1, TOGETHER, blocks.shape[1]).swapaxes(1, 2))


@_compiled
def _best_of(codes, blocks, starts, movement, tried, iterations):  # type: ignore[no-untyped-def]
    centres, sums = starts.copy(), np.zeros_like(starts)
    sizes = np.zeros(starts.shape[:2])
    clusters = np.full((len(starts), len(codes)), -1, np.int32)
    tightness = np.zeros(len(starts))
    for one in range(len(starts)):
        _run(codes, blocks, centres[one], clusters[one], sums[one], sizes[one], movement, tried)
        for cluster in range(starts.shape[1]):
            if sizes[one, cluster] > 0:
                tightness[one] += (sums[one, cluster] ** 2).sum() / sizes[one, cluster]
    best = np.argmax(tightness)
    state = centres[best], clusters[best], sums[best], sizes[best]
    if not _run(codes, blocks, *state, movement, iterations - tried):
        _assign(codes, blocks, *state)
    inertia = 0.0
    for song in range(len(codes)):
        inertia += _squared_distance(codes[song], centres[best, clusters[best, song]])
    return centres[best], clusters[best], inertia


@_compiled
def _run(codes, blocks, centres, clusters, sums, sizes, movement, iterations):  # type: ignore[no-untyped-def]
    """Iterate until centres are still; return whether no song changed its cluster any more."""
    for _ in range(iterations):
        changed = _assign(codes, blocks, centres, clusters, sums, sizes)
        changed += _fill(codes, centres, clusters, sums, sizes)
        shift = 0.0
        for one in range(len(centres)):
            if sizes[one] > 0:
                for axis in range(codes.shape[1]):
                    centre = sums[one, axis] / sizes[one]
                    shift += (centre - centres[one, axis]) ** 2
                    centres[one, axis] = centre
        if changed == 0:
            return True
        if shift <= movement:
            return False
    return False


@_compiled
def _assign(codes, blocks, centres, clusters, sums, sizes):  # type: ignore[no-untyped-def]
    """Give every song the nearest centre; keep sums and sizes true; return how many changed."""
    # |x - c|^2 / 2 less |x|^2 / 2, which is the same for all centres. A centre more, where their
    # number is odd, is infinitely far.
    count = len(centres) + len(centres) % 2
    filled, halves = np.zeros((count, blocks.shape[1])), np.full(count, np.inf)
    for one in range(len(centres)):
        filled[one, : centres.shape[1]] = centres[one]
        halves[one] = 0.5 * (centres[one] ** 2).sum()
    first, second = np.empty(TOGETHER), np.empty(TOGETHER)
    found, least = np.empty(TOGETHER, np.int64), np.empty(TOGETHER)
    changed = 0
    for block in range(len(blocks)):
        least[:] = np.inf
        found[:] = 0
        for one in range(0, count, 2):
            first[:], second[:] = halves[one], halves[one + 1]
            _subtract_products(blocks[block], filled[one], filled[one + 1], first, second)
            for song in range(TOGETHER):
                nearer = first[song] < least[song]
                place = one if nearer else found[song]
                distance = first[song] if nearer else least[song]
                nearer = second[song] < distance
                found[song] = one + 1 if nearer else place
                least[song] = second[song] if nearer else distance
        start = block * TOGETHER
        for song in range(start, min(start + TOGETHER, len(codes))):
            own, other = clusters[song], found[song - start]
            if other != own:
                changed += 1
                _move(codes[song], own, other, sums, sizes)
                clusters[song] = other
    return changed


@_compiled
def _subtract_products(block, one, other, first, second):  # type: ignore[no-untyped-def]
    """Subtract the products of codes (e, `TOGETHER`) with two centres (e,) from two rows."""
    for axis in range(0, len(block), 4):
        a, b, c, d = block[axis], block[axis + 1], block[axis + 2], block[axis + 3]
        p, q, r, s = one[axis], one[axis + 1], one[axis + 2], one[axis + 3]
        t, u, v, w = other[axis], other[axis + 1], other[axis + 2], other[axis + 3]
        for song in range(TOGETHER):
            first[song] -= p * a[song] + q * b[song] + r * c[song] + s * d[song]
            second[song] -= t * a[song] + u * b[song] + v * c[song] + w * d[song]


@_compiled
def _move(code, own, other, sums, sizes):  # type: ignore[no-untyped-def]
    """Take a song out of its cluster, if it has one, and put it into another."""
    sizes[other] += 1
    for axis in range(len(code)):
        sums[other, axis] += code[axis]
    if own >= 0:
        sizes[own] -= 1
        for axis in range(len(code)):
            sums[own, axis] -= code[axis]


@_compiled
def _fill(codes, centres, clusters, sums, sizes):  # type: ignore[no-untyped-def]
    """Give every empty cluster the song that is furthest from its own centre; return how many."""
    filled = 0
    for one in range(len(sizes)):
        if sizes[one] == 0:
            furthest, most = -1, 0.0
            for song in range(len(codes)):
                if sizes[clusters[song]] > 1:
                    square = _squared_distance(codes[song], centres[clusters[song]])
                    if square > most:
                        furthest, most = song, square
            if furthest >= 0:
                sums[one] = 0.0
                _move(codes[furthest], clusters[furthest], one, sums, sizes)
                clusters[furthest] = one
                filled += 1
    return filled


@_compiled
def _squared_distance(one, other):  # type: ignore[no-untyped-def]
    square = 0.0
    for axis in range(len(one)):
        square += (one[axis] - other[axis]) ** 2
    return square
