"""The promises of every clusterer, kept by one suite."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from evaluation.assignment import from_arrays, to_arrays
from evaluation.clusterers import CLUSTERERS, Fitted

RNG = np.random.default_rng(0)
TRUTH = RNG.integers(3, size=260)
CODES = 8 * RNG.normal(size=(3, 4))[TRUTH] + RNG.normal(size=(260, 4))
TRAIN, NEW = CODES[:200], CODES[200:]
COUNTED = [name for name, clusterer in CLUSTERERS.items() if clusterer.takes_count]


@pytest.fixture(params=list(CLUSTERERS))
def clusterer(request):
    return CLUSTERERS[request.param]


def test_it_is_listed_under_its_own_name(clusterer):
    assert CLUSTERERS[clusterer.name] is clusterer


def test_well_separated_clusters_are_found_in_training_and_in_new_songs(clusterer):
    fitted = clusterer.fit(TRAIN, 3, seed=0)
    assert fitted.n_clusters_found == 3
    for clusters, truth in ((fitted.clusters, TRUTH[:200]), (fitted.predict(NEW), TRUTH[200:])):
        covered = clusters >= 0
        assert covered.mean() > 0.8
        assert adjusted_rand_score(truth[covered], clusters[covered]) > 0.95


def test_clusters_are_int32_and_noise_is_minus_one(clusterer):
    fitted = clusterer.fit(TRAIN, 5, seed=0)
    for clusters, songs in ((fitted.clusters, 200), (fitted.predict(NEW), 60)):
        assert clusters.shape == (songs,)
        assert clusters.dtype == np.int32
        assert clusters.min() >= -1


def test_the_seed_decides_the_result(clusterer):
    one, same = (clusterer.fit(TRAIN, 5, seed=7) for _ in range(2))
    np.testing.assert_array_equal(one.clusters, same.clusters)
    np.testing.assert_array_equal(one.predict(NEW), same.predict(NEW))


def test_a_range_of_counts_gives_what_each_count_gives_alone(clusterer):
    fits = clusterer.fit_counts(TRAIN, [2, 4, 7], seed=1)
    assert len(fits) == 3
    for count, fitted in zip([2, 4, 7], fits, strict=True):
        np.testing.assert_array_equal(
            fitted.clusters, clusterer.fit(TRAIN, count, seed=1).clusters
        )


@pytest.mark.parametrize("name", COUNTED)
def test_the_count_is_kept(name):
    for count, fitted in zip(
        [1, 3, 6], CLUSTERERS[name].fit_counts(TRAIN, [1, 3, 6]), strict=True
    ):
        assert fitted.n_clusters_found == count


def test_new_songs_are_assigned_one_by_one_as_all_together(clusterer):
    fitted = clusterer.fit(TRAIN, 3, seed=0)
    alone = np.concatenate([fitted.predict(code[None]) for code in NEW[:10]])
    np.testing.assert_array_equal(alone, fitted.predict(NEW)[:10])


def test_fewer_distinct_songs_than_clusters_give_fewer_clusters(clusterer):
    codes = np.repeat(np.array([[0.0, 0.0], [9.0, 0.0]]), 15, axis=0)
    fitted = clusterer.fit(codes, 12, seed=0)
    assert fitted.n_clusters_found <= 2
    assert len(fitted.predict(codes)) == 30


@pytest.mark.parametrize("codes", [np.zeros((40, 3)), np.arange(6.0).reshape(2, 3)])
def test_equal_codes_and_two_songs_are_no_exception(clusterer, codes):
    fitted = clusterer.fit(codes, 5, seed=0)
    assert fitted.predict(codes).shape == (len(codes),)


def test_float32_codes_serve(clusterer):
    fitted = clusterer.fit(TRAIN.astype(np.float32), 3, seed=0)
    assert fitted.predict(NEW.astype(np.float32)).dtype == np.int32


def test_it_comes_back_from_a_file_of_plain_arrays(clusterer, tmp_path):
    fitted = clusterer.fit(TRAIN, 3, seed=0)
    np.savez(tmp_path / "clusterer.npz", **to_arrays(fitted.rule))
    with np.load(tmp_path / "clusterer.npz", allow_pickle=False) as arrays:
        rule = from_arrays(arrays)
    loaded = Fitted(rule, fitted.clusters)
    np.testing.assert_array_equal(loaded.predict(NEW), fitted.predict(NEW))


@pytest.mark.parametrize(
    "codes", [np.full((9, 2), np.nan), np.zeros(9), np.zeros((0, 2)), np.zeros((1, 2))]
)
def test_codes_that_cannot_be_clustered_are_refused_in_a_sentence(clusterer, codes):
    with pytest.raises(ValueError, match=f"{clusterer.name}: codes of shape"):
        clusterer.fit(codes, 2)


@pytest.mark.parametrize("counts", [[0, 3], []])
def test_impossible_counts_are_refused_in_a_sentence(clusterer, counts):
    with pytest.raises(ValueError, match="must all be 1 or more"):
        clusterer.fit_counts(TRAIN, counts)


def test_arrays_of_something_else_are_no_clusterer():
    with pytest.raises(ValueError, match="hold no clustering rule"):
        from_arrays({"centres": np.zeros((2, 2))})
