"""Label scores: scikit-learn's values, purity by hand, unknown labels left out."""

import numpy as np
import pytest
from scipy.stats import entropy
from sklearn import metrics
from sklearn.metrics.cluster import contingency_matrix

from evaluation.external import LABEL_SCORES, label_scores, rand_index

RNG = np.random.default_rng(1)


@pytest.mark.parametrize("classes", [2, 5, 40])
def test_ari_nmi_and_ami_equal_scikit_learn(classes):
    truth = RNG.integers(classes, size=200).astype(str)
    clusters = np.where(RNG.random(200) < 0.4, RNG.integers(-1, 6, 200), truth.astype(int) % 6)
    scores = label_scores(clusters, truth)
    assert scores["ari"] == pytest.approx(metrics.adjusted_rand_score(truth, clusters))
    assert scores["nmi"] == pytest.approx(metrics.normalized_mutual_info_score(truth, clusters))
    assert scores["ami"] == pytest.approx(metrics.adjusted_mutual_info_score(truth, clusters))


def test_purity_stands_beside_its_floor():
    clusters = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 2])
    truth = np.array(list("aababbaaaa"))
    # Most common: a a (2 of 3), b b (2 of 3), a a a a (4 of 4); a is 7 of 10 songs.
    scores = label_scores(clusters, truth)
    assert scores["purity"] == pytest.approx(8 / 10)
    assert scores["purity_floor"] == pytest.approx(7 / 10)


def test_songs_of_unknown_label_are_left_out():
    clusters = RNG.integers(3, size=60)
    truth = RNG.integers(3, size=60).astype(str)
    unknown = np.concatenate([truth, [""] * 40])
    assert label_scores(np.concatenate([clusters, np.arange(40)]), unknown) == label_scores(
        clusters, truth
    )


@pytest.mark.parametrize("truth", [["", "", ""], ["a", "a", ""], ["a", "a", "a"]])
def test_fewer_than_two_known_labels_cannot_be_scored(truth):
    assert label_scores(np.arange(3), np.array(truth)) == dict.fromkeys(LABEL_SCORES)


def test_equal_partitions_score_one_and_one_cluster_scores_zero():
    truth = np.array(list("aabbcc"))
    assert [
        label_scores(np.array([3, 3, 1, 1, 0, 0]), truth)[s] for s in ("ari", "nmi", "ami")
    ] == [
        1.0,
        1.0,
        1.0,
    ]
    one = label_scores(np.zeros(6, int), truth)
    assert (one["ari"], one["nmi"]) == (0.0, 0.0)
    assert one["ami"] == pytest.approx(0, abs=1e-12)


def test_rand_index_takes_a_stack_of_tables():
    tables = RNG.integers(1, 9, size=(4, 3, 5))
    assert rand_index(tables) == pytest.approx([float(rand_index(table)) for table in tables])


def test_contingency_and_entropy_by_hand():
    counts = contingency_matrix(np.array([-1, -1, 4, 4]), np.array(list("xyyy")))
    assert counts.tolist() == [[1, 1], [0, 2]]
    assert entropy(counts.sum(axis=1)) == pytest.approx(np.log(2))
    assert entropy(counts, axis=None) == pytest.approx(0.5 * np.log(4) + 0.5 * np.log(2))
