"""Effective rank and total correlation: closed forms."""

import numpy as np
import pytest

from evaluation.latent import effective_rank, total_correlation

RNG = np.random.default_rng(10)


def test_effective_rank_of_even_and_flat_clouds():
    corners = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]], float)
    assert effective_rank(corners) == pytest.approx(2)
    assert effective_rank(corners[:2]) == pytest.approx(1)
    assert effective_rank(np.ones((5, 3))) == 0


def test_effective_rank_of_uneven_shares_by_hand():
    codes = np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
    shares = np.array([0.9, 0.1])
    assert effective_rank(codes) == pytest.approx(np.exp(-(shares * np.log(shares)).sum()))


def test_total_correlation_of_two_dimensions_is_that_of_their_correlation():
    codes = RNG.normal(size=(500, 2)) @ np.array([[1, 0.7], [0, 1]]) * [1, 1000]
    r = np.corrcoef(codes.T)[0, 1]
    assert total_correlation(codes) == pytest.approx(-0.5 * np.log(1 - r**2))


def test_a_dead_dimension_adds_no_total_correlation():
    codes = RNG.normal(size=(100, 3))
    dead = np.column_stack([codes, np.full(100, 2.0)])
    assert total_correlation(dead) == pytest.approx(total_correlation(codes))
    assert total_correlation(np.zeros((10, 2))) == 0


def test_singular_codes_have_no_total_correlation():
    codes = RNG.normal(size=(100, 2))
    assert total_correlation(np.column_stack([codes, codes.sum(axis=1)])) is None
    assert total_correlation(RNG.normal(size=(4, 9))) is None
