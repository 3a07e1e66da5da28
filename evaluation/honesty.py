"""Scores beside the silhouette that tell clusters from chance; dearer, so for chosen rows only."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from evaluation.assignment import Array
from evaluation.clusterers import CLUSTERERS
from evaluation.dimensions import fewest_dimensions
from evaluation.nulls import null_excess, null_silhouettes
from evaluation.score import Row
from evaluation.stability import stability

HONESTY = ("null_excess", "stability")


def add_honesty(rows: Sequence[Row], codes_train: Array, codes: Array, seed: int) -> None:
    """Put `null_excess` and `stability` into rows of `evaluation.score.score`.

    Clusters that are an encoder's own have no clusterer to fit again, and get neither.
    `null_excess` is None where the silhouette is, or where fewer than two clusters were found.
    Cost: see `null_silhouettes` and `stability`; about .1 s a row at 550 + 190 songs, less where
    rows of one clusterer come together.
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
