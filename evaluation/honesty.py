"""Scores that tell clusters from chance.

`coherence_excess` is for every row. The columns of `HONESTY` are dear, and so for chosen rows
only; they, `gap` and `prediction_strength` are for every cluster count of a finalist.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from evaluation.assignment import Array
from evaluation.clusterers import CLUSTERERS
from evaluation.dimensions import fewest_dimensions
from evaluation.null_collections import Chance
from evaluation.nulls import gap, null_excess, null_silhouettes
from evaluation.reference import ReferencePart
from evaluation.score import Row
from evaluation.stability import prediction_strengths, stability

HONESTY = ("null_excess", "stability")
"""Columns that `add_honesty` puts into rows."""


def add_honesty(rows: Sequence[Row], codes_train: Array, codes: Array, seed: int) -> None:
    """Put `null_excess` and `stability` into rows of `evaluation.score.score`.

    Clusters that are an encoder's own have no clusterer to fit again, and get neither.
    `null_excess` is None where the silhouette is, or where fewer than two clusters were found.
    Cost: see `null_silhouettes` and `stability`; about .1 s a row at 550 + 190 songs, less where
    rows of one clusterer come together.

    Parameters
    ----------
    codes_train, codes : (n_train, d) and (n, d) codes of the training and the evaluated songs
    """
    for row in rows:
        row |= dict.fromkeys(HONESTY)
    few = fewest_dimensions(codes_train, codes)
    for name in CLUSTERERS.keys() & {str(row["clusterer"]) for row in rows}:
        own = [row for row in rows if row["clusterer"] == name]
        counts = [max(int(row["n_clusters"] or 0), 1) for row in own]
        train, evaluated = few if CLUSTERERS[name].rotates else (codes_train, codes)
        steady = stability(CLUSTERERS[name], train, evaluated, counts, seed)
        null = null_silhouettes(few[0], few[1], counts, seed)
        for row, kept, chance in zip(own, steady, null, strict=True):
            row["stability"] = float(kept)
            known = row["silhouette"] is not None and math.isfinite(chance)
            own_space = np.asarray(row["silhouette"], np.float64)
            row["null_excess"] = float(null_excess(own_space, chance)) if known else None


def add_curves(
    rows: Sequence[Row],
    partitions: Array,
    codes_train: Array,
    codes: Array,
    reference: ReferencePart,
    nulls: Array,
    seed: int,
) -> None:
    """Put honesty scores, `gap` and `prediction_strength` into the rows of one clusterer.

    Parameters
    ----------
    rows : of `evaluation.score.score`, one per cluster count of one clusterer
    partitions : (counts, n) clusters of the evaluated songs, one row each
    codes_train, codes : (n_train, d) and (n, d) codes of the training and the evaluated songs
    reference : the evaluated songs in the run's reference space
    nulls : `evaluation.nulls.null_dispersions` of that space at the same counts

    Cost: `stability` and `null_silhouettes` at every count, 2 s for k-means at 550 songs x 15.
    """
    clusterer = CLUSTERERS[str(rows[0]["clusterer"])]
    if clusterer.rotates:
        codes_train, codes = fewest_dimensions(codes_train, codes)
    add_honesty(rows, codes_train, codes, seed)
    counts = [int(row["n_clusters"] or 0) for row in rows]
    strengths = prediction_strengths(clusterer, codes_train, codes, counts, seed)
    for row, clusters, null, strength in zip(rows, partitions, nulls, strengths, strict=True):
        row["gap"] = gap(reference.points, clusters, float(null))
        row["prediction_strength"] = float(strength)


def add_coherence_excess(rows: Sequence[Row], chance: Chance, part: str) -> None:
    """Put `coherence_excess` into rows of `evaluation.score.score`, of one part of the songs."""
    for row in rows:
        by_view = coherence_columns(row, chance.levels[part])
        row["coherence_excess"] = chance.excess(by_view, part, int(row["n_clusters"] or 0))


def coherence_columns(row: Row, views: Iterable[str]) -> dict[str, float]:
    """Return the coherence that a row has in each of some views, by view; it may lack some."""
    known = {view: row.get(f"coherence_{view}") for view in views}
    return {view: float(value) for view, value in known.items() if value is not None}
