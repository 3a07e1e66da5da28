"""What becomes of maps before they are scaled, held against cases worked by hand."""

import numpy as np
import pytest
from scipy.fft import dct

from data.maps import active, gainless, pooled, trimmed


def song(*levels: float) -> np.ndarray:
    """One map of three mels whose frames have these levels in dB, each a little tilted."""
    return (np.array(levels) + np.array([[0.0], [1.0], [2.0]]))[None].astype(np.float32)


def test_trimmed_keeps_first_to_last_sound_and_stretches_it_by_nearest_frame():
    levels = trimmed(song(-80, -10, -80, -30, -80, -80))[0, 0]
    np.testing.assert_array_equal(levels, [-10, -10, -80, -80, -30, -30])


def test_what_is_fifty_decibels_below_the_loudest_frame_is_silent():
    starts, stops = active(song(-60.1, -10, -59.9, -60.1, -70))
    assert (starts.tolist(), stops.tolist()) == ([1], [3])


def test_songs_without_silence_are_left_as_they_are():
    maps = np.random.default_rng(0).uniform(0, 16, (5, 8, 8)).astype(np.float32)
    np.testing.assert_array_equal(trimmed(maps), maps)


@pytest.mark.parametrize("level", [-80, 0, 400])
def test_a_silent_song_is_active_throughout_at_any_level(level):
    maps = np.full((2, 4, 6), level, np.float32)
    np.testing.assert_array_equal(trimmed(maps), maps)
    assert np.isfinite(pooled(maps)).all()


def test_gainless_does_not_hear_how_loud_a_frame_is():
    maps = np.random.default_rng(0).normal(size=(5, 8, 6)).astype(np.float32)
    louder = maps + np.linspace(-9, 9, 6, dtype=np.float32)
    np.testing.assert_allclose(gainless(louder), gainless(maps), atol=1e-5)
    np.testing.assert_allclose(gainless(maps).mean(axis=1), 0, atol=1e-6)


def test_pooled_is_the_statistics_of_each_song_taken_alone():
    rng = np.random.default_rng(0)
    maps = rng.normal(-20, 5, (6, 32, 12)).astype(np.float32)
    maps[2, :, :4] = maps[2, :, 9:] = -80
    for one, start, stop in zip(maps, [0, 0, 4, 0, 0, 0], [12, 12, 9, 12, 12, 12], strict=True):
        cepstra = dct(one[:, start:stop].astype(np.float64), axis=0, norm="ortho")[:20]
        steps = np.diff(cepstra)
        expected = [cepstra.mean(1), cepstra.std(1), np.abs(steps).mean(1), steps.std(1)]
        found = pooled(one[None])[0]
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, np.concatenate(expected), rtol=1e-4, atol=1e-4)


def test_silence_around_a_song_does_not_change_what_is_pooled():
    maps = np.random.default_rng(0).normal(-20, 5, (4, 6, 9)).astype(np.float32)
    padded = np.pad(maps, ((0, 0), (0, 0), (3, 5)), constant_values=-80)
    assert pooled(maps).shape == (4, 24)
    np.testing.assert_allclose(pooled(padded), pooled(maps), rtol=1e-4, atol=1e-4)


def test_a_song_of_one_frame_has_no_steps():
    statistics = pooled(song(-80, -10, -80)).reshape(4, 3)
    np.testing.assert_array_equal(statistics[1:], 0)
    assert statistics[0].any()
