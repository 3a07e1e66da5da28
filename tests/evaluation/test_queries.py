"""Which songs and pairs are asked about."""

import numpy as np

from evaluation.queries import pairs_to_ask, songs_to_ask

NONE, EVERY = np.empty(0, np.int64), np.ones(100, bool)


def test_songs_cover_the_clusters_of_all_partitions() -> None:
    sizes = np.repeat([0, 1, 2], [50, 30, 20])
    crossed = np.arange(100) % 2
    asked = songs_to_ask(np.stack([sizes, crossed]), NONE, EVERY, 20)
    assert len({*asked.tolist()}) == 20
    assert np.bincount(sizes[asked]).min() >= 4
    assert np.abs(np.bincount(crossed[asked]) - 10).max() <= 2


def test_the_first_song_asked_about_is_of_the_largest_cluster_and_the_next_of_another() -> None:
    # 60, 40: one label takes 60/2 or 40/2; a second in the first 60/6 alone.
    partition = np.repeat([[0, 1]], [60, 40], axis=1)
    assert partition[0, songs_to_ask(partition, NONE, EVERY, 2)].tolist() == [0, 1]


def test_what_is_known_is_covered_already() -> None:
    partition = np.repeat([[-1, 3]], [60, 40], axis=1)  # noise is a cluster like others
    asked = songs_to_ask(partition, np.arange(10), EVERY, 5)
    assert (partition[0, asked] == 3).all()


def test_only_what_may_be_asked_is_asked() -> None:
    allowed = np.arange(100) % 10 == 0
    asked = songs_to_ask(np.zeros((1, 100), int), np.array([0, 10]), allowed, 50)
    assert sorted(asked) == np.flatnonzero(allowed).tolist()[2:]
    assert all(allowed[[*pair]].all() for pair in pairs_to_ask(np.zeros(100, int), allowed, 5))


def test_seeds_ask_about_others() -> None:
    partition, allowed = np.zeros((1, 1000), int), np.ones(1000, bool)
    one, other = (songs_to_ask(partition, NONE, allowed, 20, seed) for seed in (0, 1))
    assert len({*one.tolist()} & {*other.tolist()}) < 5


def test_pairs_are_of_two_songs_and_none_is_there_twice() -> None:
    pairs = pairs_to_ask(np.arange(12) % 3, np.arange(12) < 9, 30)
    assert len({*pairs}) == len(pairs) == 30
    assert all(a < b < 9 for a, b in pairs)
    assert len(pairs_to_ask(np.zeros(3, int), np.ones(3, bool), 30)) == 3  # there are no more
