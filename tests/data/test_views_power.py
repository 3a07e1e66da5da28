"""The power view, held against scikit-learn, and against features no one would wish for."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import PowerTransformer

from data import power, views


@pytest.fixture(scope="module")
def skewed() -> np.ndarray:
    """Songs of six features that hang together and are skewed to either side."""
    normal = np.random.default_rng(0).normal(size=(900, 6)) @ np.diag([3, 2, 1, 1, 0.5, 0.5])
    mixed = normal @ np.random.default_rng(1).normal(size=(6, 6)) / 3
    return np.concatenate([np.exp(mixed[:, :3]), -np.exp(mixed[:, 3:])], axis=1).astype("float32")


def test_power_is_a_power_transform_then_half_whitened_components(skewed):
    low, middle, high = np.percentile(skewed.astype(np.float64), (25, 50, 75), axis=0)
    scaled = ((skewed - middle) / ((high - low) / power.NORMAL_QUARTILES)).clip(-10, 10)
    normal = PowerTransformer(method="yeo-johnson").fit_transform(scaled).clip(-2.5, 2.5)
    model = PCA().fit(normal)
    expected = model.transform(normal) / model.explained_variance_**0.25
    shown = views.fit("power", skewed).apply(skewed)
    signs = np.sign((shown * expected).sum(axis=0))
    np.testing.assert_allclose(shown * signs, expected / expected.std(), atol=0.01)


def test_units_do_not_matter(skewed):
    units = np.array([1e-6, 1, 1e6, 1, 7, 0.1], np.float32)
    one, other = (views.fit("power", songs).apply(songs) for songs in (skewed, skewed * units))
    np.testing.assert_allclose(other, one, atol=2e-3)


def test_one_corrupt_song_leaves_the_others_as_they_were(skewed):
    corrupt = skewed.copy()
    corrupt[0, 0] = 1e9
    before, after = (views.fit("power", songs).apply(skewed[1:]) for songs in (skewed, corrupt))
    for component in range(6):
        assert abs(np.corrcoef(before[:, component], after[:, component])[0, 1]) > 0.99


def test_features_no_one_would_wish_for_give_finite_components_without_a_warning():
    rng = np.random.default_rng(0)
    columns = [
        np.full(200, 0.1),
        np.r_[1e9, np.zeros(199)],
        rng.integers(2, size=200),
        1 + 1e-3 * rng.integers(2, size=200),
        rng.lognormal(0, 8, 200),
        -rng.lognormal(0, 8, 200),
        1e-20 * rng.normal(size=200),
        1e20 * rng.normal(size=200),
    ]
    songs = np.stack(columns, axis=1).astype(np.float32)
    view = views.fit("power", songs[:150])
    shown = view.apply(songs)
    assert shown.shape == (200, 8) and np.isfinite(shown).all()
    assert np.abs(view.apply(songs * 1e5)).max() < 50


def test_maps_share_one_power_per_mel_bin():
    maps = np.random.default_rng(0).normal(size=(80, 3, 20)).astype(np.float32)
    maps[:, 1] = np.exp(maps[:, 1])
    view = views.fit("power", maps)
    assert view.arrays["power"].shape == (3, 1)
    plain, skewed, _ = view.arrays["power"].ravel()
    assert skewed < 0.5 < plain < 1.5
    assert view.apply(maps).shape == (80, 32)


def test_components_that_few_songs_do_not_have_are_zero():
    songs = np.random.default_rng(0).normal(size=(12, 40)).astype(np.float32)
    shown = views.fit("power", songs).apply(songs)
    assert shown.shape == (12, 32)
    np.testing.assert_array_equal(shown.any(axis=0), np.arange(32) < 11)
    np.testing.assert_allclose(shown[:, :11].std(), 1, rtol=0.06)


def test_a_large_collection_is_fitted_on_a_sample(skewed, monkeypatch):
    whole = views.fit("power", skewed).apply(skewed)
    monkeypatch.setattr(power, "VALUES_FITTED", 600 * 6)
    view = views.fit("power", skewed)
    assert abs(np.corrcoef(whole[:, 0], view.apply(skewed)[:, 0])[0, 1]) > 0.99
    np.testing.assert_array_equal(views.fit("power", skewed).apply(skewed), view.apply(skewed))
