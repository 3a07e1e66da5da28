"""What a view does to log-mel maps before they are scaled: song by song, nothing is fitted."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Shape = tuple[int, ...]

SILENCE = 50.0
"""Decibels below the loudest frame of a song from which a frame counts as silent."""
COEFFICIENTS = 20
"""Cepstral coefficients that `pooled` describes, fewer where there are fewer mel bins."""


@dataclass(frozen=True)
class MapStep:
    """What a word of a view does to maps, song by song.

    Parameters
    ----------
    apply : callable
        Takes maps in dB, (n, mels, frames) float32, and returns new maps or vectors, float32.
    shape : callable
        Takes the shape of one map and returns the shape of what `apply` makes of it.
    first : bool
        Whether it comes before the other steps, which leave no maps in dB for it.
    """

    apply: Callable[[np.ndarray], np.ndarray]
    shape: Callable[[Shape], Shape]
    first: bool = False


def active(maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the first frame of each map that is not silent, and the first after the last such.

    The energy of a frame is the sum of its mel bins, as powers. Maps whose values lie within
    `SILENCE` of each other, such as those that are not in dB, are active throughout.
    """
    loudest = maps.max(axis=(1, 2), keepdims=True)
    energy = np.power(10.0, (maps - loudest) / 10, dtype=np.float32).sum(axis=1)
    heard = energy >= energy.max(axis=1, keepdims=True) * 10 ** (-SILENCE / 10)
    return heard.argmax(axis=1), heard.shape[1] - heard[:, ::-1].argmax(axis=1)


def trimmed(maps: np.ndarray) -> np.ndarray:
    """Cut silent ends and stretch the rest to the same number of frames, by nearest frame."""
    start, stop = (ends[:, None] for ends in active(maps))
    centres = (np.arange(maps.shape[2]) + 0.5) / maps.shape[2]
    frames = (start + (stop - start) * centres).astype(np.intp)
    return np.take_along_axis(maps, frames[:, None], axis=2)


def gainless(maps: np.ndarray) -> np.ndarray:
    """Subtract from each frame the mean of its mel bins."""
    return maps - maps.mean(axis=1, keepdims=True)


def pooled(maps: np.ndarray) -> np.ndarray:
    """Describe the spectrum of the active frames and how it moves: cepstral statistics.

    Returns
    -------
    ndarray of float32, shape (n, 4 * coefficients)
        Of each coefficient of the orthonormal DCT-II over mel bins the mean, the standard
        deviation, the mean size of the step from frame to frame, and the deviation of that step.
    """
    from scipy.fft import dct

    cepstra = dct(maps, axis=1, norm="ortho")[:, :COEFFICIENTS]
    start, stop = (ends[:, None] for ends in active(maps))
    frames = np.arange(maps.shape[2])
    within = ((start <= frames) & (frames < stop))[:, None]
    steps, stepping = np.diff(cepstra, axis=2), within[:, :, 1:] & within[:, :, :-1]
    level, spread = _mean_and_deviation(cepstra, within)
    size, _ = _mean_and_deviation(np.abs(steps), stepping)
    _, unrest = _mean_and_deviation(steps, stepping)
    return np.concatenate([level, spread, size, unrest], axis=1)


def _mean_and_deviation(values: np.ndarray, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both over the frames where ``where`` (n, 1, frames) is true; 0 if it never is."""
    count = np.maximum(where.sum(axis=2), 1)
    mean = np.where(where, values, 0).sum(axis=2) / count
    squares = np.where(where, np.square(values - mean[:, :, None]), 0).sum(axis=2)
    return mean.astype(np.float32), np.sqrt(squares / count).astype(np.float32)


def _unchanged(shape: Shape) -> Shape:
    return shape


MAP_STEPS = {
    "trimmed": MapStep(trimmed, _unchanged, first=True),
    "gainless": MapStep(gainless, _unchanged),
    "pooled": MapStep(pooled, lambda shape: (4 * min(COEFFICIENTS, shape[0]),)),
}
