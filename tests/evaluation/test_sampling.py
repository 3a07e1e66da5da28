"""The sample keeps every stratum at its share."""

import numpy as np

from evaluation.sampling import stratified_sample

STRATA = np.repeat([0, 1, 2], [700, 200, 100])


def test_every_stratum_keeps_its_share():
    sample = stratified_sample(STRATA, 100, seed=0)
    assert np.abs(np.bincount(STRATA[sample]) - [70, 20, 10]).max() <= 1
    assert len(np.unique(sample)) == 100


def test_the_seed_decides_the_sample():
    one, same, other = (stratified_sample(STRATA, 100, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_sample_of_all_songs_is_all_songs():
    np.testing.assert_array_equal(stratified_sample(STRATA, 1000, seed=0), np.arange(1000))
