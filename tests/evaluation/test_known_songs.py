"""Agreement with known songs, and what they choose."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, cohen_kappa_score

from evaluation.known_songs import KnownPairs, agreement, choose

RANDOM = np.random.default_rng(0)
SONGS = 200
TRUTH = RANDOM.integers(0, 5, SONGS)


def noisy(share: float, seed: int) -> np.ndarray:
    """The truth with a share of the songs put anywhere."""
    random = np.random.default_rng(seed)
    wrong = random.random(SONGS) < share
    return np.where(wrong, random.integers(0, 5, SONGS), TRUTH)


def test_agreement_with_labels_is_the_adjusted_rand_index() -> None:
    partitions = np.stack([noisy(share, 1) for share in (0, 0.3, 0.7, 1)])
    rows = RANDOM.choice(SONGS, 40, replace=False)
    found = agreement(partitions, KnownPairs.of(rows, TRUTH[rows]))[:, 0]
    expected = [adjusted_rand_score(TRUTH[rows], one[rows]) for one in partitions]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_agreement_with_pairs_is_cohen_s_kappa() -> None:
    partitions = np.stack([noisy(share, 2) for share in (0, 0.3, 0.7)])
    pairs = RANDOM.choice(SONGS, (60, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    same = TRUTH[pairs[:, 0]] == TRUTH[pairs[:, 1]]
    none = np.empty(0, np.int64)
    found = agreement(partitions, KnownPairs.of(none, none, pairs, same))[:, 0]
    expected = [
        cohen_kappa_score(same, one[pairs[:, 0]] == one[pairs[:, 1]]) for one in partitions
    ]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_labels_and_their_pairs_say_the_same() -> None:
    rows = RANDOM.choice(SONGS, 12, replace=False)
    first, second = np.triu_indices(12, 1)
    pairs = np.stack([rows[first], rows[second]], axis=1)
    none = np.empty(0, np.int64)
    by_label = KnownPairs.of(rows, TRUTH[rows])
    by_pair = KnownPairs.of(none, none, pairs, TRUTH[pairs[:, 0]] == TRUTH[pairs[:, 1]])
    partitions = np.stack([noisy(0.4, seed) for seed in range(5)])
    np.testing.assert_allclose(agreement(partitions, by_label), agreement(partitions, by_pair))


def test_a_song_drawn_twice_is_no_pair_with_itself() -> None:
    known = KnownPairs.of(np.arange(3), np.array(["a", "a", "b"]))
    weights = known.weights(np.array([[2, 1, 0], [1, 1, 1]]))
    assert weights.tolist() == [[2, 0, 0], [1, 1, 1]]


def test_the_halves_share_no_answer() -> None:
    known = KnownPairs.of(np.arange(10), TRUTH[:10], np.array([[11, 12], [13, 14]]), [True, False])
    halves = [*known.halves(5, seed=0)]
    assert len(halves) == 10
    for one, other in halves:
        assert not (one * other).any()
        assert one[:45].sum() == 10  # pairs of five songs
        assert one[45:].sum() == 1


def test_what_agrees_best_is_chosen_and_the_bootstrap_says_what_else_might_be() -> None:
    partitions = np.stack([noisy(share, 3) for share in (0.9, 0.1, 0.12, 1.0)])
    rows = RANDOM.choice(SONGS, 50, replace=False)
    choice = choose(partitions, KnownPairs.of(rows, TRUTH[rows]), np.zeros(4))
    assert choice.order[0] in (1, 2)
    assert choice.running.tolist() == [False, choice.running[1], choice.running[2], False]
    assert choice.running[choice.order[0]]
    assert (choice.low <= choice.agreement).all()
    assert (choice.agreement <= choice.high + 1e-9).all()
    assert choice.cross_fitted == pytest.approx(choice.agreement[choice.order[0]], abs=0.15)


def test_few_known_songs_leave_more_in_the_running() -> None:
    partitions = np.stack([noisy(0.1, 0), *(noisy(0.3, seed) for seed in range(1, 20))])
    known = [KnownPairs.of(np.arange(n), TRUTH[:n]) for n in (12, 150)]
    few, many = (choose(partitions, one, np.zeros(20)).running.sum() for one in known)
    assert few > many


def test_shuffled_labels_are_not_confirmed_by_the_other_half() -> None:
    partitions = np.stack([noisy(0.2, seed) for seed in range(60)])
    found = []
    for seed in range(10):
        rows = np.random.default_rng(seed).choice(SONGS, 40, replace=False)
        shuffled = np.random.default_rng(seed + 100).permutation(TRUTH[rows])
        choice = choose(partitions, KnownPairs.of(rows, shuffled), np.zeros(60))
        found.append((choice.agreement.max(), choice.cross_fitted))
    best, crossed = np.array(found).T
    assert best.mean() > 0.02
    assert abs(crossed.mean()) < 0.03


def test_two_known_songs_are_too_few_to_be_divided() -> None:
    partitions = np.stack([noisy(0.2, seed) for seed in range(3)])
    known = KnownPairs.of(np.arange(3), np.array(["a", "a", "b"]))
    assert choose(partitions, known, np.zeros(3)).cross_fitted is None
