"""What a finalist makes of songs, for the report."""

import numpy as np
import pytest

from data import Songs
from models import FAMILIES, Encoder, Schedule
from search.trial.reconstructions import N_SONGS, N_STEPS, distinct, pictures
from tests.songs import make_songs


def fitted(songs: Songs, family: str) -> Encoder:
    """A family that trains in a moment, fitted."""
    settings = {"latent_size": 4} if family == "pca" else {}
    fitting = FAMILIES[family].fit(songs, songs, settings, 0, Schedule())
    while True:
        try:
            next(fitting)
        except StopIteration as end:
            return end.value


@pytest.fixture
def maps() -> Songs:
    songs = make_songs(features=48)
    return songs.replace(audio=songs.audio.reshape(-1, 6, 8))


def test_songs_are_of_different_genres_and_as_the_model_hears_them(maps: Songs) -> None:
    found = pictures(fitted(maps, "pca"), maps.select(distinct(maps, "genre")))
    assert found is not None
    rows = [list(maps.ids).index(song) for song in found["ids"]]
    assert len(rows) == N_SONGS == len(set(maps.labels["genre"][rows]))
    np.testing.assert_allclose(found["originals"], maps.audio[rows], atol=1e-2)


def test_the_ends_of_an_interpolation_are_the_reconstructions_of_two_songs(maps: Songs) -> None:
    found = pictures(fitted(maps, "pca"), maps.select(distinct(maps, "genre")))
    assert found is not None
    assert found["interpolation"].shape == (N_STEPS, 6, 8)
    for end in (0, -1):
        np.testing.assert_allclose(
            found["interpolation"][end], found["reconstructions"][end], atol=1e-2
        )
    middle = (found["reconstructions"][0] + found["reconstructions"][-1]) / 2
    np.testing.assert_allclose(found["interpolation"][N_STEPS // 2], middle, atol=1e-2)


def test_feature_vectors_have_no_picture(songs: Songs) -> None:
    assert pictures(fitted(songs, "raw"), songs.select(slice(4))) is None


def test_without_the_label_any_songs_serve(maps: Songs) -> None:
    unknown = maps.replace(labels={})
    found = pictures(fitted(maps, "raw"), unknown.select(distinct(unknown, "genre")))
    assert found is not None
    np.testing.assert_array_equal(found["originals"], found["reconstructions"])
    assert list(found["ids"]) == list(maps.ids[:N_SONGS])
