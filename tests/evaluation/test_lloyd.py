"""Lloyd's algorithm, compiled, ends where scikit-learn's does."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from evaluation.kmeans import fit_kmeans
from evaluation.lloyd import TRIED, best_of

RNG = np.random.default_rng(3)
DIGITS = PCA(20, random_state=0).fit_transform(load_digits().data)
CODES = {
    "digits": DIGITS,
    "noise": RNG.normal(size=(500, 7)),
    "one dimension": RNG.normal(size=(300, 1)),
    "songs that are there twice": RNG.normal(size=(150, 3)).repeat(2, axis=0),
}


@pytest.mark.parametrize("codes", CODES.values(), ids=CODES)
@pytest.mark.parametrize("count", [1, 2, 9, 16])
def test_one_start_ends_at_scikit_learns_clusters(codes: np.ndarray, count: int) -> None:
    distinct = np.unique(codes, axis=0)
    start = distinct[RNG.choice(len(distinct), count, replace=False)]
    centres, clusters, inertia = best_of(codes, start[None])
    theirs = KMeans(count, init=start, n_init=1).fit(codes)
    assert inertia == pytest.approx(theirs.inertia_, rel=1e-9)
    np.testing.assert_array_equal(clusters, theirs.labels_)
    np.testing.assert_allclose(centres, theirs.cluster_centers_, atol=1e-9)


def test_the_start_that_is_tightest_after_some_iterations_goes_on() -> None:
    starts = np.stack([DIGITS[RNG.choice(len(DIGITS), 10, replace=False)] for _ in range(6)])
    tried = [best_of(DIGITS, start[None], iterations=TRIED)[2] for start in starts]
    alone = best_of(DIGITS, starts[None, np.argmin(tried)])
    assert best_of(DIGITS, starts)[2] == pytest.approx(alone[2], rel=1e-12)


@pytest.mark.parametrize("count", [6, 13])
def test_the_end_is_as_tight_as_scikit_learns_five_starts(count: int) -> None:
    """Over seeds, within what these differ by themselves."""
    theirs = [KMeans(count, n_init=5, random_state=seed).fit(DIGITS).inertia_ for seed in range(8)]
    own = [(fit_kmeans(DIGITS, [count], seed)[0]) for seed in range(8)]
    inertias = [((DIGITS - centres[clusters]) ** 2).sum() for centres, clusters in own]
    assert np.mean(inertias) <= np.mean(theirs) + 2 * np.std(theirs)


def test_inertia_is_that_of_the_clusters_and_centres() -> None:
    centres, clusters, inertia = best_of(DIGITS, DIGITS[None, :12])
    assert inertia == pytest.approx(((DIGITS - centres[clusters]) ** 2).sum())
    nearest = np.linalg.norm(DIGITS[:, None] - centres, axis=2).argmin(axis=1)
    np.testing.assert_array_equal(clusters, nearest)


def test_a_cluster_that_no_song_is_near_takes_the_song_that_is_furthest() -> None:
    codes = np.array([[0.0], [0.1], [0.2], [9.0]])
    _, clusters, inertia = best_of(codes, np.array([[[0.1], [-50.0]]]))
    assert clusters.tolist() == [0, 0, 0, 1]
    assert inertia == pytest.approx(0.02)


def test_songs_that_are_all_alike_are_one_cluster() -> None:
    codes = np.ones((20, 3))
    _, clusters, inertia = best_of(codes, np.ones((1, 4, 3)))
    assert set(clusters.tolist()) == {0}
    assert inertia == 0
