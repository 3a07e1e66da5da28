"""Songs as a family sees them."""

import numpy as np
import pytest

from data import Songs
from data.presentation import Presentation, fit, restore
from tests.songs import make_songs

RNG = np.random.default_rng(0)


def sung_songs(count: int = 200) -> Songs:
    """Songs whose lyrics lie far apart by language; every fifth has none."""
    songs = make_songs(count)
    english = songs.labels["language"] == "english"
    lyrics = RNG.normal(size=(count, 6)) + np.where(english, 20.0, -20.0)[:, None]
    has_lyrics = np.arange(count) % 5 != 0
    lyrics[~has_lyrics] = 0
    return songs.replace(lyrics=lyrics.astype(np.float32), has_lyrics=has_lyrics)


SONGS = sung_songs()


def total_variance(rows: np.ndarray) -> float:
    return float(rows.reshape(len(rows), -1).var(axis=0).sum())


def test_audio_and_lyrics_have_equal_total_variance() -> None:
    shown = fit("standard", SONGS).apply(SONGS)
    assert shown.lyrics is not None
    sung = shown.lyrics[shown.has_lyrics]
    assert total_variance(sung) == pytest.approx(total_variance(shown.audio), rel=1e-3)


def test_songs_without_lyrics_are_zeros_and_masked() -> None:
    shown = fit("standard", SONGS).apply(SONGS)
    assert shown.lyrics is not None
    assert not shown.lyrics[~SONGS.has_lyrics].any()
    np.testing.assert_array_equal(shown.has_lyrics, SONGS.has_lyrics)


def separation(presentation: Presentation) -> float:
    """Distance of the languages' centres over the spread within them."""
    shown = presentation.apply(SONGS)
    assert shown.lyrics is not None
    english = shown.has_lyrics & (SONGS.labels["language"] == "english")
    bangla = shown.has_lyrics & (SONGS.labels["language"] == "bangla")
    apart = shown.lyrics[english].mean(axis=0) - shown.lyrics[bangla].mean(axis=0)
    return float(np.abs(apart).max() / shown.lyrics[english].std())


def test_the_mean_of_each_language_is_taken_out_unless_asked_not_to() -> None:
    assert separation(fit("standard", SONGS)) < 0.5
    assert separation(fit("standard", SONGS, center_languages=False)) > 1.5


def test_it_is_fitted_on_the_songs_it_is_given_alone() -> None:
    other = SONGS.replace(lyrics=SONGS.lyrics * 7 + 3, audio=SONGS.audio * 3)
    presentation = fit("standard", SONGS)
    before = presentation.state()
    presentation.apply(other)
    for name, array in presentation.state().items():
        np.testing.assert_array_equal(array, before[name])


def test_it_is_restored_exactly_from_its_arrays() -> None:
    presentation = fit("standard", SONGS)
    again = restore("standard", presentation.state()).apply(SONGS)
    shown = presentation.apply(SONGS)
    np.testing.assert_array_equal(again.audio, shown.audio)
    np.testing.assert_array_equal(again.lyrics, shown.lyrics)


def test_songs_without_any_lyrics_have_none() -> None:
    silent = make_songs(50)
    assert fit("standard", silent).apply(silent).lyrics is None


def test_songs_of_an_unmet_language_are_presented_too() -> None:
    presentation = fit("standard", SONGS)
    foreign = SONGS.replace(labels={"language": np.full(len(SONGS), "welsh")})
    lyrics = presentation.apply(foreign).lyrics
    assert lyrics is not None and np.isfinite(lyrics).all()
