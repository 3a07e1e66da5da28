"""K-means over shared starts is as good as scikit-learn's own."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits

from evaluation import kmeans
from evaluation.clusterers import CLUSTERERS

DIGITS = load_digits().data[:500]
KMEANS = CLUSTERERS["kmeans"]
COUNTS = [2, 4, 6, 8, 10, 13]


def inertia(fitted):
    return ((DIGITS - fitted.centres[fitted.clusters]) ** 2).sum()


@pytest.fixture(scope="module")
def scikit_learns():
    return [KMeans(count, n_init=10, random_state=0).fit(DIGITS).inertia_ for count in COUNTS]


@pytest.mark.parametrize(("start_songs", "loss"), [(2_000, 0.005), (250, 0.02)])
def test_shared_starts_lose_no_quality(start_songs, loss, scikit_learns, monkeypatch):
    monkeypatch.setattr(kmeans, "START_SONGS", start_songs)
    own = [inertia(fitted) for fitted in KMEANS.fit_counts(DIGITS, COUNTS, 0)]
    assert np.mean(np.array(own) / scikit_learns) < 1 + loss


def test_a_count_gets_the_same_centres_alone_as_within_a_range():
    within = KMEANS.fit_counts(DIGITS, [3, 7, 12], 5)[1]
    np.testing.assert_array_equal(within.centres, KMEANS.fit(DIGITS, 7, 5).centres)


def test_more_clusters_than_distinct_codes_finds_what_there_is():
    codes = np.repeat(np.array([[0.0, 0.0], [5.0, 5.0], [9.0, 0.0]]), 20, axis=0)
    fitted = KMEANS.fit(codes, 8)
    assert fitted.n_clusters_found == 3
    assert len(set(fitted.predict(codes))) == 3


@pytest.mark.parametrize("far", [0.0, 1e6])
def test_prediction_gives_the_nearest_centre_wherever_the_codes_lie(far):
    fitted = KMEANS.fit(DIGITS + far, 10)
    nearest = np.linalg.norm(DIGITS[:, None] + far - fitted.centres, axis=2).argmin(axis=1)
    np.testing.assert_array_equal(fitted.predict(DIGITS + far), nearest)


def test_more_dimensions_than_songs_change_nothing_but_rounding():
    directions = np.linalg.qr(np.random.default_rng(0).normal(size=(900, 64)))[0]
    narrow, wide = DIGITS[:60], DIGITS[:60] @ directions.T
    fitted, again = KMEANS.fit(narrow, 5, 1), KMEANS.fit(wide, 5, 1)
    np.testing.assert_array_equal(fitted.clusters, again.clusters)
    np.testing.assert_allclose(again.centres, fitted.centres @ directions.T, atol=1e-8)
