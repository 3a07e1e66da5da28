"""Columns that give the label away, and columns that explain the clusters better than it does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sklearn.metrics.cluster import contingency_matrix

from evaluation.assignment import Array
from evaluation.entropy import entropy

GIVES_AWAY = 0.95
"""Above this `determination` a column is taken to leak the label."""


def determination(column: Array, truth: Array) -> float:
    """Return how far a column (n,) and a label (n,) determine one another, 0 to 1.

    The larger of homogeneity and completeness (Rosenberg and Hirschberg 2007), which is never
    below their normalised mutual information: genre determines language in a collection where
    each genre has one, though the language says little of the genre. Songs with either unknown
    ("") are left out; 0 where the rest holds one value of either.
    """
    known = (column != "") & (truth != "")
    if min(len(np.unique(column[known])), len(np.unique(truth[known]))) < 2:
        return 0.0
    counts = contingency_matrix(column[known], truth[known])
    columns, classes = entropy(counts.sum(axis=1)), entropy(counts.sum(axis=0))
    information = columns + classes - entropy(counts)
    return float(np.clip(information / min(columns, classes), 0, 1))


def leaking_columns(columns: Mapping[str, Array], truth: Array) -> dict[str, float]:
    """Return columns that determine the label, or are determined by it: name -> degree.

    Of input and conditioning columns: a trial that sees one of these is not judged by that label.
    """
    degrees = {name: determination(column, truth) for name, column in columns.items()}
    return {name: degree for name, degree in degrees.items() if degree > GIVES_AWAY}


def better_explained_by(ami: Mapping[str, float | None], primary: str) -> list[str]:
    """Return a sentence for each label column that the clusters follow more than the primary.

    `ami` holds the adjusted mutual information of the clusters with each column.
    """
    own = ami.get(primary)
    return [
        f"The clusters follow {name} (AMI {value:.2f}) more than {primary} (AMI {own:.2f})."
        for name, value in ami.items()
        if own is not None and value is not None and name != primary and value > own
    ]
