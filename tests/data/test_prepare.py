"""What preparing a collection promises: nothing lost, nothing silent, nothing done twice."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

import data.audio
from data import files
from data.__main__ import main
from data.audio import LogMel
from data.growing import growing
from data.journal import JOURNAL
from data.prepare import prepare
from data.writing import PART

SMALL = LogMel(sample_rate=8000, n_fft=256, hop=128, mels=8, frames=10)


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    """Three genres of eight songs, with lyrics for one genre, names in any script."""
    rng = np.random.default_rng(0)
    for genre in ("rock", "বাংলা গান", "jazz & blues"):
        folder = tmp_path / "audio" / genre
        folder.mkdir(parents=True)
        for number in range(8):
            sound = 0.1 * rng.normal(size=2000)
            soundfile.write(folder / f"{number} ü.wav", sound, 8000, "FLOAT")
            if genre == "rock":
                (folder / f"{number} ü.txt").write_text(f"words of song {number}", "utf-8")
    return tmp_path / "audio"


def _prepare(audio: Path, out: Path, **options: object):
    return prepare(audio, out, **{"log_mel": SMALL, "workers": 1, **options})


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != JOURNAL}


def _stopping_after(count: int):
    def progress(songs, total):
        for done, song in enumerate(songs):
            if done == count:
                raise KeyboardInterrupt
            yield song

    return progress


def test_folders_are_genres_and_text_files_are_lyrics(audio, tmp_path):
    prepared = _prepare(audio, tmp_path / "out")
    assert prepared.added == 24
    songs = data.load(tmp_path / "out")
    assert songs.audio.shape == (24, 8, 10)
    assert set(songs.labels["genre"]) == {"rock", "বাংলা গান", "jazz & blues"}
    assert songs.has_lyrics.tolist() == (songs.labels["genre"] == "rock").tolist()
    row = songs.ids.tolist().index("rock/3 ü.wav")
    sound, _ = soundfile.read(audio / "rock" / "3 ü.wav", dtype="float32")
    middle = (len(sound) - SMALL.samples) // 2
    np.testing.assert_allclose(
        songs.audio[row], SMALL(sound[middle : middle + SMALL.samples]), atol=1e-3
    )
    table = files.read_metadata(tmp_path / "out" / files.METADATA)
    assert all((tmp_path / "out" / path).is_file() for path in table["audio_path"])


def test_a_csv_names_songs_labels_and_lyrics(audio, tmp_path):
    paths = sorted(path.relative_to(audio).as_posix() for path in audio.rglob("*.wav"))
    table = {
        "id": [str(100 + row) for row in range(24)],
        "audio_path": paths,
        "mood": ["calm", "wild"] * 12,
        "lyrics": ["la", ""] * 12,
    }
    files.write_metadata(tmp_path / "songs.csv", table)
    _prepare(audio, tmp_path / "out", metadata=tmp_path / "songs.csv")
    songs = data.load(tmp_path / "out")
    assert songs.ids.tolist() == table["id"]
    assert songs.labels["mood"].tolist() == table["mood"]
    assert not (tmp_path / "out" / "nothing").exists()
    beside = audio / "songs.csv"  # paths may also be meant from the CSV
    files.write_metadata(beside, table)
    again = _prepare(audio / "rock", tmp_path / "other", metadata=beside)
    assert again.added == 24


@pytest.mark.parametrize("done", [0, 1, 13, 23])
def test_a_stopped_prepare_goes_on_and_ends_with_the_same_bytes(audio, tmp_path, done):
    _prepare(audio, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        _prepare(audio, tmp_path / "out", progress=_stopping_after(done))
    with pytest.raises(data.DataError, match="is not finished; run the same `python -m data prep"):
        data.load(tmp_path / "out")
    assert _prepare(audio, tmp_path / "out").added == 24 - done
    assert _bytes(tmp_path / "out").keys() == _bytes(tmp_path / "whole").keys()
    for name in (files.SPECTROGRAMS, files.IDS, files.LYRICS, files.METADATA):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.parametrize("torn", ["journal", "map", "map that never reached the disk"])
def test_what_a_kill_tore_is_made_again(audio, tmp_path, torn):
    _prepare(audio, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        _prepare(audio, tmp_path / "out", progress=_stopping_after(10))
    part = tmp_path / "out" / (files.SPECTROGRAMS + PART)
    journal = tmp_path / "out" / JOURNAL
    if torn == "journal":
        journal.write_bytes(journal.read_bytes()[:-9])
    elif torn == "map":
        part.write_bytes(part.read_bytes() + b"half a map")
    else:
        part.write_bytes(part.read_bytes()[:-500])
    _prepare(audio, tmp_path / "out")
    songs, whole = data.load(tmp_path / "out"), data.load(tmp_path / "whole")
    assert songs.ids.tolist() == whole.ids.tolist()
    np.testing.assert_array_equal(songs.audio, whole.audio)


def test_what_is_done_is_not_done_again(audio, tmp_path):
    _prepare(audio, tmp_path / "out")
    before = _bytes(tmp_path / "out")
    assert _prepare(audio, tmp_path / "out").added == 0
    assert _bytes(tmp_path / "out") == before


def test_a_broken_file_is_reported_skipped_and_taken_once_it_is_mended(audio, tmp_path):
    path = audio / "rock" / "5 ü.wav"
    whole = path.read_bytes()
    path.write_bytes(whole[:300])
    prepared = _prepare(audio, tmp_path / "out")
    assert "cut short" in prepared.entries["rock/5 ü.wav"]["problem"]
    lines = list(prepared.lines("out"))
    assert lines[0] == "23 songs, 23 of them new, 1 skipped: out"
    assert lines[2].startswith("  1 skipped: ") and "rock/5 ü.wav is cut short" in lines[2]
    assert len(data.load(tmp_path / "out")) == 23
    path.write_bytes(whole)
    assert _prepare(audio, tmp_path / "out").added == 1
    songs = data.load(tmp_path / "out")
    assert songs.ids[-1] == "rock/5 ü.wav"
    assert songs.labels["genre"][-1] == "rock"
    before = _bytes(tmp_path / "out")
    assert _prepare(audio, tmp_path / "out").added == 0
    assert _bytes(tmp_path / "out") == before


def test_new_songs_are_added_and_vanished_ones_are_refused(audio, tmp_path):
    _prepare(audio, tmp_path / "out")
    soundfile.write(audio / "rock" / "new.wav", np.ones(2000) / 2, 8000)
    assert _prepare(audio, tmp_path / "out").added == 1
    (audio / "rock" / "new.wav").unlink()
    with pytest.raises(data.DataError, match="has the song 'rock/new.wav', which is not listed"):
        _prepare(audio, tmp_path / "out")
    assert len(data.load(tmp_path / "out")) == 25


def test_a_file_that_breaks_the_reader_does_not_break_the_others(audio, tmp_path, monkeypatch):
    def hear(path, log_mel, windows):
        if path.name.startswith("3"):
            raise RuntimeError("the decoder gave up")
        return data.audio.hear(path, log_mel, windows)

    monkeypatch.setattr("data.hearing.hear", hear)
    prepared = _prepare(audio, tmp_path / "out")
    assert prepared.added == 21
    assert "cannot be heard (the decoder gave up)" in prepared.entries["rock/3 ü.wav"]["problem"]


def test_odd_songs_and_files_are_counted(audio, tmp_path):
    soundfile.write(audio / "rock" / "still.wav", np.zeros(2000), 8000)
    soundfile.write(audio / "rock" / "short.wav", np.ones(9) / 2, 8000)
    (audio / "rock" / "cover.jpg").write_bytes(b"")
    (audio / "rock" / "._0 ü.wav").write_bytes(b"")
    lines = list(_prepare(audio, tmp_path / "out").lines("out"))
    assert lines == [
        "26 songs, 26 of them new, 0 skipped: out",
        "genre is the first folder of each song, 3 in all: rock, jazz & blues, বাংলা গান; no file "
        "has a genre tag",
        "  1 shorter than a map, followed by silence: rock/short.wav",
        "  1 silent throughout: rock/still.wav",
        "  1 other files ignored, neither sound nor lyrics",
        "  the list of all: out/remarks.csv",
    ]


def test_a_name_that_is_no_unicode_is_spelled_out(audio, tmp_path):
    try:
        soundfile.write(audio / "plain.wav", np.ones(2000) / 2, 8000)
        (audio / "plain.wav").rename(os.fsdecode(os.fsencode(audio) + b"/caf\xe9.wav"))
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    _prepare(audio, tmp_path / "out")
    assert "caf\\xe9.wav" in data.load(tmp_path / "out").ids


def test_a_collection_is_continued_only_with_its_own_settings(audio, tmp_path):
    _prepare(audio, tmp_path / "out")
    with pytest.raises(data.DataError, match=r"other settings \(windows 8\); use those"):
        _prepare(audio, tmp_path / "out", windows=2)
    assert len(data.load(tmp_path / "out")) == 24


def test_two_prepares_do_not_write_to_one_folder(audio, tmp_path):
    with growing(tmp_path / "out", (8, 10), {"any": 1}, []):
        with pytest.raises(data.DataError, match="another prepare is writing"):
            _prepare(audio, tmp_path / "out")


def test_what_cannot_be_prepared_is_said_in_a_sentence(audio, tmp_path):
    (tmp_path / "empty").mkdir()
    for options, message in (
        ({"audio": tmp_path / "nowhere"}, "there is no folder .*nowhere; --audio names"),
        ({"audio": tmp_path / "empty"}, "empty holds no sound files"),
        ({"out": audio / "rock" / "0 ü.wav"}, "0 ü.wav holds something else"),
        ({"out": audio}, "audio holds something else; remove it or choose another --out"),
        ({"metadata": tmp_path / "no.csv"}, "no.csv is missing"),
    ):
        with pytest.raises(data.DataError, match=message):
            _prepare(**{"audio": audio, "out": tmp_path / "out", **options})
    files.write_metadata(tmp_path / "bare.csv", {"id": ["1"]})
    with pytest.raises(data.DataError, match="bare.csv has no audio_path column; add one"):
        _prepare(audio, tmp_path / "out", metadata=tmp_path / "bare.csv")
    files.write_metadata(tmp_path / "lost.csv", {"id": ["1"], "audio_path": ["lost.wav"]})
    with pytest.raises(data.DataError, match="none of 1 songs can be used; the first: .*lost.wav"):
        _prepare(audio, tmp_path / "out", metadata=tmp_path / "lost.csv")


def test_a_damaged_journal_is_refused(audio, tmp_path):
    _prepare(audio, tmp_path / "out")
    (tmp_path / "out" / JOURNAL).write_text(json.dumps({"id": 1}) + "\nnonsense\n")
    with pytest.raises(data.DataError, match="prepare.jsonl is damaged; remove"):
        _prepare(audio, tmp_path / "out")


def test_the_command_prepares_and_checks(audio, tmp_path, capsys):
    out = str(tmp_path / "out")
    options = ["--sample-rate", "8000", "--n-fft", "256", "--hop", "128", "--mels", "8"]
    options += ["--frames", "10", "--workers", "1", "--windows", "2"]
    assert main(["prepare", "--audio", str(audio), "--out", out, *options]) == 0
    assert "24 songs, 24 of them new, 0 skipped" in capsys.readouterr().out
    assert main(["check", out]) == 0
    assert "0 problems" in capsys.readouterr().out
    assert main(["prepare", "--audio", out, "--out", out, *options]) == 3
    assert "latentune: " in capsys.readouterr().err
