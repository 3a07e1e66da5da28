"""Views: how songs are presented to a model. Fitted on training songs, applied to any.

A view is a row of `VIEWS`: one function that looks at the training songs and returns arrays, one
that maps any songs by these arrays. The arrays are all there is to save.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

State = dict[str, np.ndarray]
Fit = Callable[[np.ndarray], State]
Apply = Callable[[np.ndarray, State], np.ndarray]

BLOCK = 256
"""Songs handled at a time, so that no float64 copy of a whole collection is made."""


@dataclass(frozen=True, eq=False)
class View:
    """A fitted view.

    Parameters
    ----------
    name : str
        A key of `VIEWS`.
    arrays : dict of str to ndarray
        What was learned from the training songs.
    """

    name: str
    arrays: State

    def apply(self, audio: np.ndarray) -> np.ndarray:
        """Return songs, of the layout the view was fitted on, as a new float32 array."""
        return VIEWS[self.name][1](audio, self.arrays)

    def state(self) -> State:
        """Return the arrays from which `restore` makes the same view."""
        return dict(self.arrays)


def fit(name: str, audio: np.ndarray) -> View:
    """Fit the view ``name`` on training songs, (n, mels, frames) or (n, features)."""
    return View(_known(name), VIEWS[name][0](audio))


def restore(name: str, state: Mapping[str, np.ndarray]) -> View:
    """Make a fitted view again from what `View.state` returned."""
    return View(_known(name), {key: np.asarray(values) for key, values in state.items()})


def _known(name: str) -> str:
    if name not in VIEWS:
        raise ValueError(f"there is no view {name!r}; there are {', '.join(VIEWS)}")
    return name


def fit_standard(audio: np.ndarray) -> State:
    """Mean and standard deviation per mel bin (over songs and frames) or per feature.

    Returns
    -------
    dict
        ``mean`` and ``scale`` = 1 / standard deviation, float32, (mels, 1) or (features,). The
        scale of what never changes among these songs is 0, so that it gives 0 for any song.
    """
    axes = (0, 2) if audio.ndim == 3 else (0,)
    mean = audio.mean(axis=axes, dtype=np.float64, keepdims=True)
    total = np.zeros_like(mean)
    for start in range(0, len(audio), BLOCK):
        total += np.square(audio[start : start + BLOCK] - mean).sum(axis=axes, keepdims=True)
    deviation = np.sqrt(total * (mean.size / audio.size))
    varies = deviation > np.finfo(np.float32).eps * np.abs(mean)
    scale = np.divide(1.0, deviation, out=np.zeros_like(deviation), where=varies)
    return {"mean": mean[0].astype(np.float32), "scale": scale[0].astype(np.float32)}


def apply_standard(audio: np.ndarray, state: State) -> np.ndarray:
    """Subtract the mean and divide by the standard deviation."""
    standard = np.subtract(audio, state["mean"], dtype=np.float32)
    standard *= state["scale"]
    return standard


VIEWS: dict[str, tuple[Fit, Apply]] = {"standard": (fit_standard, apply_standard)}


def names() -> list[str]:
    """Every view that a task may name."""
    return list(VIEWS)


def check(name: str, shape: tuple[int, ...]) -> None:
    """Refuse, with a ValueError, a view that songs of this shape cannot be given."""
    _known(name)


def shape_of(name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a song under a view."""
    return shape
