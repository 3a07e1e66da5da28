"""Hubness by hand: how often each song is a neighbour, and the skewness of that."""

import numpy as np
import pytest
from scipy.stats import skew

from evaluation.hubness import hubness


def test_songs_that_are_neighbours_equally_often_have_none():
    assert hubness(np.array([[1], [2], [3], [0]])) == 0


def test_a_hub_is_seen():
    neighbours = np.array([[4], [4], [4], [4], [0]])
    assert hubness(neighbours) == pytest.approx(skew([1, 0, 0, 0, 4]))
