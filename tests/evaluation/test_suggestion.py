"""The suggested count, and the range that does about as well."""

import numpy as np

from evaluation.suggestion import Suggestion, suggest

COUNTS = [2, 4, 6, 8, 10]


def test_one_curve_gives_its_peak_and_the_counts_close_to_it():
    assert suggest(COUNTS, np.array([0.0, 0.5, 0.97, 1.0, 0.8])) == Suggestion(8, 6, 8)


def test_repeats_widen_the_range_by_their_scatter():
    steady = np.array([[0.1, 0.5, 0.9, 1.0, 0.4], [0.1, 0.5, 0.9, 1.0, 0.4]])
    assert suggest(COUNTS, steady) == Suggestion(8, 8, 8)
    scattered = np.array([[0.1, 0.5, 1.2, 1.0, 0.4], [0.1, 0.5, 0.7, 1.0, 0.4]])
    assert suggest(COUNTS, scattered) == Suggestion(8, 6, 8)


def test_the_range_stops_at_the_first_worse_count():
    assert suggest(COUNTS, np.array([0.99, 0.0, 0.99, 1.0, 1.0])) == Suggestion(8, 6, 10)


def test_flat_scores_make_every_count_as_good():
    assert suggest(COUNTS, np.ones(5)) == Suggestion(2, 2, 10)
