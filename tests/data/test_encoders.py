"""What the encoders of other people write is heard, and what is broken is told from it."""

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from data.audio import LogMel, hear
from data.errors import DataError
from data.sound.opening import opened
from tests.data.encoders import (
    ADTS,
    FAST_M4A,
    FFMPEG,
    NO_SOUND,
    PLAIN_VBR,
    SHORTENED,
    TRUNCATED,
    UNTOLD_FLAC,
    WHOLE,
    Make,
    by,
    missing_programs,
    run,
)
from tests.data.formats import Result, page, results, write_songs

TABLE = Path("docs/formats.md")
TOLERANCE = 0.3
"""In dB, between versions of the encoders."""

pytestmark = pytest.mark.skipif(
    bool(missing_programs()), reason=f"not installed: {', '.join(missing_programs())}"
)


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[str, Result]:
    return {result.kind: result for result in results(tmp_path_factory.mktemp("formats"))}


@pytest.fixture(scope="module")
def song(tmp_path_factory) -> Path:
    return write_songs(tmp_path_factory.mktemp("songs"))[0]


def test_every_whole_file_is_heard(found):
    assert [kind for kind in WHOLE if not found[kind].heard] == []


def test_every_file_that_ends_before_its_written_length_is_skipped(found):
    assert [kind for kind in TRUNCATED if found[kind].heard] == []
    assert all("is cut short" in found[kind].said for kind in TRUNCATED)


def test_an_early_end_that_no_number_contradicts_is_heard_with_a_remark(found):
    assert [kind for kind in SHORTENED if not (found[kind].heard and found[kind].said)] == []


def test_what_is_no_sound_or_leads_to_other_files_is_not_heard(found):
    assert [kind for kind in NO_SOUND if found[kind].heard] == []


def test_the_table_in_the_documents_is_what_is_heard(found):
    """When more or less is heard: python -m tests.data.formats > docs/formats.md"""
    written = TABLE.read_text("utf-8").splitlines()
    made = page(list(found.values())).splitlines()
    assert [_without_distance(line) for line in written] == [
        _without_distance(line) for line in made
    ]
    distances = np.array([_distance(line) for line in written])
    np.testing.assert_allclose(
        distances, [_distance(line) for line in made], atol=TOLERANCE, rtol=0.1
    )


def _distance(line: str) -> float:
    cells = line.split(" | ")
    return float(cells[2]) if len(cells) == 4 and cells[2][:1].isdigit() else 0.0


def _without_distance(line: str) -> list[str]:
    cells = line.split(" | ")
    return cells[:2] + cells[3:] if len(cells) == 4 else cells


@pytest.mark.parametrize(
    ("name", "make"), [("song.mp3", PLAIN_VBR), ("song.m4a", FAST_M4A), ("song.flac", UNTOLD_FLAC)]
)
def test_a_window_is_the_same_wherever_reading_begins(song, tmp_path, name, make: Make):
    make(song, tmp_path / name)
    with opened(tmp_path / name) as (sound, _):
        whole = sound.read(0, sound.length)
    assert len(whole) == sound.length
    for start in (1, 44_100, 300_001, sound.length - 30_000):
        with opened(tmp_path / name) as (sound, _):
            window = sound.read(start, 40_000)
        np.testing.assert_allclose(window, whole[start : start + 40_000], atol=1e-6)


def test_ffmpeg_and_this_project_decode_the_same_samples(song, tmp_path):
    PLAIN_VBR(song, tmp_path / "song.mp3")
    run(FFMPEG + " -f f32le {out}", tmp_path / "song.mp3", tmp_path / "samples")
    samples = np.fromfile(tmp_path / "samples", np.float32).reshape(-1, 2)
    with opened(tmp_path / "song.mp3") as (sound, _):
        ours = sound.read(0, sound.length)
    assert abs(len(samples) - len(ours)) <= 1152  # FFmpeg's program drops the decoder's delay
    shift = len(ours) - len(samples)
    np.testing.assert_allclose(ours[shift:], samples, atol=1e-4)


def test_encoders_delay_is_no_part_of_a_song_whatever_reads_it(song, tmp_path):
    by("lame --quiet -V4 {wav} {out}")(song, tmp_path / "plain.mp3")
    content = (tmp_path / "plain.mp3").read_bytes()
    (tmp_path / "junk.mp3").write_bytes(b"\0" * 5000 + content)
    with opened(tmp_path / "plain.mp3") as (sound, _):
        plain = sound.read(0, sound.length)
    with opened(tmp_path / "junk.mp3") as (sound, _):
        behind_junk = sound.read(0, sound.length)
    np.testing.assert_allclose(plain, behind_junk, atol=1e-4)


@pytest.mark.parametrize("name", ["song.mp3", "song.aac", "song.ogg"])
def test_a_song_of_parts_of_two_rates_is_not_heard_in_part(song, tmp_path, name):
    parts = []
    for rate in (44_100, 22_050):
        run(f"sox {{wav}} -r {rate} {{out}} trim 0 5", song, tmp_path / "part.wav")
        run("ffmpeg -v error -y -i {wav} {out}", tmp_path / "part.wav", tmp_path / name)
        parts.append((tmp_path / name).read_bytes())
    (tmp_path / name).write_bytes(b"".join(parts))
    with pytest.raises(DataError, match="changes its sample rate|cannot read files like this"):
        hear(tmp_path / name, LogMel(), 8)


@pytest.mark.parametrize(("name", "make"), [("song.mp3", PLAIN_VBR), ("song.m4a", FAST_M4A)])
def test_sound_of_more_than_a_day_is_refused(song, tmp_path, monkeypatch, name, make: Make):
    monkeypatch.setattr("data.sound.decoding.LONGEST", 10)
    make(song, tmp_path / name)
    with pytest.raises(DataError, match="is longer than"):
        hear(tmp_path / name, LogMel(), 8)


@pytest.mark.parametrize(("name", "make"), [("song.mp3", PLAIN_VBR), ("song.aac", ADTS)])
def test_a_long_song_takes_no_more_memory_than_its_windows(song, tmp_path, name, make: Make):
    make(song, tmp_path / name)
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content * 30)
    hear(tmp_path / name, LogMel(), 1)
    tracemalloc.start()
    hear(tmp_path / name, LogMel(), 8)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    with opened(tmp_path / name) as (sound, _):
        assert 4 * sound.channels * sound.length > 100 << 20
    assert peak < 12 << 20
