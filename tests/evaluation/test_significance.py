"""Comparisons: intervals, the paired bootstrap, Holm by hand, and plain verdicts."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from evaluation.significance import Difference, holm, mean_interval, paired_bootstrap, verdict

RNG = np.random.default_rng(12)
TRUTH = RNG.integers(4, size=200).astype(str)


def noisy(share, seeds=3):
    """Partitions that follow the truth but for a share of the songs."""
    moved = RNG.random((seeds, 200)) < share
    return np.where(moved, RNG.integers(4, size=(seeds, 200)), TRUTH.astype(int))


def test_a_clearly_better_method_is_told():
    good, bad = noisy(0.2), noisy(0.8)
    difference = paired_bootstrap(good, bad, TRUTH, draws=500)
    ari = [np.mean([adjusted_rand_score(TRUTH, p) for p in each]) for each in (good, bad)]
    assert difference.mean == pytest.approx(ari[0] - ari[1])
    assert 0 < difference.low < difference.mean < difference.high
    assert difference.p_value < 0.01
    assert verdict(difference, difference.p_value) == "better than PCA"
    worse = paired_bootstrap(bad, good, TRUTH, draws=500)
    assert verdict(worse, worse.p_value) == "worse than PCA"


def test_a_method_against_itself_is_not_distinguishable():
    same = noisy(0.5, seeds=1)
    difference = paired_bootstrap(same, same, TRUTH, draws=200)
    assert (difference.mean, difference.p_value) == (0, 1)
    assert verdict(difference, 1.0) == "not distinguishable from PCA"


def test_few_songs_per_artist_count_as_artists_only_with_ten_of_them():
    one, other = noisy(0.3), noisy(0.4)
    artists = np.array([f"artist {i % 12}" for i in range(200)])
    assert paired_bootstrap(one, other, TRUTH, artists, draws=50).unit == "group"
    few = np.array([f"artist {i % 9}" for i in range(200)])
    assert paired_bootstrap(one, other, TRUTH, few, draws=50).unit == "song"


def test_songs_of_one_artist_widen_the_interval():
    artists = np.repeat([f"artist {i}" for i in range(20)], 10)
    good = TRUTH.astype(int)
    bad = np.where(np.repeat(RNG.random(20) < 0.5, 10), 0, good)
    songs = paired_bootstrap(good[None], bad[None], TRUTH, draws=300)
    groups = paired_bootstrap(good[None], bad[None], TRUTH, artists, draws=300)
    assert groups.high - groups.low > 1.3 * (songs.high - songs.low)


def test_without_labels_nothing_can_be_judged():
    assert paired_bootstrap(noisy(0.2), noisy(0.2), np.full(200, "")) is None
    assert verdict(None, 1.0) == "cannot be judged"


def test_a_winner_within_the_null_collections_is_nothing_found():
    difference = Difference(0.2, 0.1, 0.3, 0.001, "song")
    assert verdict(difference, 0.001, found=False) == "nothing found"


def test_songs_of_unknown_label_do_not_count():
    truth = TRUTH.copy()
    truth[100:] = ""
    one, other = noisy(0.2), noisy(0.4)
    assert paired_bootstrap(one, other, truth, draws=50) == paired_bootstrap(
        one[:, :100], other[:, :100], TRUTH[:100], draws=50
    )


def test_holm_by_hand():
    # Ordered .01 .02 .03 .04, times 4 3 2 1, never falling, at most 1.
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_interval_of_a_mean_is_students():
    mean, low, high = mean_interval([1.0, 2.0, 3.0])
    assert (mean, low, high) == pytest.approx(
        (2, 2 - 4.3027 / 3**0.5, 2 + 4.3027 / 3**0.5), rel=1e-4
    )
    assert mean_interval([0.5]) == (0.5, None, None)


def test_an_interval_is_cut_where_its_score_ends():
    mean, low, high = mean_interval([0.8, 0.95, 1.0])
    assert high > 1
    assert mean_interval([0.8, 0.95, 1.0], (-0.5, 1.0)) == (mean, low, 1.0)
    assert mean_interval([-0.5, 0.9], (-0.5, 1.0)) == (pytest.approx(0.2), -0.5, 1.0)
