"""Squared distances between songs, added up in float64."""

from __future__ import annotations

import numpy as np

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
