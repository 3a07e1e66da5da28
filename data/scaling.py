"""How a view puts songs on a scale: fitted on training songs, applied to any.

Songs are (n, mels, frames) or (n, features), float32. What is fitted are arrays, and the arrays
are all there is to save.
"""

import numpy as np

State = dict[str, np.ndarray]

BLOCK = 256
"""Songs handled at a time, so that no float64 copy of a whole collection is made."""
CLIPPED = 3.0
"""Deviations beyond which `apply_clipped` tells no difference."""


def fit_standard(audio: np.ndarray) -> State:
    """Mean and standard deviation per mel bin (over songs and frames) or per feature.

    Returns
    -------
    dict
        ``mean`` and ``scale`` = 1 / standard deviation, float32, (mels, 1) or (features,). The
        scale of what never changes among these songs is 0, so that it gives 0 for any song.
    """
    mean, deviation = _mean_and_deviation(audio)
    varies = deviation > np.finfo(np.float32).eps * np.abs(mean)
    scale = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=varies)
    return {"mean": mean.astype(np.float32), "scale": scale.astype(np.float32)}


def apply_standard(audio: np.ndarray, state: State) -> np.ndarray:
    """Subtract the mean and divide by the standard deviation."""
    standard = np.subtract(audio, state["mean"], dtype=np.float32)
    standard *= state["scale"]
    return standard


def apply_clipped(audio: np.ndarray, state: State) -> np.ndarray:
    """Standardise, and clip at `CLIPPED` deviations."""
    standard = apply_standard(audio, state)
    return np.clip(standard, -CLIPPED, CLIPPED, out=standard)


def fit_global(audio: np.ndarray) -> State:
    """Mean per mel bin or feature as in `fit_standard`, but one scale for all of them.

    The deviations of features keep their proportions; their squares have the mean 1.
    """
    mean, deviation = _mean_and_deviation(audio)
    overall = np.sqrt(np.square(deviation).mean(keepdims=True))
    varies = overall > np.finfo(np.float32).eps * np.abs(mean).max()
    scale = np.divide(1.0, overall, out=np.zeros_like(overall), where=varies)
    return {"mean": mean.astype(np.float32), "scale": scale.astype(np.float32)}


def _mean_and_deviation(audio: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    axes = (0, 2) if audio.ndim == 3 else (0,)
    mean = audio.mean(axis=axes, dtype=np.float64, keepdims=True)
    total = np.zeros_like(mean)
    for start in range(0, len(audio), BLOCK):
        total += np.square(audio[start : start + BLOCK] - mean).sum(axis=axes, keepdims=True)
    return mean[0], np.sqrt(total * (mean.size / audio.size))[0]
