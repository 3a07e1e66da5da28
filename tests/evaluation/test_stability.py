"""Stability and prediction strength: by hand, high for clusters, low for noise."""

import numpy as np
import pytest

from evaluation.clusterers import CLUSTERERS
from evaluation.stability import prediction_strength, prediction_strengths, stability

RNG = np.random.default_rng(9)
KMEANS = CLUSTERERS["kmeans"]
CLUSTERED = 6 * RNG.normal(size=(3, 4))[RNG.integers(3, size=300)] + RNG.normal(size=(300, 4))
NOISE = RNG.normal(size=(300, 4))


def test_prediction_strength_by_hand():
    clusters = np.array([0, 0, 0, 0, 1, 1, 1])
    predicted = np.array([5, 5, 5, 2, 2, 2, 2])
    # Cluster 0: 3 of 6 pairs stay together; cluster 1: all of 3.
    assert prediction_strength(clusters, predicted) == pytest.approx(0.5)
    assert prediction_strength(clusters, clusters) == 1


def test_a_cluster_of_one_song_predicts_nothing():
    assert prediction_strength(np.array([0, 0, 0, 1]), np.zeros(4, int)) == 0


@pytest.mark.parametrize("measure", [stability, prediction_strengths])
def test_true_clusters_come_back_and_noise_does_not(measure):
    (clusters,) = measure(KMEANS, CLUSTERED[:200], CLUSTERED[200:], [3], 0)
    (noise,) = measure(KMEANS, NOISE[:200], NOISE[200:], [6], 0)
    assert clusters > 0.95
    assert noise < 0.6


def test_a_seed_gives_the_same_stability_again():
    one, same = (stability(KMEANS, NOISE[:100], NOISE[100:], [2, 5], 3, refits=3) for _ in "ab")
    np.testing.assert_array_equal(one, same)
