"""Null excess and stability as columns of chosen rows."""

import numpy as np
import pytest

from evaluation.clusterers import CLUSTERERS
from evaluation.honesty import HONESTY, add_honesty
from evaluation.nulls import null_excess, null_silhouettes
from evaluation.stability import stability

RNG = np.random.default_rng(0)
TRAIN, HELD_OUT = RNG.normal(size=(80, 3)), RNG.normal(size=(40, 3))


def test_rows_get_the_values_of_their_own_count() -> None:
    rows = [{"clusterer": "kmeans", "n_clusters": count, "silhouette": 0.3} for count in (2, 5)]
    add_honesty(rows, TRAIN, HELD_OUT, seed=3)
    kept = stability(CLUSTERERS["kmeans"], TRAIN, HELD_OUT, [2, 5], 3)
    chance = null_silhouettes(TRAIN, HELD_OUT, [2, 5], 3)
    assert [row["stability"] for row in rows] == pytest.approx(list(kept))
    assert [row["null_excess"] for row in rows] == pytest.approx(list(null_excess(0.3, chance)))


def test_an_undefined_silhouette_has_no_null_excess() -> None:
    row = {"clusterer": "kmeans", "n_clusters": 1, "silhouette": None}
    add_honesty([row], TRAIN, HELD_OUT, seed=0)
    assert row["null_excess"] is None
    assert set(HONESTY) <= set(row)


def test_a_clusterer_that_found_nothing_is_no_exception() -> None:
    row = {"clusterer": "hdbscan", "n_clusters": 0, "silhouette": None}
    add_honesty([row], TRAIN, HELD_OUT, seed=0)
    assert row["null_excess"] is None
