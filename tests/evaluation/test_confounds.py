"""Columns that give the label away, and columns the clusters follow instead."""

import numpy as np
import pytest

from evaluation.confounds import better_explained_by, determination, leaking_columns

RNG = np.random.default_rng(13)
GENRE = RNG.integers(10, size=400)
TRUTH = GENRE.astype(str)
COLUMNS = {
    "language": np.where(GENRE < 5, "en", "bn"),
    "copy": np.array([f"genre {g}" for g in GENRE]),
    "album": np.array([f"{g}-{i}" for g, i in zip(GENRE, RNG.integers(5, size=400), strict=True)]),
    "tempo": RNG.integers(3, size=400).astype(str),
    "empty": np.full(400, ""),
}


def test_columns_that_determine_the_label_or_are_determined_by_it_give_it_away():
    assert leaking_columns(COLUMNS, TRUTH) == pytest.approx({"language": 1, "copy": 1, "album": 1})


def test_an_unrelated_or_empty_column_determines_nothing():
    assert determination(COLUMNS["tempo"], TRUTH) < 0.1
    assert determination(COLUMNS["empty"], TRUTH) == 0


def test_a_column_that_explains_the_clusters_better_is_named():
    ami = {"genre": 0.1, "language": 0.6, "artist": 0.05, "mood": None}
    assert better_explained_by(ami, "genre") == [
        "The clusters follow language (AMI 0.60) more than genre (AMI 0.10)."
    ]
    assert better_explained_by({"language": 0.6}, "genre") == []
