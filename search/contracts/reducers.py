"""What every reducer promises."""

from __future__ import annotations

import numpy as np

from evaluation.reducers import Reducer, restore
from search.contracts.promise import hold, promises

_CODES = np.random.default_rng(0).normal(size=(160, 6)).astype(np.float32)
_TRAIN, _NEW = _CODES[:120], _CODES[120:]


def places_training_codes(reducer: Reducer) -> None:
    """Training codes have finite places, a row each."""
    places = reducer.fit(_TRAIN, seed=0).embedding
    hold(places.ndim == 2 and len(places) == 120, f"120 codes have places of {places.shape}")
    hold(np.isfinite(places).all(), "some are not finite")


def places_new_codes(reducer: Reducer) -> None:
    """New codes have finite places of the same width, and each by itself."""
    fitted = reducer.fit(_TRAIN, seed=0)
    places = fitted.transform(_NEW)
    wide = fitted.embedding.shape[1]
    hold(places.shape == (40, wide), f"40 codes have places of {places.shape}")
    hold(np.isfinite(places).all(), "some are not finite")
    alone = np.concatenate([fitted.transform(code[None]) for code in _NEW[:5]])
    hold(np.allclose(alone, places[:5], atol=1e-4), "alone they go elsewhere")


def keeps_places(reducer: Reducer) -> None:
    """A training code that comes again goes where it was."""
    fitted = reducer.fit(_TRAIN, seed=0)
    spread = float(fitted.embedding.std())
    off = float(np.abs(fitted.transform(_TRAIN) - fitted.embedding).max())
    hold(off <= 1e-2 * spread, f"one is {off:.2g} away, where places spread by {spread:.2g}")


def repeats_itself(reducer: Reducer) -> None:
    """The same codes and seed give the same reducer."""
    one, same = (reducer.fit(_TRAIN, seed=3) for _ in range(2))
    hold(np.array_equal(one.embedding, same.embedding), "places differ")
    hold(np.array_equal(one.transform(_NEW), same.transform(_NEW)), "places of new codes differ")


def leaves_codes(reducer: Reducer) -> None:
    """The codes are left as they are."""
    codes = _TRAIN.copy()
    reducer.fit(codes, seed=0).transform(codes)
    hold(np.array_equal(codes, _TRAIN), "they are changed")


def is_saved_as_arrays(reducer: Reducer) -> None:
    """It comes back from its arrays: Unchanged, Linear or Neighbourhood of evaluation.reducers."""
    fitted = reducer.fit(_TRAIN, seed=0)
    loaded = restore(fitted.arrays())
    same = np.array_equal(loaded.transform(_NEW), fitted.transform(_NEW))
    hold(same, "new codes go elsewhere")


PROMISES = promises(
    places_training_codes,
    places_new_codes,
    keeps_places,
    repeats_itself,
    leaves_codes,
    is_saved_as_arrays,
)
