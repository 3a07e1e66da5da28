"""Agreement between partitions: scikit-learn's index, all pairs at once."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from evaluation.agreement import mean_agreement, pairwise_ari, seed_stability

RNG = np.random.default_rng(7)
PARTITIONS = np.stack([RNG.integers(-1, count, size=80) for count in (2, 3, 5, 5, 9)])


def test_every_pair_equals_scikit_learn():
    expected = [[adjusted_rand_score(a, b) for b in PARTITIONS] for a in PARTITIONS]
    np.testing.assert_allclose(pairwise_ari(PARTITIONS), expected, atol=1e-12)


def test_consensus_is_the_mean_agreement_with_the_others():
    a = np.array([0, 0, 1, 1])
    b = np.array([1, 1, 0, 0])  # equal to a
    c = np.array([0, 1, 0, 1])  # across: each pair of a is parted, ARI = -1/2
    np.testing.assert_allclose(mean_agreement(np.stack([a, b, c])), [0.25, 0.25, -0.5])
    assert seed_stability(np.stack([a, b, c])) == pytest.approx(0)


def test_a_single_partition_agrees_with_none():
    assert np.isnan(mean_agreement(PARTITIONS[:1])).all()
    assert np.isnan(seed_stability(PARTITIONS[:1]))
