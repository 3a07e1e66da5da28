"""Surrogates: the same mean and covariance, no clusters, and a zero for coherence."""

import numpy as np
import pytest

from evaluation.clusterers import CLUSTERERS
from evaluation.null_collections import (
    coherence_excess,
    gaussian_like,
    nothing_found,
    null_coherence,
    null_references,
)
from evaluation.reference import build_reference, coherence

RNG = np.random.default_rng(11)
SPLIT = np.array(["train"] * 200 + ["validation"] * 100)
COUNTS = [3, 6]


@pytest.mark.parametrize("width", [3, 60])
def test_a_null_collection_has_the_mean_and_covariance_of_the_songs(width):
    songs = RNG.normal(size=(40, width)) @ RNG.normal(size=(width, width)) + 5
    draws = gaussian_like(songs, 40_000, seed=0)
    scale = np.sqrt(np.trace(np.cov(songs.T)))
    np.testing.assert_allclose(draws.mean(axis=0), songs.mean(axis=0), atol=0.02 * scale)
    np.testing.assert_allclose(np.cov(draws.T), np.cov(songs.T), atol=0.02 * scale**2)


def test_a_null_collection_keeps_the_type_and_follows_the_seed():
    songs = RNG.normal(size=(50, 4)).astype(np.float32)
    assert gaussian_like(songs, 10, 0).dtype == np.float32
    np.testing.assert_array_equal(gaussian_like(songs, 10, 1), gaussian_like(songs, 10, 1))
    assert not np.array_equal(gaussian_like(songs, 10, 1), gaussian_like(songs, 10, 2))


def winner(songs):
    """Coherence of PCA + k-means at six clusters, and of the null collections."""
    reference = build_reference([songs], SPLIT)
    part = reference.parts["validation"]
    clusters = CLUSTERERS["kmeans"].fit(reference.train[:, :8], 6).predict(part.points[:, :8])
    value = coherence(clusters, part.neighbours, part.neighbours_whitened)
    null_collections = null_references([songs], SPLIT, seed=0)
    return value, null_coherence(null_collections, 8, COUNTS, seed=0)[:, 1]


def test_clusters_are_found_above_the_null_collections():
    songs = 2 * RNG.normal(size=(6, 20))[RNG.integers(6, size=300)] + RNG.normal(size=(300, 20))
    value, null_collections = winner(songs)
    assert coherence_excess(value, null_collections) > 0.3
    assert not nothing_found(value, null_collections)


def test_noise_is_nothing_found():
    value, null_collections = winner(RNG.normal(size=(300, 20)))
    assert abs(coherence_excess(value, null_collections)) < 0.15
    assert nothing_found(value, null_collections)


def test_several_inputs_are_drawn_together():
    audio = RNG.normal(size=(300, 6))
    lyrics = audio[:, :2] + 0.1 * RNG.normal(size=(300, 2))
    references = null_references([audio, lyrics], SPLIT, seed=0, draws=2)
    assert null_coherence(references, 4, COUNTS, seed=0).shape == (2, 2)
    # Lyrics that repeat the audio add next to no direction: six large components, two small.
    deviations = references[0].train.std(axis=0)
    assert deviations[5] > 3 * deviations[6]


@pytest.mark.parametrize("width", [30, 400])
def test_null_collections_have_the_spectrum_of_songs_drawn_whole(width):
    """Drawn along principal axes and drawn as songs: one reference space but for a rotation."""
    songs = RNG.normal(size=(300, width)) * np.geomspace(10, 1, width)
    drawn = gaussian_like(songs[:200], 300, seed=0)
    whole = build_reference([drawn], SPLIT)
    along = null_references([songs], SPLIT, seed=0, draws=3)
    deviations = np.mean([reference.train.std(axis=0)[:10] for reference in along], axis=0)
    np.testing.assert_allclose(deviations, whole.train.std(axis=0)[:10], rtol=0.2)


def test_no_draws_are_no_null_collections():
    assert null_references([RNG.normal(size=(300, 6))], SPLIT, seed=0, draws=0) == []


def test_nothing_found_by_hand():
    null_collections = np.array(
        [1.0, 2.0, 3.0]
    )  # mean 2, sd 1; t(2) = 4.303; reach 4.303 * sqrt(4/3)
    assert nothing_found(6.9, null_collections)
    assert not nothing_found(7.0, null_collections)
    assert coherence_excess(2.5, null_collections) == pytest.approx(0.5)
