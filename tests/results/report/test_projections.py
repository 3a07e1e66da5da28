"""Codes laid flat."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from results.report.projections import MOST_SONGS, flattened, sample


def clouds(n: int, width: int) -> np.ndarray:
    """Two clouds that lie apart."""
    random = np.random.default_rng(0)
    return random.normal(size=(n, width)) + 10 * (np.arange(n) % 2)[:, None]


def test_pca_is_that_of_the_codes() -> None:
    codes = clouds(40, 6)
    expected = PCA(2).fit_transform(codes)
    found = flattened(codes)["PCA"]
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-8)


@pytest.mark.parametrize("width", [5, 600])
def test_neighbours_of_a_cloud_stay_together(width: int) -> None:
    points = flattened(clouds(60, width), with_umap=False)
    for flat in points.values():
        first, second = flat[::2], flat[1::2]
        within = np.ptp(first, axis=0).max() / 2
        assert np.linalg.norm(first.mean(axis=0) - second.mean(axis=0)) > within
    assert list(points) == ["PCA", "t-SNE"]


@pytest.mark.parametrize(("n", "width"), [(1, 3), (2, 3), (5, 3), (40, 1), (40, 2)])
def test_few_songs_and_narrow_codes_have_at_least_one_map(n: int, width: int) -> None:
    points = flattened(clouds(n, width), with_umap=True)
    assert list(points) == ["PCA"] and points["PCA"].shape == (n, 2)


def test_codes_that_are_all_alike_are_one_point() -> None:
    points = flattened(np.ones((30, 4)), with_umap=True)
    assert list(points) == ["PCA"] and not points["PCA"].any()


def test_the_same_codes_give_the_same_maps() -> None:
    one, other = flattened(clouds(30, 4)), flattened(clouds(30, 4))
    assert all(np.array_equal(one[way], other[way]) for way in one)


def test_of_many_songs_a_sample_is_drawn_always_the_same() -> None:
    rows = sample(5 * MOST_SONGS)
    assert len(set(rows)) == MOST_SONGS and (np.diff(rows) > 0).all()
    assert np.array_equal(rows, sample(5 * MOST_SONGS))
    assert np.array_equal(sample(10), np.arange(10))
