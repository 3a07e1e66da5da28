"""Clips hold the loudest moment of a song, and FFmpeg finds in them what was written."""

import json
import subprocess
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from data.clips import mp3_clip, write_clip
from data.errors import DataError
from tests.data.encoders import (
    FLAC,
    M4A,
    OPUS,
    PLAIN_VBR,
    UNTOLD_FLAC,
    VBR,
    VORBIS,
    missing_programs,
)

MP3_FRAMES = 3 * 576
"""Samples of silence that an encoder puts around the sound, at most."""
MP3_LOUDNESS = 0.95 * 0.5 * 0.5**0.5
"""Root mean square of a tone of amplitude 0.5: LAME takes 0.4 dB off."""

others_encoders = pytest.mark.skipif(
    bool(missing_programs()), reason=f"not installed: {', '.join(missing_programs())}"
)


def song(rate: int, seconds: float, loud: tuple[float, float], tone: float = 440) -> np.ndarray:
    """Quiet noise with a loud tone from one second to another."""
    time = np.arange(int(rate * seconds)) / rate
    noise = np.random.default_rng(0).normal(0, 0.003, len(time))
    within = (loud[0] <= time) & (time < loud[1])
    return (noise + 0.5 * within * np.sin(2 * np.pi * tone * time)).astype(np.float32)


def put(path: Path, sound: np.ndarray, rate: int) -> Path:
    """Write a sound as it is, NaN and all."""
    soundfile.write(path, sound, rate, subtype="FLOAT")
    return path


def decoded(path: Path) -> tuple[np.ndarray, dict]:
    """Return the samples that FFmpeg finds, and what it says of them."""
    quiet = ["-v", "error"]
    told = subprocess.run(
        ["ffprobe", *quiet, "-show_streams", "-of", "json", path], capture_output=True, check=True
    )
    sound = subprocess.run(
        ["ffmpeg", *quiet, "-i", path, "-f", "f32le", "-"], capture_output=True, check=True
    )
    assert not told.stderr and not sound.stderr
    return np.frombuffer(sound.stdout, np.float32), json.loads(told.stdout)["streams"][0]


def test_a_wav_clip_is_the_loudest_window_as_loud_as_it_was(tmp_path):
    source = put(tmp_path / "song.wav", song(8000, 30, (17.25, 20.25)), 8000)
    write_clip(source, tmp_path / "clip.wav", 3)
    clip, rate = soundfile.read(tmp_path / "clip.wav")
    assert (len(clip), rate) == (24_000, 8000)
    heard = soundfile.read(source)[0][int(17.25 * 8000) :][:24_000]
    np.testing.assert_allclose(clip[80:-80], heard[80:-80], atol=2**-15)


def test_the_ends_of_a_clip_swell_and_die_away(tmp_path):
    put(tmp_path / "song.wav", np.full(30_000, 0.5, np.float32), 10_000)
    write_clip(tmp_path / "song.wav", tmp_path / "clip.wav", 1)
    clip, _ = soundfile.read(tmp_path / "clip.wav")
    fade = 0.5 * np.arange(100) / 100
    expected = np.concatenate([fade, np.full(9800, 0.5), fade[::-1]])
    np.testing.assert_allclose(clip, expected, atol=2**-15)


def test_a_clip_is_turned_down_only_where_it_would_be_cut_off(tmp_path):
    put(tmp_path / "song.wav", 5 * song(8000, 4, (1, 3)), 8000)
    write_clip(tmp_path / "song.wav", tmp_path / "clip.wav", 2)
    clip, _ = soundfile.read(tmp_path / "clip.wav")
    assert np.abs(clip).max() == pytest.approx(1, abs=1e-4)
    assert clip.std() == pytest.approx(0.5**0.5, rel=0.05)  # of a sine, not of a square


@others_encoders
@pytest.mark.parametrize(
    ("rate", "channels", "wanted"),
    [
        (8000, 1, 16_000),
        (16_000, 2, 16_000),
        (22_050, 1, 22_050),
        (44_100, 2, 24_000),
        (96_000, 6, 24_000),
    ],
)
def test_an_mp3_clip_is_mono_small_and_as_long_and_as_high_as_the_sound(
    tmp_path, rate, channels, wanted
):
    sound = np.repeat(song(rate, 12, (6, 9))[:, None], channels, axis=1)
    write_clip(put(tmp_path / "song.wav", sound, rate), tmp_path / "clip.mp3", 3)
    clip, told = decoded(tmp_path / "clip.mp3")
    assert (told["codec_name"], told["channels"]) == ("mp3", 1)
    assert (int(told["sample_rate"]), told["bit_rate"]) == (wanted, "48000")
    assert 3 * wanted <= len(clip) <= 3 * wanted + MP3_FRAMES
    assert (tmp_path / "clip.mp3").stat().st_size < 20_000
    assert (tmp_path / "clip.mp3").read_bytes() == mp3_clip(tmp_path / "song.wav", 3)
    assert clip.std() == pytest.approx(MP3_LOUDNESS, rel=0.03)
    pitch = np.abs(np.fft.rfft(clip)).argmax() * wanted / len(clip)
    assert pitch == pytest.approx(440, abs=1)


@others_encoders
@pytest.mark.parametrize("make", [VBR, PLAIN_VBR, FLAC, UNTOLD_FLAC, VORBIS, OPUS, M4A])
def test_the_loudest_moment_is_found_in_what_other_encoders_write(tmp_path, make):
    stereo = np.repeat(song(44_100, 12, (6, 9))[:, None], 2, axis=1)
    soundfile.write(tmp_path / "song.wav", stereo, 44_100, "PCM_16")
    make(tmp_path / "song.wav", tmp_path / "song")
    write_clip(tmp_path / "song", tmp_path / "clip.mp3", 3)
    clip, _ = decoded(tmp_path / "clip.mp3")
    assert clip.std() == pytest.approx(MP3_LOUDNESS, rel=0.03)


@others_encoders
@pytest.mark.parametrize("samples", [1, 3, 100, 2400])
@pytest.mark.parametrize("name", ["clip.wav", "clip.MP3"])
def test_a_short_sound_is_its_own_clip(tmp_path, samples, name):
    put(tmp_path / "digit.wav", song(8000, samples / 8000, (0, 1)), 8000)
    write_clip(tmp_path / "digit.wav", tmp_path / name, 3)
    clip, told = decoded(tmp_path / name)
    longer = int(told["sample_rate"]) // 8000
    assert longer == (2 if name == "clip.MP3" else 1)
    padding = MP3_FRAMES if name == "clip.MP3" else 0
    assert longer * samples <= len(clip) <= longer * samples + padding
    assert samples < 2400 or np.abs(clip).max() > 0.4


@others_encoders
@pytest.mark.parametrize("name", ["clip.wav", "clip.mp3"])
def test_silence_gives_a_silent_clip(tmp_path, name):
    put(tmp_path / "song.wav", np.zeros((50_000, 2), np.float32), 8000)
    write_clip(tmp_path / "song.wav", tmp_path / name, 3)
    clip, told = decoded(tmp_path / name)
    assert len(clip) == 3 * int(told["sample_rate"])
    assert not clip.any()


@others_encoders
@pytest.mark.parametrize("odd", [np.nan, np.inf, 1e30, np.finfo(np.float32).max])
def test_odd_samples_do_not_stop_a_clip(tmp_path, odd):
    sound = np.repeat(song(48_000, 5, (2, 4))[:, None], 2, axis=1)
    sound[::10_000] = odd
    put(tmp_path / "song.wav", sound, 48_000)
    write_clip(tmp_path / "song.wav", tmp_path / "clip.mp3", 2)
    clip, _ = decoded(tmp_path / "clip.mp3")
    assert np.isfinite(clip).all()
    assert np.abs(clip).max() > 0.3


def test_a_long_file_takes_no_more_memory_than_a_short_one(tmp_path):
    put(tmp_path / "song.wav", song(8000, 12, (6, 9)), 8000)
    write_clip(tmp_path / "song.wav", tmp_path / "clip.wav", 3)  # imports what it needs
    with soundfile.SoundFile(tmp_path / "long.wav", "w", 8000, 1, "PCM_16") as file:
        for _ in range(60):
            file.write(np.full(8000 * 30, 0.01))
    peaks = []
    for name in ("song.wav", "long.wav"):
        tracemalloc.start()
        write_clip(tmp_path / name, tmp_path / "clip.wav", 3)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] < 8e6


def test_what_is_no_sound_is_refused_and_leaves_no_clip(tmp_path):
    (tmp_path / "text.wav").write_text("no sound")
    put(tmp_path / "empty.wav", np.zeros(0, np.float32), 8000)
    put(tmp_path / "song.wav", np.zeros(100, np.float32), 8000)
    for name, problem in [
        ("missing.wav", "missing.wav .*there is no clip of it"),
        ("text.wav", "damaged or no sound"),
        ("empty.wav", "holds no sound"),
    ]:
        with pytest.raises(DataError, match=problem):
            write_clip(tmp_path / name, tmp_path / "clip.mp3")
    with pytest.raises(DataError, match="cannot be written"):
        write_clip(tmp_path / "song.wav", tmp_path / "nowhere" / "clip.mp3")
    assert len([*tmp_path.iterdir()]) == 3


def test_windows_beyond_memory_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("data.clips.SAMPLES_READ", 1000)
    put(tmp_path / "song.wav", np.zeros((600, 2), np.float32), 8000)
    with pytest.raises(DataError, match="2 channels at 8000 Hz, more than 1,000 samples"):
        write_clip(tmp_path / "song.wav", tmp_path / "clip.wav")


def test_a_library_that_writes_no_mp3_is_named(tmp_path, monkeypatch):
    def refuse(*args, **how):
        raise ValueError(f"Unknown format: {how['format']!r}")

    put(tmp_path / "song.wav", np.zeros(100, np.float32), 8000)
    monkeypatch.setattr(soundfile, "write", refuse)
    with pytest.raises(DataError, match="as MP3 .*install a newer soundfile"):
        write_clip(tmp_path / "song.wav", tmp_path / "clip.mp3")
    assert not (tmp_path / "clip.mp3").exists()
