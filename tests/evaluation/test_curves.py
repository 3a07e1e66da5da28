"""Every count held against chance: the columns are those of the scores alone."""

import numpy as np
import pytest

from evaluation.clusterers import CLUSTERERS
from evaluation.honesty import add_coherence_excess, add_curves
from evaluation.null_collections import Chance
from evaluation.nulls import gap, null_dispersions
from evaluation.reference import build_reference
from evaluation.score import score
from evaluation.stability import prediction_strengths

RNG = np.random.default_rng(3)
SPLIT = np.array(["train"] * 120 + ["validation"] * 60)
SONGS = (RNG.normal(size=(180, 5)) + 4 * RNG.integers(3, size=180)[:, None]).astype(np.float32)
COUNTS = [2, 3, 4]
REFERENCE = build_reference([SONGS], SPLIT)
PART = REFERENCE.parts["validation"]
TRAIN, HELD = SONGS[SPLIT == "train"], SONGS[SPLIT == "validation"]


@pytest.fixture
def scores():
    return score(TRAIN, HELD, {"standard": PART}, {}, "genre", ["kmeans"], COUNTS)


def test_columns_of_every_count_are_those_of_their_scores(scores):
    nulls = null_dispersions(PART.points, COUNTS, 0)
    add_curves(scores.rows, scores.assignments, TRAIN, HELD, PART, nulls, 0)
    strengths = prediction_strengths(CLUSTERERS["kmeans"], TRAIN, HELD, COUNTS, 0)
    assert [row["prediction_strength"] for row in scores.rows] == list(strengths)
    assert [row["gap"] for row in scores.rows] == [
        gap(PART.points, clusters, null)
        for clusters, null in zip(scores.assignments, nulls, strict=True)
    ]
    assert all(np.isfinite(row["stability"]) for row in scores.rows)


def test_coherence_excess_is_that_of_the_view_least_above_chance(scores):
    chance = Chance(COUNTS, {"validation": {"standard": np.array([0.1, 0.2, 0.3])}})
    add_coherence_excess(scores.rows, chance, "validation")
    assert [row["coherence_excess"] for row in scores.rows] == pytest.approx(
        [row["coherence"] - level for row, level in zip(scores.rows, [0.1, 0.2, 0.3], strict=True)]
    )
