"""Views: how songs are presented to a model. Fitted on training songs, applied to any.

A view is named by words joined by ``+``, done from left to right: steps that change log-mel maps
song by song (`data.maps`), then one scaling (`data.scaling`, `data.power`), which is ``clipped``
where none is named. ``trimmed+gainless``, ``pooled+power`` and ``standard`` are views.

============ ==================================================================================
trimmed      silent ends are cut, the rest is stretched to the same number of frames
gainless     each frame loses its mean: spectra of one shape are one, however loud
pooled       cepstral statistics over the active frames: a vector
standard     mean 0 and deviation 1 per mel bin or feature
clipped      the same, and no value beyond 3 deviations
global       one scale for all, so that features keep their proportions
power        values made normal, then half-whitened principal components: a vector
============ ==================================================================================
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from data.errors import DataError
from data.maps import MAP_STEPS, MapStep, Shape
from data.power import COMPONENTS, apply_power, fit_power
from data.scaling import (
    BLOCK,
    State,
    apply_clipped,
    apply_standard,
    check_state,
    fit_global,
    fit_standard,
    global_shapes,
    per_feature,
    standard_shapes,
)


@dataclass(frozen=True)
class Scaling:
    """What the last word of a view does to songs, once it is fitted.

    Parameters
    ----------
    fit : callable
        Takes training songs and returns the fitted arrays.
    apply : callable
        Takes any songs and these arrays, and returns new float32 songs.
    arrays : callable
        Takes the shape of one song and returns the shapes of these arrays by name.
    width : int, optional
        Songs become vectors of this width, or of as many values as they have if those are fewer;
        by default they keep their shape.
    """

    fit: Callable[[np.ndarray], State]
    apply: Callable[[np.ndarray, State], np.ndarray]
    arrays: Callable[[Shape], dict[str, Shape]]
    width: int | None = None

    def shape(self, shape: Shape) -> Shape:
        """Return what becomes of the shape of one song."""
        return shape if self.width is None else (min(self.width, prod(shape)),)


def _power_shapes(shape: Shape) -> dict[str, Shape]:
    """Return the shapes of what `data.power.fit_power` returns, from that of one song."""
    each = {name: per_feature(shape) for name in ("middle", "inverse_spread", "power")}
    values = prod(shape)
    axes = {"centre": (values,), "axes": (min(COMPONENTS, values), values)}
    return each | standard_shapes(shape) | axes


ENDING = Scaling(fit_standard, apply_clipped, standard_shapes)
"""The scaling where none is named."""

VIEWS: dict[str, MapStep | Scaling] = {
    **MAP_STEPS,
    "standard": Scaling(fit_standard, apply_standard, standard_shapes),
    "clipped": ENDING,
    "global": Scaling(fit_global, apply_standard, global_shapes),
    "power": Scaling(fit_power, apply_power, _power_shapes, COMPONENTS),
}
"""The words of which the names of views are made; one of somebody's own is put in here too."""

MOST_VALUES = 2**24
"""Most values of one song that a restored view may be of."""


@dataclass(frozen=True, eq=False)
class View:
    """A fitted view.

    Parameters
    ----------
    name : str
        See the top of this file.
    shape : tuple of int
        (mels, frames) or (features,) of the songs it was fitted on.
    arrays : dict of str to ndarray
        What its scaling fitted on the training songs.
    """

    name: str
    shape: Shape
    arrays: State

    def apply(self, audio: np.ndarray) -> np.ndarray:
        """Return songs of the shape the view was fitted on as a new float32 array.

        Raises
        ------
        DataError
            The songs have another shape.
        """
        _refuse_no_audio(audio)
        if audio.shape[1:] != self.shape:
            raise DataError(
                f"the view {self.name} was fitted on songs of {_written(self.shape)} and cannot "
                f"show songs of {_written(audio.shape[1:])}: prepare both alike"
            )
        steps, scaling = _parts(self.name)

        def show(block: np.ndarray) -> np.ndarray:
            return scaling.apply(_change(block, steps), self.arrays)

        return _in_blocks(audio, show, shape_of(self.name, self.shape))

    def state(self) -> State:
        """Return the arrays, all of floating point, from which `restore` makes the same view."""
        return {**self.arrays, "shape": np.array(self.shape, np.float64)}


def names() -> tuple[str, ...]:
    """Return the words of which a view can be named, joined by ``+``."""
    return tuple(VIEWS)


def scaling_of(name: str) -> str:
    """Return the word that scales in a view that `check` lets pass: its last, or the usual one."""
    last = name.split("+")[-1]
    usual = next(word for word, part in VIEWS.items() if part is ENDING)
    return last if isinstance(VIEWS[last], Scaling) else usual


def order() -> tuple[tuple[str, ...], ...]:
    """Return the words by place: a view has at most one of each place, in this order.

    Gainless takes away the level by which trimmed finds silence, pooled what frames there are,
    and nothing comes after a scaling.
    """
    return tuple(tuple(word for word in VIEWS if _place(word) == place) for place in range(3))


def _place(word: str) -> int:
    part = VIEWS[word]
    return 2 if isinstance(part, Scaling) else 0 if part.first else 1


def check(name: str, shape: Shape | None = None) -> None:
    """Refuse what is no view, or none for songs of a shape, if that is given.

    Parameters
    ----------
    name : str
        Such as "standard" or "trimmed+gainless".
    shape : tuple of int, optional
        (mels, frames) or (features,) of one song.

    Raises
    ------
    DataError
        A word is unknown, does not go with the others, or does not go with such songs.
    """
    if not isinstance(name, str):
        raise DataError(f"a view is named by a word and not by {name!r:.40}; see data.views.VIEWS")
    words = name.split("+")
    for word in words:
        if word not in VIEWS:
            own = (
                f"; put one of your own into data.views.VIEWS[{word[:99]!r}]"
                if ":" in word
                else ""
            )
            raise DataError(f"there is no view {word[:99]!r}; there are {', '.join(VIEWS)}{own}")
    places = [_place(word) for word in words]
    for index in range(1, len(words)):
        if places[index] <= places[index - 1]:
            places_of = ", then ".join(" or ".join(kind) for kind in order())
            raise DataError(
                f"the view {name}: {words[index]} cannot follow {words[index - 1]}; "
                f"a view takes {places_of}, at most one of each"
            )
    needing = next((word for word in words if isinstance(VIEWS[word], MapStep)), None)
    if needing and shape is not None and len(shape) != 2:
        raise DataError(f"the view {name}: {needing} needs mels x frames, these songs are vectors")


def shape_of(name: str, shape: Shape) -> Shape:
    """Return the shape of one song under a view from its shape before; errors as in `check`."""
    check(name, shape)
    steps, scaling = _parts(name)
    return scaling.shape(_shape_after(steps, shape))


def fit(name: str, audio: np.ndarray) -> View:
    """Fit a view on training songs, (n, mels, frames) or (n, features); errors as in `check`.

    Steps on maps make a float32 copy of these songs; nothing else takes as much memory.
    """
    _refuse_no_audio(audio)
    if not len(audio):
        raise DataError("a view cannot be fitted on no songs; give some to learn from")
    shape = audio.shape[1:]
    check(name, shape)
    steps, scaling = _parts(name)
    if steps:
        audio = _in_blocks(audio, lambda block: _change(block, steps), _shape_after(steps, shape))
    return View(name, shape, scaling.fit(audio))


def restore(name: str, state: Mapping[str, np.ndarray]) -> View:
    """Make a fitted view again from what `View.state` returned.

    Raises
    ------
    DataError
        There is no such view, or it has not these arrays.
    """
    arrays = {key: np.asarray(values) for key, values in state.items()}
    sides = arrays.pop("shape", np.zeros(0))
    if sides.shape not in ((1,), (2,)) or sides.dtype.kind != "f":
        raise DataError(f"the view {name[:40]!r} does not say of which shape its songs are")
    if not ((sides >= 1) & (sides <= MOST_VALUES) & (sides == np.floor(sides))).all():
        raise DataError(f"the view {name[:40]!r} is of songs of a shape that there is not")
    shape = tuple(int(side) for side in sides)
    if prod(shape) > MOST_VALUES:
        raise DataError(f"the view {name[:40]!r} is of songs of more than {MOST_VALUES} values")
    check(name, shape)
    steps, scaling = _parts(name)
    check_state(f"the view {name}", arrays, scaling.arrays(_shape_after(steps, shape)))
    return View(name, shape, arrays)


def _refuse_no_audio(audio: np.ndarray) -> None:
    numbers = isinstance(audio, np.ndarray) and audio.dtype.kind in "fiu"
    if not numbers or audio.ndim not in (2, 3) or 0 in audio.shape[1:]:
        what = f"of shape {audio.shape}" if numbers else f"a {type(audio).__name__}"
        raise DataError(
            f"the audio is {what}; give an array of numbers, (songs, mels, frames) or "
            "(songs, features)"
        )


def _parts(name: str) -> tuple[list[MapStep], Scaling]:
    """Return the steps and the scaling of a view that `check` lets pass."""
    parts = [VIEWS[word] for word in name.split("+")]
    steps = [part for part in parts if isinstance(part, MapStep)]
    scalings = [part for part in parts if isinstance(part, Scaling)]
    return steps, scalings[0] if scalings else ENDING


def _shape_after(steps: Sequence[MapStep], shape: Shape) -> Shape:
    for step in steps:
        shape = step.shape(shape)
    return shape


def _change(maps: np.ndarray, steps: Sequence[MapStep]) -> np.ndarray:
    for step in steps:
        maps = step.apply(maps)
    return maps


def _in_blocks(
    audio: np.ndarray, change: Callable[[np.ndarray], np.ndarray], shape: Shape
) -> np.ndarray:
    changed = np.empty((len(audio), *shape), np.float32)
    for start in range(0, len(audio), BLOCK):
        changed[start : start + BLOCK] = change(audio[start : start + BLOCK])
    return changed


def _written(shape: Shape) -> str:
    return " x ".join(map(str, shape)) if len(shape) == 2 else f"{shape[0]} features"
