"""One row per clusterer and count, equal to scikit-learn, blind to the labels."""

import json
import math

import numpy as np
import pytest
from sklearn import metrics
from sklearn.decomposition import PCA

from evaluation.external import LABEL_SCORES
from evaluation.guards import failures, measured
from evaluation.reference import build_reference
from evaluation.score import OwnClusters, balance, score, smallest_share

RNG = np.random.default_rng(3)
GENRE = RNG.integers(4, size=240)
SONGS = 2 * RNG.normal(size=(4, 20))[GENRE] + RNG.normal(size=(240, 20))
SPLIT = np.array(["train"] * 140 + ["validation"] * 60 + ["test"] * 40)
REFERENCE = build_reference([SONGS], SPLIT).parts["validation"]
ENCODER = PCA(5).fit(SONGS[:140])
TRAIN, CODES = ENCODER.transform(SONGS[:140]), ENCODER.transform(SONGS[140:200])
LABELS = {
    "genre": GENRE[140:200].astype(str),
    "language": np.where(GENRE[140:200] < 2, "en", "bn"),
    "mood": np.full(60, ""),
}
EVERY = ["kmeans", "gaussian_mixture", "agglomerative", "dbscan", "hdbscan"]


def run(**changes):
    arguments = {
        "codes_train": TRAIN,
        "codes": CODES,
        "references": {"standard": REFERENCE},
        "labels": LABELS,
        "primary": "genre",
        "clusterers": ["kmeans"],
        "counts": range(2, 7),
    }
    return score(**(arguments | changes))


def test_saved_codes_and_assignments_give_the_same_scores_in_scikit_learn():
    scores = run(clusterers=EVERY)
    for row, clusters in zip(scores.rows, scores.assignments, strict=True):
        if len(set(clusters)) < 2:
            continue
        assert row["silhouette"] == pytest.approx(metrics.silhouette_score(CODES, clusters))
        assert row["reference_silhouette"] == pytest.approx(
            metrics.silhouette_score(REFERENCE.points, clusters)
        )
        assert row["davies_bouldin"] == pytest.approx(
            metrics.davies_bouldin_score(CODES, clusters)
        )
        assert row["calinski_harabasz"] == pytest.approx(
            metrics.calinski_harabasz_score(CODES, clusters)
        )
        assert row["ari"] == pytest.approx(metrics.adjusted_rand_score(LABELS["genre"], clusters))
        assert row["ari_language"] == pytest.approx(
            metrics.adjusted_rand_score(LABELS["language"], clusters)
        )


def test_a_row_for_every_clusterer_and_count_and_one_where_the_count_is_found():
    scores = run(clusterers=EVERY)
    counted = [
        (r["clusterer"], r["n_clusters"]) for r in scores.rows if r["clusterer"] in EVERY[:3]
    ]
    assert counted == [(name, count) for name in EVERY[:3] for count in range(2, 7)]
    found = [r for r in scores.rows if r["clusterer"] in EVERY[3:]]
    assert [r["clusterer"] for r in found] == EVERY[3:]
    assert all(r["n_clusters"] == r["n_clusters_found"] for r in found)
    assert scores.assignments.shape == (len(scores.rows), 60)
    assert scores.assignments.dtype == np.int32


def test_numbers_are_python_numbers_or_none_and_never_nan():
    scores = run(clusterers=EVERY, counts=[1, 2, 200])
    json.dumps(scores.rows, allow_nan=False)
    assert {type(value) for row in scores.rows for value in row.values()} <= {
        str, int, float, type(None),
    }  # fmt: skip
    one_cluster = scores.rows[0]
    assert one_cluster["silhouette"] is None
    assert one_cluster["coherence"] == 0
    assert "finite" in {failure.guard for failure in failures(measured(one_cluster))}


def test_labels_influence_nothing_but_their_own_scores():
    shuffled = {name: RNG.permutation(labels) for name, labels in LABELS.items()}
    one, other = run(clusterers=EVERY), run(clusterers=EVERY, labels=shuffled)
    none = run(clusterers=EVERY, labels={})
    np.testing.assert_array_equal(one.assignments, other.assignments)
    for row, changed, bare in zip(one.rows, other.rows, none.rows, strict=True):
        assert {name: row[name] for name in bare} == bare
        assert {name: changed[name] for name in bare} == bare
        assert {name for name in row if name not in bare} == {
            f"{column}{suffix}" for column in LABEL_SCORES for suffix in ("", "_language", "_mood")
        }


def test_an_unlabelled_column_is_none():
    assert run().rows[0]["ami_mood"] is None


def test_collapsed_codes_are_scored_without_an_exception():
    scores = run(codes_train=np.zeros((140, 2)), codes=np.zeros((60, 2)), clusterers=EVERY)
    assert all(failures(measured(row)) for row in scores.rows)


@pytest.mark.parametrize("broken", ["codes_train", "codes"])
def test_nan_in_codes_is_refused_in_a_sentence(broken):
    codes = {"codes_train": TRAIN.copy(), "codes": CODES.copy()}
    codes[broken][3, 1] = math.nan
    with pytest.raises(ValueError, match="codes"):
        run(**codes)


def test_codes_of_another_split_are_refused():
    with pytest.raises(ValueError, match="59 codes but 60 songs"):
        run(codes=CODES[1:])


def test_balance_and_smallest_share_by_hand():
    even, outlier = np.repeat([0, 1, 2, 3], 5), np.array([0] * 1999 + [1])
    assert balance(even, 4) == pytest.approx(1)
    assert balance(even, 8) == pytest.approx(0.5)
    assert balance(outlier, 2) == pytest.approx(0.5, abs=0.005)
    assert balance(np.array([-1, -1, 0, 0]), 1) == pytest.approx(1)
    assert smallest_share(outlier) == 1 / 2000
    assert smallest_share(np.array([-1, 0, 0, 0])) == 0.75
    assert smallest_share(np.full(3, -1)) == 0


def test_clusters_of_the_encoders_own_are_scored_as_they_are():
    own = OwnClusters(5, clusters=np.arange(140) % 3, scored=np.arange(60) % 3)
    row = run(clusterers=["kmeans"], counts=[4], own=own).rows[-1]
    assert (row["clusterer"], row["n_clusters"], row["n_clusters_found"]) == ("own", 5, 3)
    assert row["balance"] == pytest.approx(3 / 5, rel=1e-3)
