"""Which songs and pairs are asked about."""

import numpy as np

from evaluation.queries import pairs_to_ask, songs_to_ask


def test_songs_are_asked_in_proportion_to_the_clusters() -> None:
    clusters = np.repeat([0, 1, 2], [50, 30, 20])
    allowed = np.ones(100, bool)
    asked = songs_to_ask(clusters, allowed, 20)
    assert len({*asked.tolist()}) == 20
    counts = np.bincount(clusters[asked])
    assert np.abs(counts - [10, 6, 4]).max() <= 1


def test_only_what_may_be_asked_is_asked() -> None:
    allowed = np.arange(100) % 10 == 0
    asked = songs_to_ask(np.zeros(100, int), allowed, 50)
    assert sorted(asked) == np.flatnonzero(allowed).tolist()
    assert all(allowed[[*pair]].all() for pair in pairs_to_ask(np.zeros(100, int), allowed, 5))


def test_seeds_ask_about_others() -> None:
    clusters, allowed = np.zeros(1000, int), np.ones(1000, bool)
    one, other = (songs_to_ask(clusters, allowed, 20, seed) for seed in (0, 1))
    assert len({*one.tolist()} & {*other.tolist()}) < 5


def test_pairs_are_of_two_songs_and_none_is_there_twice() -> None:
    pairs = pairs_to_ask(np.arange(12) % 3, np.arange(12) < 9, 30)
    assert len({*pairs}) == len(pairs) == 30
    assert all(a < b < 9 for a, b in pairs)
    assert len(pairs_to_ask(np.zeros(3, int), np.ones(3, bool), 30)) == 3  # there are no more
