"""Agglomerative clustering: scikit-learn's partition from one tree, a sample above a size."""

import numpy as np
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from evaluation import ward
from evaluation.clusterers import CLUSTERERS

RNG = np.random.default_rng(5)
TRUTH = RNG.integers(5, size=300)
CODES = 5 * RNG.normal(size=(5, 4))[TRUTH] + RNG.normal(size=(300, 4))
AGGLOMERATIVE = CLUSTERERS["agglomerative"]


def test_every_count_equals_scikit_learns_ward():
    for count, fitted in zip([2, 5, 9], AGGLOMERATIVE.fit_counts(CODES, [2, 5, 9]), strict=True):
        theirs = AgglomerativeClustering(count).fit_predict(CODES)
        assert adjusted_rand_score(theirs, fitted.clusters) == 1


def test_new_codes_go_to_the_nearest_centroid():
    fitted = AGGLOMERATIVE.fit(CODES, 5)
    means = [CODES[fitted.clusters == c].mean(axis=0) for c in range(5)]
    np.testing.assert_allclose(fitted.centres, means)
    np.testing.assert_array_equal(fitted.predict(np.array(means)), np.arange(5))


def test_a_large_collection_is_clustered_from_a_sample(monkeypatch):
    monkeypatch.setattr(ward, "MOST_SONGS", 100)
    fitted = AGGLOMERATIVE.fit(CODES, 5, seed=1)
    assert len(fitted.clusters) == 300
    assert adjusted_rand_score(TRUTH, fitted.clusters) > 0.9
