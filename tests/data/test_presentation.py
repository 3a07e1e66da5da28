"""Songs as a family sees them."""

import numpy as np
import pytest

from data import DataError, Songs, views
from data.presentation import FACTOR, Presentation, fit, restore, shape_of
from tests.songs import make_songs, with_embedding

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


MAPS = make_songs(200, features=80).replace(audio=RNG.normal(size=(200, 8, 10)).astype(np.float32))
BOTH = with_embedding(MAPS)
ALONE = BOTH.replace(audio=None)


def test_embeddings_alone_are_what_a_view_is_of() -> None:
    for view in ("standard", "clipped", "global", "power"):
        shown = fit(view, ALONE).apply(ALONE)
        assert shown.audio is not None and shown.embedding is None
        np.testing.assert_array_equal(
            shown.audio, views.fit(view, BOTH.embedding).apply(BOTH.embedding)
        )


def test_a_step_on_maps_is_refused_for_embeddings_alone() -> None:
    with pytest.raises(DataError, match="gainless needs mels x frames"):
        fit("gainless", ALONE)


@pytest.mark.parametrize("view", ["standard", "gainless", "pooled+global", "power"])
def test_maps_and_embeddings_are_blocks_of_equal_total_variance(view: str) -> None:
    sung = BOTH.replace(lyrics=SONGS.lyrics, has_lyrics=SONGS.has_lyrics)
    presentation = fit(view, sung)
    shown = presentation.apply(sung)
    assert shown.audio is not None and shown.lyrics is not None and shown.embedding is None
    width = np.prod(views.shape_of(view, (8, 10)))
    assert shown.audio.shape[1:] == presentation.shape == shape_of(view, sung)
    maps, embedding = shown.audio[:, :width], shown.audio[:, width:]
    np.testing.assert_array_equal(
        maps, views.fit(view, MAPS.audio).apply(MAPS.audio).reshape(200, -1)
    )
    assert total_variance(embedding) == pytest.approx(total_variance(maps), rel=1e-3)
    lyrics = shown.lyrics[shown.has_lyrics]
    assert total_variance(lyrics) == pytest.approx(total_variance(maps), rel=1e-3)


@pytest.mark.parametrize("songs", [ALONE, BOTH])
def test_what_is_of_embeddings_is_restored_exactly(songs: Songs) -> None:
    presentation = fit("power", songs)
    again = restore("power", presentation.state())
    np.testing.assert_array_equal(again.apply(songs).audio, presentation.apply(songs).audio)


def test_it_takes_of_songs_what_it_was_fitted_on() -> None:
    of_maps, alone = fit("standard", MAPS), fit("standard", ALONE)
    np.testing.assert_array_equal(of_maps.apply(BOTH).audio, of_maps.apply(MAPS).audio)
    np.testing.assert_array_equal(alone.apply(BOTH).audio, alone.apply(ALONE).audio)


def test_songs_that_lack_what_it_is_of_are_refused() -> None:
    wider = with_embedding(MAPS, width=9)
    for fitted, given, said in (
        (MAPS, ALONE, "have no spectrograms, and the model takes them"),
        (ALONE, MAPS, "have no embeddings, and the model takes them"),
        (BOTH, MAPS, "have no embeddings, and the model takes them"),
        (BOTH, wider, "have 9 values, those that the model was fitted on 6: make both with one"),
    ):
        with pytest.raises(DataError, match=said):
            fit("standard", fitted).apply(given)


def test_arrays_of_no_such_presentation_are_refused() -> None:
    state = fit("standard", BOTH).state()
    for change, said in (
        ({FACTOR: None}, "the presentation has embedding-factor"),
        ({FACTOR: np.ones(2)}, "embedding-factor.* of shape"),
        ({FACTOR: np.array([np.nan])}, "not finite"),
        ({"embedding-view/shape": np.array([2.0, 3.0])}, "embeddings that are no vectors"),
        ({"embedding-view/mean": None}, "the view standard has"),
    ):
        changed = {k: v for k, v in {**state, **change}.items() if v is not None}
        if "embedding-view/shape" in change:
            changed |= {f"embedding-view/{name}": np.zeros((2, 1)) for name in ("mean", "scale")}
        with pytest.raises(DataError, match=said):
            restore("standard", changed)


def test_embeddings_that_never_change_do_no_harm() -> None:
    flat = BOTH.replace(embedding=np.ones((200, 3), np.float32))
    shown = fit("standard", flat).apply(flat).audio
    assert shown is not None and np.isfinite(shown).all() and not shown[:, -3:].any()


def test_of_audio_alone_the_names_of_the_arrays_are_those_of_earlier_versions() -> None:
    of_lyrics = {"center", "scale", "language-mean/", "language-mean/english"}
    of_lyrics.add("language-mean/bangla")
    names = {"view/mean", "view/scale", "view/shape", *of_lyrics}
    assert {*fit("standard", SONGS).state()} == names
