"""Seeded samples of songs."""

from __future__ import annotations

import numpy as np

from evaluation.assignment import Array


def stratified_sample(strata: Array, size: int, seed: int) -> Array:
    """Draw `size` of the songs (n,), sorted, every stratum at its share to within one song.

    The songs are put in order of their stratum, at random within it, and every (n / size)-th is
    taken from a random start: systematic sampling.
    """
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(strata)), strata))
    steps = (np.arange(size) + rng.random()) * (len(strata) / size)
    return np.sort(order[steps.astype(np.intp)])


def some_training(split: Array, most: int, seed: int) -> Array:
    """Return positions of the training songs, sorted: of a sample where there are more."""
    rows = np.flatnonzero(split == "train")
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
    return rows
