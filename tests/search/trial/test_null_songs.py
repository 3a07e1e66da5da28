"""Songs without clusters in place of the songs."""

import numpy as np
import pytest

from data import Songs
from models import FAMILIES, defaults
from search.study.space import Configuration
from search.tasks.adaptation import adapt
from search.tasks.reading import read_task
from search.trial.inputs import prepare
from search.trial.null_songs import NullSource, null_inputs
from search.trial.records import TrialSpec
from search.trial.trial import run
from tests.songs import make_songs


def drawn_like(songs: Songs, seed: int) -> Songs:
    """A null collection of as many songs."""
    return NullSource.like(songs).draw(np.arange(len(songs)), seed)


def with_lyrics(songs: Songs) -> Songs:
    """Lyrics that are the first features again, missing for every fourth song."""
    has = np.arange(len(songs)) % 4 > 0
    lyrics = np.where(has[:, None], songs.audio[:, :3], 0.0)
    return songs.replace(lyrics=lyrics, has_lyrics=has)


def test_null_collections_have_the_shape_and_moments_of_the_training_songs() -> None:
    songs = make_songs(count=4_000)
    drawn = drawn_like(songs, seed=1)
    assert drawn.audio.shape == songs.audio.shape and drawn.audio.dtype == np.float32
    train = songs.part("train").audio
    np.testing.assert_allclose(drawn.audio.mean(axis=0), train.mean(axis=0), atol=0.2)
    np.testing.assert_allclose(np.cov(drawn.audio.T), np.cov(train.T), atol=0.5)


def test_lyrics_vary_with_the_audio_and_stay_missing_where_they_were() -> None:
    songs = with_lyrics(make_songs(count=4_000))
    drawn = drawn_like(songs, seed=1)
    assert drawn.lyrics is not None
    assert not drawn.lyrics[~songs.has_lyrics].any()
    heard = songs.has_lyrics
    together = np.corrcoef(drawn.audio[heard, 0], drawn.lyrics[heard, 0])[0, 1]
    assert together > 0.8


def test_null_collections_follow_the_seed() -> None:
    songs = make_songs()
    one, same, other = (drawn_like(songs, seed).audio for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_song_is_the_same_alone_and_among_others() -> None:
    source = NullSource.like(with_lyrics(make_songs()))
    every, some = source.draw(np.arange(40), seed=3), source.draw(np.array([7, 31, 7]), seed=3)
    np.testing.assert_allclose(some.audio, every.audio[[7, 31, 7]], rtol=1e-5, atol=1e-5)
    assert list(some.ids) == list(every.ids[[7, 31, 7]])


@pytest.mark.parametrize("view", ["standard", "power"])
def test_a_null_trial_runs_under_the_winner_s_view_of_a_task_with_several(view: str) -> None:
    songs = make_songs()
    small = {"clusters": "2:4", "epochs": 2, "space.latent_size.high": 8}
    views = {"views": ["standard", "power"], "reference_views": ["standard", "power"]}
    task = adapt(read_task("easy", {**small, **views}), songs, lambda said: None)
    chance = prepare(songs, task).chance
    inputs = null_inputs(NullSource.like(songs), task, view, 1, chance)
    assert [*inputs.viewed] == [view] and [*inputs.references] == ["standard", "power"]
    settings = defaults(FAMILIES["mlp_vae"], {"latent_size": 4})
    configuration = Configuration("mlp_vae", view, "none", settings, "kmeans", 3)
    row = run(TrialSpec(0, "null", configuration, 1), inputs, task).row
    assert row["status"] != "failed", row["error"]
    assert np.isfinite(row["coherence_excess"])
