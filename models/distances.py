"""Squared distances between songs, added up in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from data import Songs
    from models.family import Arrays

TOGETHER = 512
"""Songs that are held against others at once."""


def energy(songs: np.ndarray) -> np.ndarray:
    """Return the sum of squares of each row of `songs` (n, features), (n,)."""
    return np.einsum("nd,nd->n", songs, songs, dtype=np.float64)


def squared_errors(songs: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the sum of squared differences of each song, (n,).

    Parameters
    ----------
    songs, others : (n, ...) and the same, or (1, ...) for one that all are held against.
    """
    errors = np.empty(len(songs))
    for start in range(0, len(songs), TOGETHER):
        rows = slice(start, start + TOGETHER)
        difference = songs[rows] - (others if len(others) == 1 else others[rows])
        errors[rows] = energy(difference.reshape(len(difference), -1))
    return errors


def error_of_outputs(given: Arrays, outputs: Arrays, songs: Songs) -> float:
    """Return the sum of squared differences between what `songs` were given as and outputs.

    What components leave out of a song, half of whose energy is given as `<name>_outside`, is a
    difference too.
    """
    found = 0.0
    for name, output in outputs.items():
        errors = squared_errors(given[name], output)
        if f"{name}_outside" in given:
            errors = errors + 2.0 * given[f"{name}_outside"][:, 0]
        found += total(errors, name, songs)
    return found


def total(errors: np.ndarray, name: str, songs: Songs) -> float:
    """Return the sum of errors (n,) of an input; lyrics that a song does not have count 0."""
    return float(errors[songs.has_lyrics].sum() if name == "lyrics" else errors.sum())
