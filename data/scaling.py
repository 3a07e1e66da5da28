"""How a view puts songs on a scale: fitted on training songs, applied to any.

Songs are (n, mels, frames) or (n, features), float32. What is fitted are arrays, and the arrays
are all there is to save.
"""

from collections.abc import Mapping

import numpy as np

from data.errors import DataError

State = dict[str, np.ndarray]

BLOCK = 256
"""Songs handled at a time, so that no float64 copy of a whole collection is made."""
CLIPPED = 3.0
"""Deviations at which `apply_clipped` clips."""


def per_feature(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of what is fitted per mel bin or feature, from that of one song."""
    return (shape[0], 1) if len(shape) == 2 else shape


def standard_shapes(shape: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """Return the shapes of what `fit_standard` returns, from that of one song."""
    return {"mean": per_feature(shape), "scale": per_feature(shape)}


def global_shapes(shape: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """Return the shapes of what `fit_global` returns, from that of one song."""
    return {"mean": per_feature(shape), "scale": (1,) * len(shape)}


def check_state(
    what: str, state: Mapping[str, np.ndarray], shapes: Mapping[str, tuple[int, ...]]
) -> None:
    """Refuse arrays, brought back from a file, that were not fitted.

    Raises
    ------
    DataError
        One is missing, too many, of another shape than in ``shapes``, or not of finite numbers.
    """
    if set(state) != set(shapes):
        needed = ", ".join(shapes) or "no arrays"
        raise DataError(f"{what} has {needed}, and {sorted(state)[:9]!r} are given")
    for name, shape in shapes.items():
        if state[name].shape != shape or state[name].dtype.kind != "f":
            raise DataError(f"{what} has a {name[:40]!r} of shape {shape}")
        if not np.isfinite(state[name]).all():
            raise DataError(f"{what} has a {name[:40]!r} that is not finite")


def fit_standard(audio: np.ndarray) -> State:
    """Fit mean and standard deviation per mel bin (over songs and frames) or per feature.

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
    """Fit the mean per mel bin or feature as `fit_standard` does, and one scale for all.

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
