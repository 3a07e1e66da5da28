"""Descriptors of songs, held against sounds whose properties are known."""

import json
from dataclasses import replace

import numpy as np
import pytest

from data import descriptors as module
from data.descriptors import DESCRIPTORS, descriptors, distinctions, in_words, settings_of
from data.errors import DataError
from data.log_mel import LogMel

LOG_MEL = LogMel()
TIME = np.arange(LOG_MEL.samples) / LOG_MEL.sample_rate


def tone(frequency: float, amplitude: float | np.ndarray = 0.5) -> np.ndarray:
    """As long as a map."""
    return amplitude * np.sin(2 * np.pi * frequency * TIME)


def told(*sounds: np.ndarray, settings: LogMel = LOG_MEL) -> dict[str, np.ndarray]:
    """Return the descriptors of the maps of sounds."""
    return descriptors(np.stack([settings(sound) for sound in sounds]), settings)


@pytest.mark.parametrize("settings", [LOG_MEL, LogMel(sample_rate=16_000, n_fft=1024, mels=40)])
def test_brightness_of_a_tone_is_its_frequency(settings):
    time = np.arange(settings.samples) / settings.sample_rate
    frequencies = np.array([220.0, 1000.0, 3300.0, 6000.0])
    sounds = [0.3 * np.sin(2 * np.pi * each * time) for each in frequencies]
    np.testing.assert_allclose(told(*sounds, settings=settings)["brightness"], frequencies, 0.03)


def test_brightness_of_two_tones_is_their_mean_by_power():
    found = told(tone(500, 0.2) + tone(2000, 0.4))["brightness"]
    np.testing.assert_allclose(found, (500 + 4 * 2000) / 5, rtol=0.02)


def test_loudness_is_in_decibels_of_full_scale():
    loudness = told(tone(440, 1), tone(440, 0.5), tone(3000, 0.5))["loudness"]
    np.testing.assert_allclose(loudness[0], 10 * np.log10(0.5), atol=0.1)  # a sine's mean square
    np.testing.assert_allclose(loudness[0] - loudness[1], 6.02, atol=0.01)
    np.testing.assert_allclose(loudness[2], loudness[1], atol=0.1)


def test_a_tremolo_is_more_restless_and_more_dynamic_than_a_steady_tone():
    slow = 1 + 0.8 * np.sin(2 * np.pi * 2 * TIME)  # from 0.2 to 1.8: 19 dB
    chord = sum(tone(440 * number, 0.05) for number in range(1, 20))
    found = told(chord, slow * chord)
    assert 4 * found["change"][0] < found["change"][1]
    assert found["range"][0] < 0.1
    assert 10 < found["range"][1] < 19


def test_change_and_range_of_levels_worked_by_hand():
    levels = np.array([-10, -20, -40, -20, -10, -30, -20, -10, -20, -30], np.float32)
    maps = np.repeat(levels[None, None], 4, axis=1) + np.array([[0], [1], [2], [3.0]])
    found = descriptors(maps.astype(np.float32))
    np.testing.assert_allclose(found["change"], np.abs(np.diff(levels)).mean(), rtol=1e-6)
    low, high = np.percentile(levels, [10, 95])
    np.testing.assert_allclose(found["range"], high - low, rtol=1e-5)


def test_without_settings_brightness_is_a_mel_band():
    maps = np.full((2, 8, 5), -100, np.float32)
    maps[0, 3], maps[1, 6] = -10, -10
    found = descriptors(maps)
    np.testing.assert_allclose(found["brightness_band"], [3, 6], atol=1e-4)
    assert "brightness" not in found


def test_padding_does_not_matter():
    rng = np.random.default_rng(0)
    short = replace(LOG_MEL, frames=14)
    sound = rng.normal(0, 0.1, short.samples) * np.hanning(short.samples) ** 0.2
    alone = descriptors(short(sound)[None], short)
    maps = LOG_MEL(sound)[None]
    maps[:, :, 14:] = LOG_MEL.floor  # without the frames that hold the end of it
    for name, value in descriptors(maps, LOG_MEL).items():
        np.testing.assert_allclose(value, alone[name], rtol=1e-5)


def test_silent_songs_and_odd_maps_give_finite_values():
    rng = np.random.default_rng(0)
    odd = [
        np.full((2, 4, 6), -80.0),
        np.zeros((2, 4, 6)),
        rng.normal(0, 1e12, (2, 4, 6)),
        rng.uniform(0, 16, (2, 4, 1)),
        rng.normal(-20, 5, (2, 1, 6)),
    ]
    for maps in odd:
        found = descriptors(maps.astype(np.float32))
        assert all(np.isfinite(each).all() and each.shape == (2,) for each in found.values())
    assert descriptors(np.full((1, 64, 128), -80, np.float32), LOG_MEL)["range"] == 0


def test_songs_are_described_alike_in_blocks_and_from_arrays_that_cannot_be_written(monkeypatch):
    maps = np.random.default_rng(0).normal(-20, 5, (50, 8, 9)).astype(np.float32)
    maps.flags.writeable = False
    whole = descriptors(maps)
    monkeypatch.setattr(module, "VALUES", 7 * 8 * 9)
    for name, value in descriptors(maps).items():
        np.testing.assert_allclose(value, whole[name], rtol=1e-5)


def test_every_name_is_described():
    names = {each.name for each in DESCRIPTORS}
    maps = np.zeros((0, LOG_MEL.mels, LOG_MEL.frames), np.float32)
    assert descriptors(maps).keys() | descriptors(maps, LOG_MEL).keys() == names


def test_feature_vectors_have_none_and_clusters_of_them_no_words():
    assert descriptors(np.ones((5, 3), np.float32)) == {}
    assert in_words({}, np.array([0, 0, 1, 1, -1])) == {0: "", 1: ""}


def test_settings_of_other_maps_are_refused():
    with pytest.raises(DataError, match="maps of 8 mels x 9 frames, and the settings are of 64"):
        descriptors(np.zeros((2, 8, 9), np.float32), LOG_MEL)


def test_the_folder_of_a_collection_tells_how_its_maps_were_made(tmp_path):
    maps = np.zeros((2, 64, 128), np.float32)
    assert settings_of(tmp_path, maps) is None
    (tmp_path / "demo.json").write_text("{}")
    assert settings_of(tmp_path, maps) == LogMel()
    prepared = {"sample_rate": 16_000, "n_fft": 1024, "hop": 256, "mels": 64, "frames": 128}
    journal = tmp_path / "prepare.jsonl"
    journal.write_text(json.dumps(prepared | {"floor": -80.0, "windows": 8}) + "\n")
    assert settings_of(tmp_path, maps) == LogMel(16_000, 1024, 256)
    assert settings_of(tmp_path, maps[:, :32]) is None
    assert settings_of(tmp_path, maps[:, 0]) is None
    for damage in ('{"mels": 64}\n', '{"mels": "x"}\n', "[]\n", "no journal\n"):
        journal.write_text(damage)
        assert settings_of(tmp_path, maps) is None


def test_cohens_d_worked_by_hand():
    values = {"change": np.array([1.0, 2, 3, 5, 7, 9])}
    clusters = np.array([0, 0, 0, 1, 1, -1])
    found = distinctions(values, clusters)
    assert found.keys() == {0, 1}
    # means 2 and 7, squares 2 and 8 over 6 - 2 degrees of freedom
    assert found[0]["change"] == pytest.approx(-5 / np.sqrt(10 / 4))
    # means 6 and 3.75, squares 2 and 38.75: the song of no cluster is one of the others
    assert found[1]["change"] == pytest.approx(2.25 / np.sqrt(40.75 / 4))


@pytest.mark.parametrize(
    ("values", "clusters"),
    [
        ([1.0, 2.0, 3.0], [0, 0, 0]),
        ([1.0, 2.0], [0, 1]),
        ([1.0], [0]),
        ([5.0, 5.0, 5.0], [0, 1, 1]),
        ([0.1 + 0.2, 0.3, 0.3], [0, 1, 1]),
    ],
)
def test_nothing_is_told_apart_without_others_or_deviation(values, clusters):
    found = distinctions({"change": np.array(values)}, np.array(clusters))
    assert all(each == {"change": 0.0} for each in found.values())


def test_at_most_two_properties_that_stand_out_are_put_in_words():
    rng = np.random.default_rng(0)
    clusters = np.repeat([0, 1], 500)
    noise = rng.normal(size=(4, 500))
    noise = (noise - noise.mean(axis=1, keepdims=True)) / noise.std(axis=1, keepdims=True)
    values = {
        "loudness": np.concatenate([-20 + noise[0], -20.3 + noise[0]]),
        "brightness": np.concatenate([2310 + 100 * noise[1], 1540 + 100 * noise[1]]),
        "change": np.concatenate([1.9 + 0.4 * noise[2], 3.1 + 0.4 * noise[2]]),
        "range": np.concatenate([9 + noise[3], 8 + noise[3]]),
    }
    assert in_words(values, clusters) == {
        0: "brighter (2,310 Hz, others 1,540 Hz), steadier (1.9 dB, others 3.1 dB)",
        1: "darker (1,540 Hz, others 2,310 Hz), more restless (3.1 dB, others 1.9 dB)",
    }
    assert in_words(values, clusters, most=1)[0] == "brighter (2,310 Hz, others 1,540 Hz)"
    assert in_words({"loudness": values["loudness"]}, clusters) == {0: "", 1: ""}
    band = {"brightness_band": np.array([1.0, 2, 8, 9])}
    assert (
        in_words(band, np.array([0, 0, 1, 1]))[0] == "darker (mel band 1.5, others mel band 8.5)"
    )
