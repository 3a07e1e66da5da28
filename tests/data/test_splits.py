"""What the 60/20/20 rule promises."""

import numpy as np
import pytest

from data.splits import split


def _shares(assignment):
    return [float(np.mean(assignment == part)) for part in ("train", "validation", "test")]


@pytest.mark.parametrize("seed", range(5))
def test_an_artist_is_never_in_two_parts(seed):
    rng = np.random.default_rng(seed)
    artists = np.array([f"artist {number}" for number in rng.integers(30, size=600)])
    genres = np.array([f"genre {int(artist[7:]) % 4}" for artist in artists])
    made = split(600, artists, genres, seed)
    assert made.by_group
    for artist in set(artists):
        assert len(set(made.assignment[artists == artist])) == 1
    np.testing.assert_allclose(_shares(made.assignment), [0.6, 0.2, 0.2], atol=0.06)


def test_songs_of_unknown_artists_need_not_stay_together():
    artists = np.array([f"artist {row % 20}" for row in range(400)])
    artists[:100] = ""
    made = split(400, artists)
    assert len(set(made.assignment[artists == ""])) == 3


def test_too_few_groups_are_split_by_song_with_a_warning():
    artists = np.array([f"speaker {row % 6}" for row in range(300)])
    made = split(300, artists, group_name="artist")
    assert not made.by_group
    assert made.rule == (
        "60/20/20 by song. Warning: artist has 6 groups and keeping them apart takes 15, "
        "so one artist can be in several parts."
    )


def test_a_group_that_holds_most_songs_is_not_allowed_to_starve_a_part():
    artists = np.array(["various"] * 280 + [f"artist {row}" for row in range(20)])
    made = split(300, artists, group_name="artist")
    assert "too uneven to divide" in made.rule
    np.testing.assert_allclose(_shares(made.assignment), [0.6, 0.2, 0.2])


def test_every_part_has_the_same_shares_of_a_class():
    genres = np.repeat(["folk", "rock", "jazz"], [50, 100, 150])
    made = split(300, classes=genres, class_name="genre")
    assert made.rule == "60/20/20 by song, stratified by genre."
    for part, size in (("train", 180), ("validation", 60), ("test", 60)):
        values, counts = np.unique(genres[made.assignment == part], return_counts=True)
        assert dict(zip(values, counts / size, strict=True)) == pytest.approx(
            {"folk": 1 / 6, "jazz": 1 / 2, "rock": 1 / 3}
        )


@pytest.mark.parametrize("n_rare", [1, 3, 9])
def test_rare_and_unknown_classes_do_no_harm(n_rare):
    genres = np.array(["folk"] * 40 + [""] * 3 + [f"rare {row}" for row in range(n_rare)])
    made = split(len(genres), classes=genres)
    np.testing.assert_allclose(_shares(made.assignment), [0.6, 0.2, 0.2], atol=0.05)


def test_classes_of_one_song_each_are_split_as_if_there_were_none():
    names = np.array([str(row) for row in range(50)])
    assert _shares(split(50, classes=names).assignment) == [0.6, 0.2, 0.2]


def test_the_seed_determines_the_split():
    genres = np.array(["folk", "rock"] * 100)
    first, again, other = (split(200, classes=genres, seed=seed).assignment for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
