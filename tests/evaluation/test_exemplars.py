"""Songs that stand for their cluster."""

import numpy as np

from evaluation.exemplars import exemplars

LINE = np.array([[0.0], [1], [2], [3], [4], [10], [11], [12]])
CLUSTERS = np.array([0, 0, 0, 0, 0, 1, 1, 1])


def test_the_nearest_to_the_centre_stand_for_a_cluster_and_one_lies_on_the_border() -> None:
    found = exemplars(LINE, CLUSTERS)
    assert found[0].exemplars == [2, 1, 3] and found[0].border == 4
    assert found[1].exemplars == [6, 5, 7] and found[1].border is None  # none is left


def test_agreement_counts_before_the_centre() -> None:
    agreement = np.array([1, 0.2, 0.9, 0.9, 1, 1, 1, 1])
    found = exemplars(LINE, CLUSTERS, agreement)
    assert found[0].exemplars == [0, 4, 2] and found[0].border == 1


def test_exemplars_are_of_different_artists_as_far_as_good_songs_are() -> None:
    line = np.arange(-6, 7.0)[:, None]  # the centre is row 6, the best four 6, 5, 7 and 4
    one = np.zeros(13, int)
    artists = np.repeat("a", 13)
    artists[[7, 4, 0]] = "b", "c", "d"
    assert exemplars(line, one, groups=artists)[0].exemplars == [6, 7, 4]
    artists[[7, 4]] = "a"
    assert exemplars(line, one, groups=artists)[0].exemplars == [6, 5, 7]  # d is far out
    artists[:] = ""
    assert exemplars(line, one, groups=artists)[0].exemplars == [6, 5, 7]  # unknown is any


def test_noise_has_none_and_a_single_cluster_no_border() -> None:
    found = exemplars(LINE, np.where(CLUSTERS == 1, -1, 0))
    assert list(found) == [0] and found[0].border is None
