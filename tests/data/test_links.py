"""Nothing is written through a link: a stranger's folder leads to no file outside it."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

import data
from data import files
from data.__main__ import main
from data.growing import LOCK
from data.journal import JOURNAL
from data.log_mel import LogMel
from data.prepare import prepare
from data.writing import PART, is_left_over, replacing

SMALL = LogMel(sample_rate=8000, n_fft=256, hop=128, mels=8, frames=10)
WRITTEN = [
    files.METADATA,
    files.IDS,
    files.SPECTROGRAMS,
    files.SPECTROGRAMS + PART,
    files.LYRICS,
    JOURNAL,
    LOCK,
]


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    """Two songs."""
    folder = tmp_path / "audio" / "rock"
    folder.mkdir(parents=True)
    for name in ("one", "two"):
        sound = 0.1 * np.random.default_rng(0).normal(size=2000)
        soundfile.write(folder / f"{name}.wav", sound, 8000)
    return tmp_path / "audio"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of the owner's."""
    path = tmp_path / "secret"
    path.write_text("the owner's own words\n")
    return path


def _prepare(audio: Path, out: Path, **options: object):
    return prepare(audio, out, **{"log_mel": SMALL, "workers": 1, **options})


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize("name", WRITTEN)
def test_a_link_where_prepare_writes_is_refused_and_its_target_untouched(
    audio, secret, tmp_path, name, begun
):
    out = tmp_path / "out"
    if begun:
        _prepare(audio, out)
        (out / name).unlink(missing_ok=True)
    else:
        out.mkdir()
    (out / name).symlink_to(secret)
    before = sorted(path.name for path in out.iterdir())
    with pytest.raises(data.DataError, match="is a link and is left alone; remove|something else"):
        _prepare(audio, out)
    assert secret.read_text() == "the owner's own words\n"
    assert sorted(path.name for path in out.iterdir()) == before


@pytest.mark.parametrize("kind", ["pipe", "folder", "second name"])
def test_what_is_no_file_of_its_own_is_not_written_to(audio, secret, tmp_path, kind):
    out = tmp_path / "out"
    _prepare(audio, out)
    path = out / JOURNAL
    if kind == "second name":
        os.link(path, tmp_path / "copy")
        os.link(out / files.SPECTROGRAMS, tmp_path / "maps")
    else:
        path.unlink()
        os.mkfifo(path) if kind == "pipe" else path.mkdir()
    with pytest.raises(data.DataError, match="a named pipe|a folder|a hard link"):
        _prepare(audio, out)
    with pytest.raises(data.DataError, match="a device and is left alone"):
        with replacing(Path("/dev/null"), "w"):
            pass


def test_what_was_left_half_written_is_removed_by_the_next_prepare(audio, secret, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / f".{files.METADATA}.0123456789abcdef{PART}").write_text("id\n")
    (out / f".{JOURNAL}.0123456789abcdef{PART}").symlink_to(secret)
    (out / (files.SPECTROGRAMS + PART)).write_bytes(b"")
    (out / LOCK).touch()
    _prepare(audio, out)
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [files.METADATA, files.IDS, files.SPECTROGRAMS, JOURNAL]
    )
    assert secret.read_text() == "the owner's own words\n"


def test_files_are_made_with_the_rights_that_the_umask_leaves(audio, tmp_path):
    before = os.umask(0o027)
    try:
        _prepare(audio, tmp_path / "out")
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o640}


def test_a_file_that_is_replaced_hands_on_its_mode(audio, tmp_path):
    out = tmp_path / "out"
    _prepare(audio, out)
    modes = {files.METADATA: 0o600, files.IDS: 0o664, JOURNAL: 0o640}
    for name, mode in modes.items():
        (out / name).chmod(mode)
    _prepare(audio, out)
    assert {name: (out / name).stat().st_mode & 0o777 for name in modes} == modes


def test_a_file_with_a_name_as_long_as_can_be_is_replaced_and_its_rest_known(tmp_path):
    path = tmp_path / ("ü" * 120 + ".csv")
    for content in ("one", "two"):
        with replacing(path, "w") as file:
            file.write(content)
    assert path.read_text() == "two" and list(tmp_path.iterdir()) == [path]
    with replacing(path, "w") as file:
        (begun,) = (each.name for each in tmp_path.iterdir() if each != path)
        assert is_left_over(begun, [path.name]) and not is_left_over(begun, ["other.csv"])
        file.write("three")


def test_lyrics_that_are_a_link_out_of_the_songs_are_left_out(audio, secret, tmp_path):
    (audio / "rock" / "one.txt").symlink_to(secret)
    (audio / "words").write_text("la la la")
    (audio / "rock" / "two.txt").symlink_to(audio / "words")
    prepared = _prepare(audio, tmp_path / "out")
    assert any("one.txt is a link to a file outside" in line for line in prepared.lines("out"))
    table = files.read_metadata(tmp_path / "out" / files.METADATA)
    assert table["lyrics"] == ["", "la la la"]


def test_an_audio_path_to_a_text_leaves_nothing_of_it_in_the_collection(audio, secret, tmp_path):
    rows = {"id": ["a", "b", "c"], "audio_path": ["rock/one.wav", str(secret), "../secret"]}
    files.write_metadata(tmp_path / "list.csv", rows)
    prepared = _prepare(audio, tmp_path / "out", metadata=tmp_path / "list.csv")
    assert "no sound" in prepared.entries["b"]["problem"]
    for path in (tmp_path / "out").iterdir():
        assert b"own words" not in path.read_bytes()


def test_a_demo_takes_the_place_of_a_demo_alone(tmp_path, secret, capsys):
    folder = tmp_path / "demo"
    folder.mkdir()
    (folder / "demo.json").write_text("{}")
    (folder / "diary.txt").write_text("dear diary")
    assert main(["demo", "--out", str(folder), "--songs", "20"]) == 3
    assert "holds something else" in capsys.readouterr().err
    for text in ("[" * 10_000, "nonsense", ""):
        (folder / "demo.json").write_text(text)
        assert main(["demo", "--out", str(folder), "--songs", "20"]) == 3
    assert (folder / "diary.txt").exists()


def test_a_link_to_the_folder_of_a_demo_stays_one(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "demo").symlink_to(tmp_path / "disk")
    left = tmp_path / ".disk-abcdefgh"
    (left / "fresh").mkdir(parents=True)  # of a demo that was killed
    assert main(["demo", "--out", str(tmp_path / "demo"), "--songs", "20"]) == 0
    assert (tmp_path / "demo").is_symlink() and (tmp_path / "disk" / "demo.json").is_file()
    assert not left.exists()
