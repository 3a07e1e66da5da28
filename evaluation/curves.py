"""Scores of every cluster count of one model against what chance gives at that count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluation.assignment import Array
from evaluation.clusterers import CLUSTERERS
from evaluation.dimensions import fewest_dimensions
from evaluation.honesty import HONESTY, add_honesty
from evaluation.null_collections import coherence_excess, null_coherence
from evaluation.nulls import gap
from evaluation.reference import Reference, ReferencePart
from evaluation.score import Row
from evaluation.stability import prediction_strengths

AGAINST_CHANCE = (*HONESTY, "coherence_excess")
"""Columns that are too dear for every row."""


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


def add_coherence_excess(
    rows: Sequence[Row],
    null_collections: Sequence[Reference],
    latent_size: int,
    part: str,
    seed: int,
) -> None:
    """Put `coherence_excess` into rows: above PCA and k-means on Gaussian null songs.

    Of the same latent size and, as near as there is one, the same count. None where a row has no
    coherence or there are no null collections. Cost: see `null_coherence`.
    """
    counts = [max(int(row["n_clusters"] or 0), 1) for row in rows]
    if not null_collections or not rows:
        return
    chance = null_coherence(null_collections, latent_size, counts, seed, part=part)
    for row, values in zip(rows, np.transpose(chance), strict=True):
        if row["coherence"] is not None:
            row["coherence_excess"] = coherence_excess(float(row["coherence"]), values)
