"""Lloyd's algorithm as one compiled function: all starts of a count, the best of them kept.

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
    """Run Lloyd's algorithm from every start and return the best end.

    A cluster that loses all its songs takes the one that is furthest from its own centre, as in
    scikit-learn; where all songs lie on centres it stays empty. Skipping distances by the triangle
    inequality (Hamerly 2010) was tried: at some thousand songs and up to 16 clusters it gains as
    often as it loses.

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
    centres, clusters, inertia = _best_of(codes, starts, movement, iterations)
    return centres, clusters, float(inertia)


@_compiled
def _best_of(codes, starts, movement, iterations):  # type: ignore[no-untyped-def]
    songs, count = len(codes), starts.shape[1]
    best_inertia = np.inf
    best_centres, best_clusters = starts[0].copy(), np.zeros(songs, np.int32)
    for start in starts:
        centres, sums, sizes = start.copy(), np.zeros_like(start), np.zeros(count)
        clusters = np.full(songs, -1, np.int32)
        settled = False
        for _ in range(iterations):
            changed = _assign(codes, centres, clusters, sums, sizes)
            changed += _fill(codes, centres, clusters, sums, sizes)
            shift = 0.0
            for one in range(count):
                if sizes[one] > 0:
                    for axis in range(codes.shape[1]):
                        centre = sums[one, axis] / sizes[one]
                        shift += (centre - centres[one, axis]) ** 2
                        centres[one, axis] = centre
            if changed == 0:
                settled = True
                break
            if shift <= movement:
                break
        if not settled:
            _assign(codes, centres, clusters, sums, sizes)
        inertia = 0.0
        for song in range(songs):
            inertia += _squared_distance(codes[song], centres[clusters[song]])
        if inertia < best_inertia:
            best_inertia = inertia
            best_centres[:], best_clusters[:] = centres, clusters
    return best_centres, best_clusters, best_inertia


@_compiled
def _assign(codes, centres, clusters, sums, sizes):  # type: ignore[no-untyped-def]
    """Give every song the nearest centre; keep sums and sizes true; return how many changed."""
    count, width = centres.shape
    # |x - c|^2 / 2 less |x|^2 / 2, which is the same for all centres.
    halves, distances = np.empty(count), np.empty(count)
    for one in range(count):
        half = 0.0
        for axis in range(width):
            half += 0.5 * centres[one, axis] ** 2
        halves[one] = half
    changed = 0
    for song in range(len(codes)):
        for one in range(count):
            distance = halves[one]
            for axis in range(width):
                distance -= codes[song, axis] * centres[one, axis]
            distances[one] = distance
        found, least = 0, distances[0]
        for one in range(1, count):
            nearer = distances[one] < least
            found = one if nearer else found
            least = distances[one] if nearer else least
        own = clusters[song]
        if found != own:
            changed += 1
            _move(codes[song], own, found, sums, sizes)
            clusters[song] = found
    return changed


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
