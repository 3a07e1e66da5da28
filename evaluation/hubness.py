"""Hubness: whether a few songs are the neighbours of very many (Radovanovic et al. 2010)."""

from __future__ import annotations

import numpy as np

from evaluation.assignment import Array


def hubness(neighbours: Array) -> float:
    """Return the skewness of how often each song is among the nearest of others.

    About 0 where all are so equally often, above 1 where there are hubs; 0 where nothing differs.

    Parameters
    ----------
    neighbours : (n, k) nearest other songs.
    """
    often = np.bincount(neighbours.ravel(), minlength=len(neighbours)).astype(np.float64)
    centred = often - often.mean()
    variance = np.mean(centred**2)
    return float(np.mean(centred**3) / variance**1.5) if variance else 0.0
