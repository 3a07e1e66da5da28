"""Sound files that are replaced are heard again, and a kill at any moment loses nothing."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

import data
from data import files
from data.growing_maps import GrowingMaps
from data.journal import JOURNAL, Journal, read_journal
from data.log_mel import LogMel
from data.prepare import prepare

SMALL = LogMel(sample_rate=8000, n_fft=256, hop=128, mels=8, frames=10)
N = 12


def _sound(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = 0.1 * np.random.default_rng(seed).normal(size=2000)
    with soundfile.SoundFile(path, "w", 8000, 1) as file:
        file.title, file.artist, file.genre = f"Song {seed}", f"Artist {seed % 5}", "Folk"
        file.write(sound)


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    """A dozen songs with tags."""
    for number in range(N):
        _sound(tmp_path / "audio" / f"{number:02d}.flac", number)
    return tmp_path / "audio"


def _prepare(audio: Path, out: Path, **options: object):
    return prepare(audio, out, **{"log_mel": SMALL, "workers": 1, **options})


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _change(audio: Path) -> None:
    """Replace some files, break two of which one is in the last row, and add one."""
    for number in (1, 5, 9):
        _sound(audio / f"{number:02d}.flac", 100 + number)
    for number in (3, N - 1):
        (audio / f"{number:02d}.flac").write_bytes(b"no sound any more")
    _sound(audio / "added.flac", 99)


def test_a_replaced_file_is_heard_again_and_leaves_what_a_fresh_prepare_gives(audio, tmp_path):
    _prepare(audio, tmp_path / "out")
    for number in (0, 5, N - 1):
        _sound(audio / f"{number:02d}.flac", 100 + number)
    prepared = _prepare(audio, tmp_path / "out")
    assert (prepared.added, prepared.changed) == (0, 3)
    first = next(prepared.lines("out"))
    assert first == f"{N} songs, 0 of them new, 3 heard again since they changed, 0 skipped: out"
    _prepare(audio, tmp_path / "fresh")
    assert _bytes(tmp_path / "out") == _bytes(tmp_path / "fresh")
    assert "Song 105" in files.read_metadata(tmp_path / "out" / files.METADATA)["title"]
    assert _prepare(audio, tmp_path / "out").changed == 0


def test_a_file_of_the_same_size_is_known_by_its_time(audio, tmp_path):
    for name in ("00", "01"):
        soundfile.write(audio / f"{name}.wav", np.full(2000, int(name) / 4), 8000)
    _prepare(audio, tmp_path / "out")
    shutil.copy(audio / "01.wav", audio / "00.wav")
    assert _prepare(audio, tmp_path / "out").changed == 1
    songs = data.read(tmp_path / "out")
    ids = songs.ids.tolist()
    assert (songs.audio[ids.index("00.wav")] == songs.audio[ids.index("01.wav")]).all()


def test_a_file_that_is_no_sound_any_more_leaves_and_returns(audio, tmp_path):
    _prepare(audio, tmp_path / "out")
    whole = {name: (audio / name).read_bytes() for name in ("03.flac", "11.flac")}
    _change(audio)
    prepared = _prepare(audio, tmp_path / "out")
    assert (prepared.added, prepared.changed) == (1, 3)
    assert sum("problem" in entry for entry in prepared.entries.values()) == 2
    _prepare(audio, tmp_path / "fresh")
    ours, fresh = data.read(tmp_path / "out"), data.read(tmp_path / "fresh")
    assert sorted(ours.ids) == sorted(fresh.ids) and len(ours) == N - 1
    for song, audio_map in zip(fresh.ids, fresh.audio, strict=True):
        assert (ours.audio[ours.ids == song][0] == audio_map).all()
    for name, content in whole.items():
        (audio / name).write_bytes(content)
    again = _prepare(audio, tmp_path / "out")
    assert (again.added, again.changed) == (2, 0)
    assert data.read(tmp_path / "out").ids.tolist()[-2:] == list(whole)


def test_a_collection_from_before_files_were_noted_is_gone_on_with(audio, tmp_path):
    _prepare(audio, tmp_path / "out")
    after = _bytes(tmp_path / "out")
    lines = (tmp_path / "out" / JOURNAL).read_text("utf-8").splitlines()
    old = [json.loads(line) for line in lines if "labels" not in json.loads(line)]
    for entry in old[1:]:
        for name in ("size", "mtime_ns", "tags"):
            del entry[name]
    (tmp_path / "out" / JOURNAL).write_text("".join(f"{json.dumps(each)}\n" for each in old))
    prepared = _prepare(audio, tmp_path / "out")
    assert (prepared.added, prepared.changed) == (0, 0)
    found = _bytes(tmp_path / "out")
    assert found.pop(JOURNAL) and after.pop(JOURNAL) and found == after
    _sound(audio / "04.flac", 104)
    assert _prepare(audio, tmp_path / "out").changed == 1


def test_a_sound_that_has_gone_keeps_its_map_while_a_csv_lists_it(audio, tmp_path):
    rows = {"id": ["a", "b"], "audio_path": ["00.flac", "01.flac"], "genre": ["x", "y"]}
    files.write_metadata(tmp_path / "list.csv", rows)
    _prepare(audio, tmp_path / "out", metadata=tmp_path / "list.csv")
    (audio / "01.flac").unlink()
    prepared = _prepare(audio, tmp_path / "out", metadata=tmp_path / "list.csv")
    assert (prepared.changed, len(data.read(tmp_path / "out"))) == (0, 2)


MOMENTS = (
    (GrowingMaps, "_note"),
    (GrowingMaps, "put"),
    (GrowingMaps, "_sync"),
    (Journal, "write"),
    (GrowingMaps, "complete"),
    (files, "write_metadata"),
    (os, "replace"),
    (Path, "rename"),
)
"""What changes files; a kill is tried before and after each call of each."""


def _prepare_until(audio: Path, out: Path, moment: int) -> bool:
    """Prepare in a process that is gone at the given moment; return whether there was one."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] != 0
    seen = 0

    def counted(function):
        def call(*given, **named):
            nonlocal seen
            seen += 1
            if seen == moment:
                os._exit(1)
            result = function(*given, **named)
            seen += 1
            if seen == moment:
                os._exit(1)
            return result

        return call

    for place, name in MOMENTS:
        setattr(place, name, counted(getattr(place, name)))
    half = GrowingMaps.__dict__["put"]

    def torn(self, song, values, facts):
        row = self.entries.get(song, {}).get("row")
        if row is not None and "changed" in self.entries[song]:
            self._maps.seek(self._start + row * self._row_size)
            self._maps.write(b"half" * (self._row_size // 8))
            self._maps.flush()
        half(self, song, values, facts)

    GrowingMaps.put = torn  # type: ignore[method-assign]
    try:
        _prepare(audio, out)
    finally:
        os._exit(0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")
def test_a_kill_at_any_moment_of_a_change_ends_in_the_same_bytes(audio, tmp_path):
    _prepare(audio, tmp_path / "before")
    _change(audio)
    shutil.copytree(tmp_path / "before", tmp_path / "whole")
    _prepare(audio, tmp_path / "whole")
    expected = _bytes(tmp_path / "whole")
    moment = 1
    while True:
        shutil.copytree(tmp_path / "before", tmp_path / "out")
        was_killed = _prepare_until(audio, tmp_path / "out", moment)
        if was_killed and moment % 3 == 0:  # and once more as it goes on
            _prepare_until(audio, tmp_path / "out", 1 + moment // 2)
        _prepare(audio, tmp_path / "out")
        assert _bytes(tmp_path / "out") == expected, f"killed at moment {moment}"
        if not was_killed:
            break
        shutil.rmtree(tmp_path / "out")
        moment += 1
    assert moment > 50


@pytest.mark.parametrize(
    "line",
    [
        {"id": "a", "row": 0, "changed": True, "problem": "x"},
        {"id": "a", "row": 0, "size": 1, "mtime_ns": -5, "tags": {"title": "t"}, "remarks": ["x"]},
        {"id": "a", "problem": "x", "reason": "y"},
    ],
)
def test_what_prepare_notes_is_read(tmp_path, line):
    (tmp_path / JOURNAL).write_text("{}\n" + json.dumps(line) + '\n{"labels": "of folders"}\n')
    assert read_journal(tmp_path) == Journal({}, {"a": line}, "of folders")


@pytest.mark.parametrize(
    "line",
    [
        {"id": "a", "row": 0, "size": -1},
        {"id": "a", "row": 0, "size": "1"},
        {"id": "a", "row": 0, "mtime_ns": 0.5},
        {"id": "a", "row": 0, "tags": ["title"]},
        {"id": "a", "row": 0, "tags": {"mood": "calm"}},
        {"id": "a", "row": 0, "tags": {"title": 3}},
        {"id": "a", "row": 0, "tags": {"title": "x" * 201}},
        {"id": "a", "row": 0, "tags": {"lyrics": "x" * 200_001}},
        {"id": "a", "row": 0, "remarks": "silent"},
        {"id": "a", "row": 0, "remarks": [3]},
        {"id": "a", "changed": True, "problem": "x"},
        {"id": "a", "row": 0, "problem": "x"},
        {"labels": 3},
    ],
)
def test_what_prepare_would_not_note_is_refused(tmp_path, line):
    (tmp_path / JOURNAL).write_text("{}\n" + json.dumps(line) + "\n")
    with pytest.raises(data.DataError, match="prepare.jsonl is damaged; remove"):
        read_journal(tmp_path)


def test_a_list_with_a_name_that_is_no_unicode_is_noted(audio, tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.csv"))
    try:
        path.write_text("id,audio_path\na,00.flac\nb,01.flac\n")
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    _prepare(audio, tmp_path / "out", metadata=path)
    assert read_journal(tmp_path / "out").labels.endswith("caf\\xe9.csv")
