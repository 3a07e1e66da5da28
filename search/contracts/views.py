"""What every word of a view promises: a step on maps, or a scaling."""

from __future__ import annotations

import numpy as np

from data.maps import MapStep
from data.scaling import check_state
from data.views import Scaling
from search.contracts.promise import hold, promises

_MAPS = np.random.default_rng(0).normal(-30, 9, size=(40, 12, 20)).astype(np.float32)
_TRAIN, _NEW = _MAPS[:30], _MAPS[30:]


def shows_songs(view: MapStep | Scaling) -> None:
    """New songs are finite float32 of the shape that is said."""
    for train, new in _songs(view):
        shown = _shown(view, train, new)
        expected = (len(new), *view.shape(new.shape[1:]))
        hold(shown.shape == expected, f"songs are {shown.shape}, and {expected} is said")
        hold(shown.dtype == np.float32, f"they are {shown.dtype}")
        hold(np.isfinite(shown).all(), "some values are not finite")


def shows_each_alone(view: MapStep | Scaling) -> None:
    """A song looks the same whatever songs are beside it."""
    for train, new in _songs(view):
        together = _shown(view, train, new)
        alone = np.concatenate([_shown(view, train, song[None]) for song in new[:4]])
        hold(np.allclose(alone, together[:4], atol=1e-4), "alone it looks otherwise")


def leaves_songs(view: MapStep | Scaling) -> None:
    """Songs are left as they are."""
    for train, new in _songs(view):
        fitted, given = train.copy(), new.copy()
        _shown(view, fitted, given)
        same = np.array_equal(fitted, train) and np.array_equal(given, new)
        hold(same, "they are changed")


def bears_silence(view: MapStep | Scaling) -> None:
    """Songs that are all alike are no exception, and stay finite."""
    for train, _ in _songs(view):
        alike = np.full_like(train, -80.0)
        hold(np.isfinite(_shown(view, alike, alike)).all(), "some values are not finite")


def fits_what_it_says(view: MapStep | Scaling) -> None:
    """A scaling fits float arrays of the shapes that it says, and nothing else is needed."""
    if isinstance(view, Scaling):
        for train, _ in _songs(view):
            check_state("the scaling", view.fit(train), view.arrays(train.shape[1:]))


def repeats_itself(view: MapStep | Scaling) -> None:
    """The same training songs give the same view."""
    for train, new in _songs(view):
        same = np.array_equal(_shown(view, train, new), _shown(view, train, new))
        hold(same, "songs look otherwise the second time")


def _songs(view: MapStep | Scaling) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return training and new songs: maps, and vectors for what takes them."""
    flat = _MAPS.reshape(len(_MAPS), -1)[:, :50]
    vectors = [(flat[:30], flat[30:])] if isinstance(view, Scaling) else []
    return [(_TRAIN, _NEW), *vectors]


def _shown(view: MapStep | Scaling, train: np.ndarray, songs: np.ndarray) -> np.ndarray:
    if isinstance(view, MapStep):
        return view.apply(songs)
    return view.apply(songs, view.fit(train))


PROMISES = promises(
    shows_songs, shows_each_alone, leaves_songs, bears_silence, fits_what_it_says, repeats_itself
)
