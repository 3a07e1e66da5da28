"""Surrogates: the same mean and covariance, no clusters, and a zero for coherence."""

import numpy as np
import pytest

from evaluation.clusterers import CLUSTERERS
from evaluation.coherence import coherence
from evaluation.null_collections import (
    Chance,
    chance_coherence,
    gaussian_like,
    nothing_found,
    null_references,
)
from evaluation.reference import build_reference

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


def excess(songs, split=SPLIT):
    """Coherence of PCA + k-means at six clusters, above chance, of validation songs."""
    reference = build_reference([songs], split)
    part = reference.parts["validation"]
    clusters = CLUSTERERS["kmeans"].fit(reference.train[:, :8], 6).predict(part.points[:, :8])
    chance = chance_coherence({"standard": [songs]}, split, COUNTS, seed=0)
    return chance.excess({"standard": coherence(clusters, part)}, "validation", 6)


def test_clusters_are_found_above_chance():
    songs = 2 * RNG.normal(size=(6, 20))[RNG.integers(6, size=300)] + RNG.normal(size=(300, 20))
    assert excess(songs) > 0.3


def test_noise_is_at_chance():
    assert abs(excess(RNG.normal(size=(300, 20)))) < 0.15


def test_excess_is_the_mean_over_views_worked_by_hand():
    levels = {"standard": np.array([0.1, 0.4]), "power": np.array([0.0, 0.5])}
    chance = Chance([2, 6], {"validation": levels})
    by_view = {"standard": 0.9, "power": 0.8}
    assert chance.excess(by_view, "validation", 2) == pytest.approx(0.8)  # both 0.8
    assert chance.excess(by_view, "validation", 6) == pytest.approx(0.4)  # 0.5, 0.3
    assert chance.excess(by_view, "validation", 9) == pytest.approx(0.4)  # 6 is the nearest count


def test_chance_is_the_mean_over_null_collections_of_every_view_and_part():
    views = {"standard": [RNG.normal(size=(300, 20))], "power": [RNG.normal(size=(300, 4))]}
    split = np.where(np.arange(300) < 60, "test", SPLIT)
    chance = chance_coherence(views, split, COUNTS, seed=0, draws=3)
    assert {part: {*levels} for part, levels in chance.levels.items()} == {
        "validation": {*views},
        "test": {*views},
    }
    (reference,) = null_references(views["power"], split, seed=2, draws=1)  # the last of three
    part, codes = reference.parts["test"], reference.train
    clusters = CLUSTERERS["kmeans"].fit(codes, COUNTS[1]).predict(part.points)
    alone = chance_coherence({"power": views["power"]}, split, COUNTS, seed=2, draws=1)
    assert alone.levels["test"]["power"][1] == pytest.approx(coherence(clusters, part), abs=0.05)


def test_several_inputs_are_drawn_together():
    audio = RNG.normal(size=(300, 6))
    lyrics = audio[:, :2] + 0.1 * RNG.normal(size=(300, 2))
    (reference,) = null_references([audio, lyrics], SPLIT, seed=0, draws=1)
    # Lyrics that repeat the audio add next to no direction: six large components, two small.
    deviations = reference.train.std(axis=0)
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


def test_nothing_found_by_hand():
    null_collections = np.array(
        [1.0, 2.0, 3.0]
    )  # mean 2, sd 1; t(2) = 4.303; reach 4.303 * sqrt(4/3)
    assert nothing_found(6.9, null_collections)
    assert not nothing_found(7.0, null_collections)
