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


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function, and keep the code where there is a folder that can be written."""
    try:
        compiled = numba.njit(cache=True, fastmath={"contract", "reassoc", "nsz"})(function)
    except RuntimeError:  # nowhere to keep it
        compiled = numba.njit(fastmath={"contract", "reassoc", "nsz"})(function)
    return compiled


@_compiled
def lloyd(  # type: ignore[no-untyped-def]
    codes, starts, tolerance, iterations
):  # pragma: no cover
    """Run Lloyd's algorithm from every start and return the best end.

    Distances are skipped that cannot matter (Hamerly 2010), which changes no cluster. A cluster
    that loses all its songs takes the one that is furthest from its own centre, as scikit-learn
    does; where all songs lie on centres it stays empty.

    Parameters
    ----------
    codes : (n, d) float64, contiguous
    starts : (starts, k, d) float64
    tolerance : squared movement of all centres together below which a start has ended
    iterations : after which a start ends in any case

    Returns
    -------
    centres : (k, d) float64
    clusters : (n,) int32, of the nearest centre
    inertia : summed squared distance to it
    """
    songs, width = codes.shape
    count = starts.shape[1]
    best_inertia = np.inf
    best_centres = starts[0].copy()
    best_clusters = np.zeros(songs, np.int32)
    for start in range(len(starts)):
        centres = starts[start].copy()
        clusters = np.full(songs, -1, np.int32)
        sums, sizes = np.zeros((count, width)), np.zeros(count)
        upper, lower = np.zeros(songs), np.zeros(songs)
        reach, moved = np.empty(count), np.empty(count)
        settled = False
        for _ in range(iterations):
            # Nearer to its centre than half way to the next one, a song belongs to no other.
            for one in range(count):
                nearest = np.inf
                for other in range(count):
                    if other != one:
                        square = 0.0
                        for axis in range(width):
                            square += (centres[one, axis] - centres[other, axis]) ** 2
                        nearest = min(nearest, square)
                reach[one] = 0.5 * np.sqrt(nearest)
            changed = 0
            for song in range(songs):
                own = clusters[song]
                if own >= 0:
                    bound = max(reach[own], lower[song])
                    if upper[song] <= bound:
                        continue
                    square = 0.0
                    for axis in range(width):
                        square += (codes[song, axis] - centres[own, axis]) ** 2
                    upper[song] = np.sqrt(square)
                    if upper[song] <= bound:
                        continue
                first, second, found = np.inf, np.inf, 0
                for one in range(count):
                    square = 0.0
                    for axis in range(width):
                        square += (codes[song, axis] - centres[one, axis]) ** 2
                    if square < first:
                        second, first, found = first, square, one
                    elif square < second:
                        second = square
                upper[song], lower[song] = np.sqrt(first), np.sqrt(second)
                if found != own:
                    changed += 1
                    clusters[song] = found
                    sizes[found] += 1
                    for axis in range(width):
                        sums[found, axis] += codes[song, axis]
                    if own >= 0:
                        sizes[own] -= 1
                        for axis in range(width):
                            sums[own, axis] -= codes[song, axis]
            for one in range(count):
                if sizes[one] == 0:
                    furthest, largest = -1, 0.0
                    for song in range(songs):
                        if sizes[clusters[song]] > 1:
                            square = 0.0
                            for axis in range(width):
                                square += (codes[song, axis] - centres[clusters[song], axis]) ** 2
                            if square > largest:
                                furthest, largest = song, square
                    if furthest >= 0:
                        own = clusters[furthest]
                        clusters[furthest] = one
                        sizes[own] -= 1
                        sizes[one] = 1
                        for axis in range(width):
                            sums[own, axis] -= codes[furthest, axis]
                            sums[one, axis] = codes[furthest, axis]
                        upper[furthest], lower[furthest] = np.inf, 0.0
                        changed += 1
            shift, most, next_most, mover = 0.0, 0.0, 0.0, -1
            for one in range(count):
                square = 0.0
                if sizes[one] > 0:
                    for axis in range(width):
                        centre = sums[one, axis] / sizes[one]
                        square += (centre - centres[one, axis]) ** 2
                        centres[one, axis] = centre
                shift += square
                moved[one] = np.sqrt(square)
                if moved[one] > most:
                    next_most, most, mover = most, moved[one], one
                elif moved[one] > next_most:
                    next_most = moved[one]
            if changed == 0:
                settled = True
                break
            if shift <= tolerance:
                break
            for song in range(songs):
                own = clusters[song]
                upper[song] += moved[own]
                lower[song] -= next_most if own == mover else most
        inertia = 0.0
        for song in range(songs):
            first, found = np.inf, clusters[song]
            if settled:
                first = 0.0
                for axis in range(width):
                    first += (codes[song, axis] - centres[found, axis]) ** 2
            else:
                for one in range(count):
                    square = 0.0
                    for axis in range(width):
                        square += (codes[song, axis] - centres[one, axis]) ** 2
                    if square < first:
                        first, found = square, one
            clusters[song] = found
            inertia += first
        if inertia < best_inertia:
            best_inertia = inertia
            best_centres[:] = centres
            best_clusters[:] = clusters
    return best_centres, best_clusters, best_inertia


def best_of(codes: Array, starts: Array, tolerance: float = 1e-4, iterations: int = 300) -> Any:
    """Return what `lloyd` does, with scikit-learn's tolerance: a share of the mean variance."""
    codes = np.ascontiguousarray(codes, np.float64)
    starts = np.ascontiguousarray(starts, np.float64)
    return lloyd(codes, starts, tolerance * codes.var(axis=0).mean(), iterations)
