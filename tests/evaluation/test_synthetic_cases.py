"""Five synthetic cases: what each score makes of clusters, noise, collapse and an outlier."""

import numpy as np
import pytest

from evaluation.clusterers import CLUSTERERS
from evaluation.guards import failures, measured
from evaluation.nulls import null_excess, null_silhouettes
from evaluation.reference import build_reference
from evaluation.score import score
from evaluation.stability import prediction_strengths, stability

RNG = np.random.default_rng(14)
TRAIN, HELD_OUT = 900, 500
TRUTH = RNG.integers(10, size=TRAIN + HELD_OUT)
SPLIT = np.array(["train"] * TRAIN + ["validation"] * HELD_OUT)
SONGS = 1.35 * RNG.normal(size=(10, 16))[TRUTH] + RNG.normal(size=(len(TRUTH), 16))
REFERENCES = {"standard": build_reference([SONGS], SPLIT).parts["validation"]}
NOISE = RNG.normal(size=(len(TRUTH), 16))
OUTLIERS = np.where(np.arange(len(TRUTH)) % 450 == 7, 60.0, 0.0)[:, None]
KMEANS = CLUSTERERS["kmeans"]

CASES = {
    "ten true clusters": (SONGS, 10),
    "2-D noise": (NOISE[:, :2], 10),
    "collapsed noise": (NOISE[:, :2] * [1, 0.9], 10),
    "collapsed, some signal": (SONGS[:, :2], 10),
    "one outlier cluster": (NOISE + OUTLIERS, 2),
}


@pytest.fixture(scope="module")
def rows():
    def scored(codes, count):
        codes_train, codes = np.split(codes, [TRAIN])
        (row,) = score(
            codes_train, codes, REFERENCES, {"genre": TRUTH[TRAIN:].astype(str)}, "genre",
            ["kmeans"], [count],
        ).rows  # fmt: skip
        (null,) = null_silhouettes(codes_train, codes, [count], seed=0, draws=4)
        row["null_excess"] = null_excess(row["silhouette"], null)
        (row["stability"],) = stability(KMEANS, codes_train, codes, [count], seed=0, refits=6)
        strengths = prediction_strengths(KMEANS, codes_train, codes, [count], seed=0)
        (row["prediction_strength"],) = strengths
        return row

    return {name: scored(*case) for name, case in CASES.items()}


def test_silhouette_prefers_two_dimensional_noise_to_true_clusters(rows):
    assert rows["2-D noise"]["silhouette"] > rows["ten true clusters"]["silhouette"]
    assert rows["ten true clusters"]["ari"] > 0.85
    assert abs(rows["2-D noise"]["ari"]) < 0.05


def test_coherence_prefers_the_true_clusters_to_every_other_case(rows):
    best = rows["ten true clusters"]["coherence"]
    assert all(row["coherence"] < 0.6 * best for name, row in rows.items() if name[:3] != "ten")
    assert rows["2-D noise"]["coherence"] < 0.1 * best


@pytest.mark.parametrize("column", ["reference_silhouette", "null_excess", "prediction_strength"])
def test_scores_beside_the_silhouette_see_through_noise(rows, column):
    for noise in ("2-D noise", "collapsed noise"):
        assert rows[noise][column] < rows["ten true clusters"][column] - 0.1


def test_null_excess_of_noise_is_near_zero(rows):
    assert abs(rows["2-D noise"]["null_excess"]) < 0.05


def test_true_clusters_are_the_most_stable(rows):
    assert rows["ten true clusters"]["stability"] == max(r["stability"] for r in rows.values())


def test_the_outlier_case_fools_silhouette_and_fails_the_balance_guard(rows):
    outlier = rows["one outlier cluster"]
    assert outlier["silhouette"] == max(row["silhouette"] for row in rows.values())
    assert outlier["null_excess"] > 0.5
    assert [failure.guard for failure in failures(measured(outlier))] == ["balance"]
    assert failures(measured(rows["ten true clusters"])) == []
