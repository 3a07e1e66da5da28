"""Null excess and gap: by hand, and near zero where there is nothing."""

import numpy as np
import pytest

from evaluation import nulls
from evaluation.indices import silhouettes
from evaluation.kmeans import fit_kmeans
from evaluation.nulls import gap, log_dispersion, null_dispersions, null_excess, null_silhouettes

RNG = np.random.default_rng(8)


def test_null_excess_by_hand():
    np.testing.assert_allclose(null_excess([0.6, 0.2, 1.0], [0.2, 0.2, 0.2]), [0.5, 0, 1])


def test_noise_has_no_excess_over_its_null():
    noise = RNG.normal(size=(800, 2)) @ np.array([[3, 1], [0, 0.5]])
    null = null_silhouettes(noise[:500], noise[500:], [3, 8], seed=0, draws=5)
    clusters = [clusters for _, clusters in fit_kmeans(noise[500:], [3, 8], 0)]
    np.testing.assert_allclose(silhouettes(noise[500:], clusters), null, atol=0.04)


def test_fewer_null_codes_have_the_same_silhouettes(monkeypatch):
    noise = RNG.normal(size=(6_000, 4))
    every = null_silhouettes(noise[:4_000], noise[4_000:], [3, 8], seed=0, draws=4)
    monkeypatch.setattr(nulls, "MOST_CODES", 1_000)
    some = null_silhouettes(noise[:4_000], noise[4_000:], [3, 8], seed=0, draws=4)
    assert not np.array_equal(some, every)
    np.testing.assert_allclose(some, every, atol=0.02)


def test_log_dispersion_and_gap_by_hand():
    points = np.array([[0.0, 0.0], [2.0, 0.0], [5.0, 1.0], [5.0, 3.0]])
    clusters = np.array([0, 0, 1, 1])
    # Each song is 1 from its cluster's mean.
    assert log_dispersion(points, clusters) == pytest.approx(np.log(4))
    assert gap(points, clusters, null=np.log(8)) == pytest.approx(np.log(2))


def test_the_gap_is_largest_at_the_true_count():
    points = 6 * RNG.normal(size=(4, 3))[RNG.integers(4, size=200)] + RNG.normal(size=(200, 3))
    counts = range(2, 8)
    null = null_dispersions(points, counts, seed=0)
    fits = fit_kmeans(points, counts, 0)
    gaps = [gap(points, clusters, n) for (_, clusters), n in zip(fits, null, strict=True)]
    assert counts[int(np.argmax(gaps))] == 4


def test_a_seed_gives_the_same_null_again():
    codes = RNG.normal(size=(60, 3))
    for null in (null_silhouettes(codes, codes, [3], 5, 2), null_dispersions(codes, [3], 5, 2)):
        assert null.shape == (1,)
    np.testing.assert_array_equal(
        null_silhouettes(codes, codes, [3], 5, 2), null_silhouettes(codes, codes, [3], 5, 2)
    )
