"""What reducers promise: fitted on training codes, the same each time, each song by itself."""

import subprocess
import sys

import numpy as np
import pytest

from evaluation.reducers import FEWEST_CODES, REDUCERS, Neighbourhood, restore

UMAP = REDUCERS["umap"]


def islands(count, seed):
    """Codes (count, 4) in three islands, and the island of each."""
    rng = np.random.default_rng(seed)
    island = rng.integers(3, size=count)
    return (20 * np.eye(4)[island] + rng.normal(size=(count, 4))).astype(np.float32), island


TRAIN, HOME = islands(90, 0)
NEW, NEW_HOME = islands(40, 1)


@pytest.fixture(scope="module")
def fitted():
    return UMAP.fit(TRAIN, seed=3)


def test_no_head_leaves_codes_as_they_are():
    fitted = REDUCERS["none"].fit(TRAIN, 0)
    assert fitted.embedding is TRAIN and fitted.transform(NEW) is NEW
    assert restore(fitted.arrays()).transform(NEW) is NEW


def test_only_scores_in_the_space_of_codes_are_comparable():
    assert {name: reducer.comparable for name, reducer in REDUCERS.items()} == {
        "none": True,
        "umap": False,
    }


def test_new_codes_join_their_island(fitted):
    assert fitted.embedding.shape == (90, 5)
    centres = np.stack([fitted.embedding[island == HOME].mean(axis=0) for island in range(3)])
    places = fitted.transform(NEW)
    assert places.shape == (40, 5) and places.dtype == np.float32
    nearest = np.square(places[:, None] - centres).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearest, NEW_HOME)


def test_training_codes_and_seed_are_enough_to_save(fitted):
    again = UMAP.fit(TRAIN.copy(), seed=3)
    np.testing.assert_array_equal(again.embedding, fitted.embedding)
    np.testing.assert_array_equal(again.transform(NEW), fitted.transform(NEW))
    assert np.abs(UMAP.fit(TRAIN, seed=4).embedding - fitted.embedding).max() > 0.01


def test_its_arrays_are_enough_to_save_without_fitting_again(fitted):
    arrays = fitted.arrays()
    assert {values.dtype.kind for values in arrays.values()} == {"f"}
    np.testing.assert_array_equal(restore(arrays).transform(NEW), fitted.transform(NEW))


def test_training_codes_stay_where_they_are_even_if_encoded_a_little_otherwise(fitted):
    np.testing.assert_allclose(fitted.transform(TRAIN), fitted.embedding, atol=1e-4)
    np.testing.assert_allclose(fitted.transform(TRAIN * (1 + 1e-6)), fitted.embedding, atol=1e-3)


def test_where_a_code_goes_does_not_depend_on_the_codes_beside_it(fitted):
    alone = np.concatenate([fitted.transform(code[None]) for code in NEW])
    np.testing.assert_allclose(fitted.transform(NEW), alone, atol=1e-4)


def test_a_code_between_two_clusters_goes_to_the_nearer_and_not_between_them():
    codes = np.linspace(0, 1, 10)[:, None]
    embedding = np.where(codes < 0.45, 0.0, 30.0)
    placed = Neighbourhood(codes, embedding).transform(np.array([[0.3], [0.7]]))
    np.testing.assert_allclose(placed, [[0], [30]], atol=0.05)


@pytest.mark.parametrize("count", [FEWEST_CODES, 15, 21])
def test_collections_smaller_than_a_neighbourhood_are_embedded(count):
    fitted = UMAP.fit(TRAIN[:count], 0)
    assert fitted.embedding.shape == (count, 5)
    assert np.isfinite(fitted.transform(NEW)).all()


def test_a_handful_of_songs_is_refused():
    with pytest.raises(
        ValueError, match='UMAP takes 7 training songs or more, not 6: use .*"none"'
    ):
        UMAP.fit(TRAIN[: FEWEST_CODES - 1], 0)


@pytest.mark.parametrize("codes", [np.zeros((40, 3), np.float32), np.repeat(TRAIN[:4], 10, 0)])
def test_collapsed_codes_give_finite_places(codes):
    fitted = UMAP.fit(codes, 0)
    assert np.isfinite(fitted.embedding).all()
    assert np.isfinite(fitted.transform(codes)).all()


def test_neither_umap_nor_tensorflow_is_loaded_unasked(fitted):
    assert "umap.umap_" in sys.modules and "umap.parametric_umap" not in sys.modules
    code = "import evaluation.reducers, sys; assert not {'umap', 'numba'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
