"""Songs that stand for their cluster, and songs between two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import pairwise_distances

from evaluation.assignment import Array

MOST = 3
"""Exemplars of a cluster."""

_OF = 4
"""One in so many songs of a cluster is good enough to stand for it."""


@dataclass(frozen=True)
class Exemplars:
    """Rows of the songs of one cluster to look at first.

    Attributes
    ----------
    exemplars : up to `MOST`, the best first.
    border : the song that is nearest to another cluster; None where there is no other song, or
        no other cluster.
    """

    exemplars: list[int]
    border: int | None

    @property
    def rows(self) -> list[int]:
        """All of them, the best exemplar first."""
        return self.exemplars if self.border is None else [*self.exemplars, self.border]


def exemplars(
    codes: Array, clusters: Array, agreement: Array | None = None, groups: Array | None = None
) -> dict[int, Exemplars]:
    """Return by cluster which songs stand for it, and which lies between it and another.

    Exemplars are those of the highest agreement, where it is known, and among these the ones
    nearest to the centre; each of another group, such as an artist, as far as the best quarter of
    the songs has so many. Beyond it a song of another artist would not stand for the cluster.
    The song on the border is the one of the lowest agreement, and among these the one that is
    nearest to the centre of another cluster, measured by the distance to its own.

    Parameters
    ----------
    codes : (n, d)
    clusters : (n,), -1 for noise.
    agreement : (n,), or None.
    groups : (n,) text, "" where unknown; or None.
    """
    names = np.unique(clusters[clusters >= 0])
    centres = np.array([codes[clusters == name].mean(axis=0) for name in names])
    found = {}
    for place, name in enumerate(names):
        rows = np.flatnonzero(clusters == name)
        distances = pairwise_distances(codes[rows], centres)
        own = distances[:, place]
        sure = np.zeros(len(rows)) if agreement is None else agreement[rows]
        best = rows[np.lexsort((own, -sure))]
        chosen = _of_different(best, -(-len(best) // _OF), groups)
        left = ~np.isin(rows, chosen)
        border = None
        if left.any() and len(names) > 1:
            other = np.delete(distances, place, axis=1).min(axis=1)
            border = int(rows[left][np.lexsort(((other - own)[left], sure[left]))[0]])
        found[int(name)] = Exemplars(chosen, border)
    return found


def _of_different(rows: Array, within: int, groups: Array | None) -> list[int]:
    """Return the first few rows: of different groups from those within, then as they come."""
    chosen: list[int] = []
    taken: set[str] = set()
    for row in rows[:within].tolist():
        group = "" if groups is None else str(groups[row])
        if (group not in taken or not group) and len(chosen) < MOST:
            chosen.append(row)
            taken.add(group)
    rest = [row for row in rows.tolist() if row not in chosen]
    return [*chosen, *rest[: MOST - len(chosen)]]
