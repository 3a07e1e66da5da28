"""What hearing a song promises: one decibel scale, windows, and what is said of odd files."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile

from data.audio import REMARKS, LogMel, hear, is_sound
from data.errors import DataError

Write = Callable[[Path], Path]
SMALL = LogMel(sample_rate=8000, n_fft=256, hop=128, mels=16, frames=20)


def _noise(samples: int, seed: int = 0) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).normal(size=samples).astype(np.float32)


def _tone(rate: int, seconds: float, frequency: float = 440) -> np.ndarray:
    return 0.3 * np.sin(2 * np.pi * frequency * np.arange(int(rate * seconds)) / rate)


def test_a_map_is_the_mel_spectrogram_of_librosa_in_decibels():
    log_mel = LogMel()
    sound = _noise(log_mel.samples)
    power = librosa.feature.melspectrogram(
        y=sound, sr=22_050, n_fft=2048, hop_length=512, n_mels=64, center=False
    )
    values = log_mel(sound)
    assert values.shape == (64, 128)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, 10 * np.log10(np.maximum(power, 1e-8)), atol=1e-3)


def test_twenty_decibels_more_sound_are_twenty_more_everywhere():
    sound = _noise(SMALL.samples)
    np.testing.assert_allclose(SMALL(10 * sound), SMALL(sound) + 20, atol=1e-3)


def test_a_loud_passage_leaves_quiet_ones_as_they_are():
    sound = 1e-4 * _noise(SMALL.samples)
    louder = sound.copy()
    louder[-SMALL.n_fft :] = 1
    np.testing.assert_array_equal(SMALL(louder)[:, :17], SMALL(sound)[:, :17])


def test_short_sound_is_followed_by_the_floor_and_long_sound_is_cut():
    sound = _noise(SMALL.samples + 5000)
    np.testing.assert_array_equal(SMALL(sound), SMALL(sound[: SMALL.samples]))
    short = SMALL(sound[:1024])
    assert (short[:, 8:] == -80).all()
    assert (short[:, :8] > -80).all()


def test_a_song_is_the_mean_of_windows_in_equal_shares_of_it(tmp_path):
    sound = _noise(3 * SMALL.samples + 100)
    soundfile.write(tmp_path / "song.wav", sound, 8000, "FLOAT")
    starts = [16, 2738, 5459]  # of windows of 2688 samples in three shares of 2721.3
    maps = [SMALL(sound[start : start + SMALL.samples]) for start in starts]
    heard = hear(tmp_path / "song.wav", SMALL, windows=8)
    np.testing.assert_allclose(heard.map, np.mean(maps, axis=0), atol=1e-3)
    middle = hear(tmp_path / "song.wav", SMALL, windows=1)
    np.testing.assert_allclose(middle.map, maps[1], atol=1e-3)


@pytest.mark.parametrize(
    ("name", "rate"), [("a.wav", 8000), ("b ü.flac", 96_000), ("ক.ogg", 44_100)]
)
@pytest.mark.parametrize("channels", [1, 2])
def test_formats_rates_and_channels_make_no_difference(tmp_path, name, rate, channels):
    reference = SMALL(_tone(8000, 1))
    tone = np.repeat(_tone(rate, 1)[:, None], channels, axis=1)
    soundfile.write(tmp_path / name, tone, rate)
    heard = hear(tmp_path / name, SMALL, 1)
    loud = reference > reference.max() - 20
    np.testing.assert_allclose(heard.map[loud], reference[loud], atol=0.5)
    assert not (heard.short or heard.silent or heard.clipped)


def test_short_silent_and_clipped_songs_are_told_apart(tmp_path):
    soundfile.write(tmp_path / "short.wav", _tone(44_100, 0.01), 44_100)
    soundfile.write(tmp_path / "silent.wav", np.zeros(8000), 8000)
    soundfile.write(tmp_path / "clipped.wav", np.clip(9 * _tone(8000, 1), -1, 1), 8000)
    facts = {
        path.stem: (heard.short, heard.silent, heard.clipped)
        for path in tmp_path.iterdir()
        if np.isfinite((heard := hear(path, SMALL, 8)).map).all()
    }
    assert facts == {
        "short": (True, False, False),
        "silent": (False, True, False),
        "clipped": (False, False, True),
    }


def _cut(name: str) -> Write:
    def write(folder: Path) -> Path:
        path = folder / name
        soundfile.write(path, _noise(80_000), 8000)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        return path

    return write


def _without_size(folder: Path) -> Path:
    """Write a WAV file as a program that writes to a pipe leaves it."""
    path = _written("song.wav", _noise(8000))(folder)
    content = path.read_bytes()
    place = content.index(b"data") + 4
    path.write_bytes(content[:place] + b"\xff" * 4 + content[place + 4 :])
    return path


def _written(name: str, sound: np.ndarray, rate: int = 8000) -> Write:
    def write(folder: Path) -> Path:
        soundfile.write(folder / name, sound, rate, "FLOAT")
        return folder / name

    return write


def _plain(name: str, content: bytes) -> Write:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


BROKEN = {
    "truncated MP3": (_cut("song.mp3"), "song.mp3 is cut short.*copy it again"),
    "truncated WAV": (_cut("song.wav"), "song.wav is cut short: its end is missing"),
    "truncated OGG": (_cut("song.ogg"), "song.ogg is cut short: its end is missing"),
    "truncated FLAC": (_cut("song.flac"), "song.flac is (damaged|cut short)"),
    "empty file": (_plain("song.wav", b""), "song.wav is damaged or no sound"),
    "text": (_plain("song.wav", b"la la la\n" * 99), "song.wav is damaged or no sound .*Format"),
    "headerless": (_plain("song.raw", b"la la la\n" * 99), "song.raw is damaged or no sound"),
    "no samples": (_written("song.wav", np.zeros(0)), "song.wav holds no sound"),
    "not finite": (_written("song.wav", np.full(8000, np.nan)), "NaN or infinite"),
    "missing": (lambda folder: folder / "song.wav", "song.wav is missing; correct its audio_path"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_cannot_be_heard_is_named_with_a_remedy(tmp_path, kind):
    write, message = BROKEN[kind]
    with pytest.raises(DataError, match=message):
        hear(write(tmp_path), SMALL, 8)


def test_a_placeholder_for_a_length_is_no_evidence_of_damage(tmp_path):
    heard = hear(_without_size(tmp_path), SMALL, 8)
    assert heard.remarks == ("length_unknown",)
    assert set(heard.remarks) <= set(REMARKS)


def test_the_content_of_a_file_decides_how_it_is_read_and_not_its_name(tmp_path):
    for suffix in ("wav", "mp3", "flac", "ogg", "aiff"):
        soundfile.write(tmp_path / f"song.{suffix}", _tone(8000, 1), 8000)
    heard = {}
    for path in sorted(tmp_path.iterdir()):
        renamed = path.rename(tmp_path / f"{path.suffix[1:]}.raw")
        heard[renamed.stem] = is_sound(renamed) and hear(renamed, SMALL, 1) is not None
    assert heard == dict.fromkeys(["aiff", "flac", "mp3", "ogg", "wav"], True)


def test_other_files_in_a_folder_of_songs_are_no_sound(tmp_path):
    (tmp_path / "cover").write_bytes(b"\xff\xd8\xff\xe0" + bytes(999))
    (tmp_path / "words").write_bytes("la la".encode("utf-16"))
    (tmp_path / "list.m3u").write_text("#EXTM3U\nsong.mp3\n")
    (tmp_path / "film.avi").write_bytes(b"RIFF\x00\x10\x00\x00AVI LIST" + bytes(999))
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    assert not any(is_sound(path) for path in [*tmp_path.iterdir(), tmp_path / "nowhere"])
    assert is_sound(tmp_path / "text.mp3")  # which is then said to be none


@pytest.mark.parametrize("kind", ["caf", "w64", "wav", "aiff"])
def test_a_chunk_of_any_size_is_heard_or_said_in_a_sentence(tmp_path, kind):
    path = tmp_path / f"song.{kind}"
    soundfile.write(path, _tone(8000, 1), 8000)
    content = path.read_bytes()
    for place in range(0, 120, 4):
        for size in (b"\xff" * 8, b"\x7f" + b"\xff" * 7, bytes(8), b"\0\0\0\x7f" * 2):
            path.write_bytes(content[:place] + size + content[place + 8 :])
            with suppress(DataError):
                assert np.isfinite(hear(path, SMALL, 2).map).all()
