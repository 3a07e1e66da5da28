"""Many labelings of the same songs as one table of one-hot columns, for single matrix products."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluation.assignment import Array


@dataclass(frozen=True)
class Membership:
    """m labelings of n songs with K classes in all.

    Attributes
    ----------
    classes : m arrays (n,), labels renumbered from 0
    sizes : m arrays, songs of each class
    edges : (m + 1,) columns of `table` at which each labeling begins and the last one ends
    table : (n, K) float64, 1 where a song is of a class
    """

    classes: list[Array]
    sizes: list[Array]
    edges: Array
    table: Array


def membership(labelings: Array) -> Membership:
    """Return the one-hot table of labelings (m, n); noise (-1) is a class like any other."""
    classes = [np.unique(labels, return_inverse=True)[1] for labels in labelings]
    sizes = [np.bincount(labels) for labels in classes]
    edges = np.cumsum([0, *map(len, sizes)])
    table = np.zeros((len(classes[0]) if classes else 0, edges[-1]))
    for labels, edge in zip(classes, edges[:-1], strict=True):
        table[np.arange(len(labels)), labels + edge] = 1
    return Membership(classes, sizes, edges, table)
