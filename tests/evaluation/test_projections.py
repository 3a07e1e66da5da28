"""Codes laid flat."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from evaluation.projections import MOST_SONGS, project


def clouds(n: int, width: int) -> np.ndarray:
    """Two clouds that lie apart."""
    random = np.random.default_rng(0)
    return random.normal(size=(n, width)) + 10 * (np.arange(n) % 2)[:, None]


def test_pca_is_that_of_the_codes() -> None:
    codes = clouds(40, 6)
    expected = PCA(2).fit_transform(codes)
    found = project(codes)["pca"]
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-8)


@pytest.mark.parametrize("width", [5, 600])
def test_neighbours_of_a_cloud_stay_together(width: int) -> None:
    points = project(clouds(60, width), with_umap=False)
    for flat in points.values():
        first, second = flat[::2], flat[1::2]
        within = np.ptp(first, axis=0).max() / 2
        assert np.linalg.norm(first.mean(axis=0) - second.mean(axis=0)) > within
    assert list(points) == ["pca", "tsne"]


@pytest.mark.parametrize(("n", "width"), [(1, 3), (2, 3), (5, 3), (40, 1), (40, 2)])
def test_few_songs_and_narrow_codes_have_at_least_one_map(n: int, width: int) -> None:
    points = project(clouds(n, width), with_umap=True)
    assert list(points) == ["pca"] and points["pca"].shape == (n, 2)


def test_codes_that_are_all_alike_are_one_point() -> None:
    points = project(np.ones((30, 4)), with_umap=True)
    assert list(points) == ["pca"] and not points["pca"].any()


def test_the_same_codes_give_the_same_maps() -> None:
    one, other = project(clouds(30, 4)), project(clouds(30, 4))
    assert all(np.array_equal(one[way], other[way]) for way in one)


def test_of_many_songs_pca_has_all_and_tsne_a_sample_always_the_same() -> None:
    codes = clouds(MOST_SONGS + 100, 4)
    one, other = project(codes), project(codes)
    assert np.isfinite(one["pca"]).all()
    laid = np.isfinite(one["tsne"]).all(axis=1)
    assert laid.sum() == MOST_SONGS
    np.testing.assert_array_equal(one["tsne"], other["tsne"])


def test_songs_that_coincide_become_a_disc_and_others_stay() -> None:
    codes = np.repeat(np.eye(3), [100, 1, 1], axis=0)
    points, expected = project(codes)["pca"], PCA(2).fit_transform(codes)
    assert len(np.unique(points.round(9), axis=0)) == 102
    extent = np.ptp(expected, axis=0).max()
    moved = np.linalg.norm(np.abs(points) - np.abs(expected), axis=1)
    assert moved[:100].max() <= 0.0201 * extent
    np.testing.assert_allclose(moved[100:], 0, atol=1e-8)
