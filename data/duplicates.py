"""Which songs are the same recording, whatever encoder wrote them: by how their maps move.

Two maps are compared as cepstra over time, without their means and at every shift in time that
leaves half of the shorter one: what an encoder, a volume, an equaliser or a cut at either end
changes is then gone, and what is left of the same recording correlates. Only songs whose spectra
are alike are compared.

A map that is the mean of several windows says less: a cut at the start moves each window by
another time. Where such maps are alike without being the same the sound decides, if it is there.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.passages import MOVED, Listener, Moves, compared, moves_of

NEIGHBOURS = 20
"""Songs of the nearest spectra with which each is compared."""
FARTHEST = 6.0
"""In dB, between two spectra that are compared."""
SLACK = 0.07
"""How much a correlation of `WHOLE` frames may lack; less of fewer frames, which agree sooner.

Two demo songs of one studio reach .93, and two takes of a digit .99 over 14 frames.
"""
WHOLE = 128
"""Frames."""
SLACK_OF_SPECTRUM = 0.01
"""How much of that is used up by each dB between two spectra."""
LIKELY = 0.05, 0.15
"""Correlation from which the sound of two songs decides, and how much more it takes for each dB
between their spectra."""
MOST_LIKELY, MOST_HEARD = 5_000, 1_000
"""Pairs of songs whose sound is looked at and heard, at most; the most likely are."""
_BLOCK = 256
"""Maps or pairs that are worked on at a time."""

PathOf = Callable[[int], Path | None]
"""Where the sound of the song of a row is, if anywhere."""


@dataclass(frozen=True)
class _Pairs:
    """Pairs of rows: of the same recording, and of what may be, the most likely first."""

    same: list[tuple[int, int]]
    likely: list[tuple[int, int]]


def same_recordings(maps: np.ndarray, path_of: PathOf = lambda row: None) -> list[list[int]]:
    """Find the songs that are one recording.

    Parameters
    ----------
    maps : ndarray of float32, shape (n, mels, frames)
        In dB; read in blocks, so that they may lie in a file.
    path_of : callable
        As `PathOf`. A file that cannot be heard tells nothing.

    Returns
    -------
    list of list of int
        Rows of one recording, two or more, in order; the lists by their first. A map that is the
        same throughout, as of silence, is no recording.
    """
    pairs = _by_maps(maps)
    groups = _Groups()
    for one, other in pairs.same:
        groups.join(one, other)
    listener, n_heard = Listener(), 0
    for one, other in pairs.likely:
        first, second = path_of(one), path_of(other)
        if first is None or second is None or groups.first(one) == groups.first(other):
            continue
        if n_heard < MOST_HEARD and listener.can_tell(first, second):
            n_heard += 1
            if listener.same(first, second):
                groups.join(one, other)
    return groups.all()


class _Groups:
    """Rows that belong together, each group known by its first row."""

    def __init__(self) -> None:
        self._before: dict[int, int] = {}

    def first(self, row: int) -> int:
        while row in self._before:
            row = self._before[row]
        return row

    def join(self, one: int, other: int) -> None:
        one, other = sorted((self.first(one), self.first(other)))
        if one != other:
            self._before[other] = one

    def all(self) -> list[list[int]]:
        groups: dict[int, list[int]] = {}
        for row in sorted(self._before):
            first = self.first(row)
            groups.setdefault(first, [first]).append(row)
        return [groups[first] for first in sorted(groups)]


def _by_maps(maps: np.ndarray) -> _Pairs:
    """Compare maps: equal ones, and each of the others with those of the nearest spectra."""
    if not len(maps):
        return _Pairs([], [])
    rows, moves, same = _moving(maps)
    likely = []
    for ones, others in _near(moves.means):
        alike = compared(moves.select(ones), moves.select(others), round(MOVED * maps.shape[2]))
        lacking = 1 - alike.correlation + SLACK_OF_SPECTRUM * alike.distance
        sure = lacking <= SLACK * np.minimum(1, alike.frames / WHOLE)
        odds = alike.correlation - LIKELY[0] - LIKELY[1] * alike.distance
        for at in np.flatnonzero(sure | (odds >= 0)).tolist():
            pair = rows[ones[at]], rows[others[at]]
            if sure[at]:
                same.append(pair)
            else:
                likely.append((-float(odds[at]), pair))
        if len(likely) > 2 * MOST_LIKELY:
            likely = sorted(likely)[:MOST_LIKELY]
    return _Pairs(same, [pair for _, pair in sorted(likely)[:MOST_LIKELY]])


def _moving(maps: np.ndarray) -> tuple[list[int], Moves, list[tuple[int, int]]]:
    """Return the rows of maps that are distinct and move, how they do, and pairs of equal ones."""
    first: dict[bytes, int] = {}
    rows: list[int] = []
    equal, parts = [], []
    for start in range(0, len(maps), _BLOCK):
        block = np.asarray(maps[start : start + _BLOCK], np.float32)
        kept = []
        for index in np.flatnonzero(np.ptp(block, axis=(1, 2)) > 0).tolist():
            digest = hashlib.blake2b(block[index].tobytes()).digest()
            earlier = first.setdefault(digest, start + index)
            if earlier == start + index:
                kept.append(index)
            else:
                equal.append((earlier, start + index))
        parts.append(moves_of(block[kept]))
        rows += [start + index for index in kept]
    return rows, Moves.joined(parts), equal


def _near(spectra: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield blocks of pairs of near spectra as two arrays of rows, each pair once."""
    from sklearn.neighbors import NearestNeighbors

    count = min(NEIGHBOURS, len(spectra) - 1)
    if count < 1 or not spectra.shape[1]:  # nothing to compare, or a single mel bin
        return
    distances, neighbours = NearestNeighbors(n_neighbors=count).fit(spectra).kneighbors()
    rows = np.repeat(np.arange(len(spectra)), count)
    pairs = np.sort(np.stack([rows, neighbours.ravel()], axis=1), axis=1)
    pairs = np.unique(pairs[distances.ravel() <= FARTHEST], axis=0)
    for start in range(0, len(pairs), _BLOCK):
        yield pairs[start : start + _BLOCK, 0], pairs[start : start + _BLOCK, 1]
