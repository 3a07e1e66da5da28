"""Whether two maps, or passages of two sound files, move in the same way."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from math import sqrt
from pathlib import Path

import numpy as np

from data.errors import DataError
from data.log_mel import LogMel
from data.sound.opening import opened

DEPTH = 50.0
"""In dB: what is this far below the loudest value of a map counts as silent."""
AUDIBLE = 10.0
"""In dB above that: what the loudest value of a frame exceeds that is not silent."""
CEPSTRA = 20
"""Coefficients of the spectrum of a frame that are compared; its level is not."""
EDGE = 4
"""Frames at an end that is followed by silence, into which the cut is smeared."""
MOVED = 0.375
"""Greatest shift between two maps, as a share of their frames."""
FEWEST = 8
"""Frames that two maps must have in common."""
CLOSEST = 3
"""Shifts that are compared exactly, of those that are best without regard to the means."""
PASSAGE = LogMel(frames=512)
"""Twelve seconds of a song."""
LATER = 4.0
"""Seconds by which two songs may differ in length to be the same recording."""
SHORTEST = 6.0
"""Seconds of a song of which a passage tells more than its map."""
HEARD = 0.88
"""Correlation from which two passages are the same recording; see docs/data.md."""
_UNHEARD = (DataError, OSError, RuntimeError, ValueError, MemoryError)
"""What may be raised by a file that is odd."""


@dataclass(frozen=True, eq=False)
class Moves:
    """How maps move in time.

    Parameters
    ----------
    cepstra : ndarray of float32, shape (n, coefficients, frames)
        Without their means over the active frames; 0 in the others.
    means : ndarray of float32, shape (n, coefficients)
        In dB, so that a distance is that of the spectra, root mean square over mel bins.
    start, stop : ndarray of int, shape (n,)
        The first active frame, and the first after the last such.
    """

    cepstra: np.ndarray
    means: np.ndarray
    start: np.ndarray
    stop: np.ndarray

    def select(self, rows: np.ndarray) -> "Moves":
        """Return the maps of these rows."""
        return Moves(*(getattr(self, each.name)[rows] for each in fields(self)))

    @staticmethod
    def joined(parts: Sequence["Moves"]) -> "Moves":
        """Return all maps of several, one after the other."""
        return Moves(
            *(
                np.concatenate([getattr(part, each.name) for part in parts])
                for each in fields(Moves)
            )
        )


@dataclass(frozen=True, eq=False)
class Alike:
    """How alike two maps of each of several pairs are, at the best shift.

    Parameters
    ----------
    correlation : ndarray of float32, shape (pairs,)
        -1 to 1, of their moves; -1 where too few frames are active.
    distance : ndarray of float32, shape (pairs,)
        In dB, between their spectra, level apart.
    frames : ndarray of int, shape (pairs,)
        That they have in common.
    """

    correlation: np.ndarray
    distance: np.ndarray
    frames: np.ndarray


def moves_of(maps: np.ndarray) -> Moves:
    """Return how maps of shape (n, mels, frames) in dB move."""
    from scipy.fft import dct

    _, n_mels, n_frames = maps.shape
    heights = np.maximum(maps - maps.max(axis=(1, 2), keepdims=True) + DEPTH, 0)
    audible = heights.max(axis=1) > AUDIBLE
    start = audible.argmax(axis=1)
    stop = n_frames - audible[:, ::-1].argmax(axis=1)
    edge = np.minimum(EDGE, (stop - start) // 8)
    start, stop = (
        np.where(start > 0, start + edge, 0),
        np.where(stop < n_frames, stop - edge, stop),
    )
    frames = np.arange(n_frames)
    active = ((start[:, None] <= frames) & (frames < stop[:, None]))[:, None]
    cepstra = dct(heights, axis=1, norm="ortho")[:, 1 : CEPSTRA + 1] / np.float32(sqrt(n_mels))
    cepstra *= active
    count = (stop - start)[:, None].astype(np.float32)
    means = cepstra.sum(axis=2) / count
    cepstra -= means[:, :, None] * active
    return Moves(cepstra, means, start, stop)


def compared(ones: Moves, others: Moves, most: int) -> Alike:
    """Compare maps pair by pair, with the others up to ``most`` frames earlier or later.

    The shifts are found by correlations without the means over all active frames, and the best
    are compared without those over the frames that both have.
    """
    from scipy.fft import irfft, rfft

    n_frames = ones.cepstra.shape[2]
    shifts = np.arange(-most, most + 1)
    spectra = [rfft(moves.cepstra, 2 * n_frames, axis=2) for moves in (ones, others)]
    products = irfft((spectra[0].conj() * spectra[1]).sum(axis=1), axis=1)[:, shifts]
    low = np.maximum(ones.start[:, None], others.start[:, None] - shifts)
    high = np.minimum(ones.stop[:, None], others.stop[:, None] - shifts)
    shorter = np.minimum(ones.stop - ones.start, others.stop - others.start)
    enough = high - low >= np.maximum(FEWEST, shorter / 2)[:, None]
    low, high = np.where(enough, low, 0), np.where(enough, high, 1)
    later = np.clip(low + shifts, 0, n_frames), np.clip(high + shifts, 0, n_frames)
    energies = _sums(ones, low, high), _sums(others, *later)
    rough = np.where(enough, products / np.sqrt(np.maximum(energies[0] * energies[1], 1e-9)), -1)
    pairs = np.arange(len(rough))
    best = Alike(
        np.full(len(rough), -1, np.float32),
        np.full(len(rough), np.inf, np.float32),
        np.zeros(len(rough), int),
    )
    for at in np.argsort(-rough, axis=1)[:, :CLOSEST].T:
        place = pairs, at
        counts = (high - low)[place]
        sums = (
            _means(ones, low[place], high[place]),
            _means(others, later[0][place], later[1][place]),
        )
        variances = [
            energy[place] - counts * np.square(mean).sum(axis=1)
            for energy, mean in zip(energies, sums, strict=True)
        ]
        common = products[place] - counts * (sums[0] * sums[1]).sum(axis=1)
        exact = common / np.sqrt(np.maximum(variances[0] * variances[1], 1e-9))
        exact = np.where(enough[place], exact, -1)
        apart = ones.means + sums[0] - others.means - sums[1]
        better = exact > best.correlation
        best.correlation[better] = exact[better]
        best.distance[better] = np.sqrt(np.square(apart).sum(axis=1))[better]
        best.frames[better] = counts[better]
    return best


def _sums(moves: Moves, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the energies of the frames from ``low`` to ``high``, both (n, shifts)."""
    energies = np.square(moves.cepstra).sum(axis=1, dtype=np.float64)
    until = np.concatenate([np.zeros((len(energies), 1)), energies.cumsum(axis=1)], axis=1)
    return np.take_along_axis(until, high, 1) - np.take_along_axis(until, low, 1)


def _means(moves: Moves, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the means (n, coefficients) of the frames from ``low`` to ``high``, both (n,)."""
    frames = np.arange(moves.cepstra.shape[2])
    within = (low[:, None] <= frames) & (frames < high[:, None])
    sums = np.einsum("nct,nt->nc", moves.cepstra, within.astype(np.float32))
    return sums / np.maximum(high - low, 1)[:, None]


class Listener:
    """Compares sound files, of which it opens each once and remembers some."""

    def __init__(self) -> None:
        self._seconds = lru_cache(maxsize=None)(_seconds)
        self._middle = lru_cache(maxsize=64)(_middle)

    def can_tell(self, one: Path, other: Path) -> bool:
        """Return whether two sound files are long enough, and nearly of one length."""
        lengths = self._seconds(one), self._seconds(other)
        return min(lengths) >= SHORTEST and abs(lengths[0] - lengths[1]) <= LATER

    def same(self, one: Path, other: Path) -> bool:
        """Return whether their middles are one recording; False if one cannot be heard."""
        try:
            moves, others = (moves_of(self._middle(path)[None]) for path in (one, other))
        except _UNHEARD:
            return False  # whatever is wrong with a file is said elsewhere
        later = round(LATER * PASSAGE.sample_rate / PASSAGE.hop)
        return bool(compared(moves, others, later).correlation[0] >= HEARD)


def _seconds(path: Path) -> float:
    """Return how long a sound file is; 0 if it cannot be read."""
    try:
        with opened(path) as (sound, _):
            return sound.length / sound.rate
    except _UNHEARD:
        return 0.0


def _middle(path: Path) -> np.ndarray:
    """Return the map of the middle of a sound file."""
    import librosa

    with opened(path) as (sound, _):
        count = min(sound.length, round(PASSAGE.samples * sound.rate / PASSAGE.sample_rate))
        mono = sound.read((sound.length - count) // 2, count).mean(axis=1)
        rate = sound.rate
    return PASSAGE(librosa.resample(mono, orig_sr=rate, target_sr=PASSAGE.sample_rate))
