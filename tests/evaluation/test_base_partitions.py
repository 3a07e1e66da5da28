"""Base partitions: half, as many and twice as many clusters, and the same from plain arrays."""

import numpy as np
import pytest

from evaluation.base_partitions import BasePartitions, base_counts, restore
from evaluation.clusterers import CLUSTERERS

CODES = np.random.default_rng(0).normal(size=(120, 3))


def test_counts_worked_by_hand() -> None:
    assert base_counts(2) == [2, 4]  # not one
    assert base_counts(5) == [2, 5, 10]
    assert base_counts(16) == [8, 16, 32]


def test_they_are_k_means_at_every_base_count() -> None:
    bases = BasePartitions.fit(CODES, [4, 6], seed=3)
    assert [*bases.centres] == [2, 3, 4, 6, 8, 12]
    found = bases.assign(CODES, base_counts(6))
    expected = [CLUSTERERS["kmeans"].fit(CODES, count, 3).predict(CODES) for count in (3, 6, 12)]
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.int16 and bases.assign(CODES).shape == (6, 120)


def test_plain_arrays_bring_them_back() -> None:
    bases = BasePartitions.fit(CODES, [4], seed=0)
    np.testing.assert_array_equal(restore(bases.arrays()).assign(CODES), bases.assign(CODES))


@pytest.mark.parametrize(
    "arrays",
    [
        {"two": np.zeros((2, 3))},
        {"1": np.zeros((1, 3))},
        {"9999999": np.zeros((2, 3))},
        {"2": np.zeros(3)},
        {"2": np.full((2, 3), np.nan)},
        {"2": np.array([["a"]])},
    ],
)
def test_what_no_search_saved_is_refused(arrays: dict[str, np.ndarray]) -> None:
    with pytest.raises(ValueError, match="no count|centres"):
        restore(arrays)
