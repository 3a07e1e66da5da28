"""However large or odd what is read, memory stays bounded and a sentence says what is wrong."""

import json
import os
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

import data
from data import arrays, files
from data.__main__ import main
from data.check import check
from data.journal import JOURNAL, read_journal
from data.log_mel import LogMel, refuse_empty_bins
from data.prepare import prepare
from data.sources import from_folders
from data.workers import PER_CORE, how_many

NOBODY = 65534
SMALL = LogMel(sample_rate=8000, n_fft=256, hop=128, mels=8, frames=10)


def _sound(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.1 * np.random.default_rng(0).normal(size=2000), 8000)


@pytest.mark.parametrize("word", ["", " ", *sorted(files.UNKNOWN), "NAN", "nAn"])
def test_words_that_pandas_takes_for_unknown_are_unknown_in_every_reader(write, columns, word):
    columns["genre"][:6] = [word] * 6
    folder = write(columns)
    assert data.load(folder).labels["genre"][:6].tolist() == [""] * 6
    assert any("(unknown) 6" in fact for fact in check(folder).facts)


def test_other_short_words_are_kept_and_an_id_is_never_a_word_for_unknown(write, columns):
    columns["artist"][:4] = ["none", "na", "-", "?"]
    assert data.load(write(columns)).labels["artist"][:4].tolist() == ["none", "na", "-", "?"]
    columns["id"][3] = "NA"
    with pytest.raises(
        data.DataError, match=r"row 5 \(line \d+\) has no id; .* words for unknown, such as NA"
    ):
        data.load(write(columns))


def test_a_folder_with_a_name_for_unknown_is_no_genre(tmp_path):
    _sound(tmp_path / "None" / "a.wav")
    assert from_folders(tmp_path).table["genre"] == [""]


@pytest.mark.parametrize(
    ("column", "length", "message"),
    [
        (
            "lyrics",
            200_001,
            "the song 'song-7' has 200,001 characters of lyrics, and at most 200,0",
        ),
        (
            "note",
            1_000_001,
            r"row 9 \(line \d+\) has a text of more than 1,000,000 characters; shorten",
        ),
        (
            "lyrics",
            1_000_001,
            r"row 9 \(line \d+\) has a text of more than 1,000,000 characters; shorten",
        ),
        ("id", 1_001, "has 1,001 characters of id"),
    ],
)
def test_a_text_that_is_too_long_is_refused_with_its_song(write, columns, column, length, message):
    columns.setdefault(column, [""] * 60)[7] = "x" * length
    folder = write(columns)
    with pytest.raises(data.DataError, match=message) as caught:
        data.load(folder)
    assert len(str(caught.value)) < 500
    assert check(folder).problems


def test_a_value_that_is_too_long_for_a_label_leaves_the_column_out(write, columns):
    columns["language"][0] = columns["language"][20] = "x" * 201
    folder = write(columns)
    assert "language" not in data.load(folder).labels
    with pytest.raises(data.DataError, match="a value of 201 characters, and a label has at most"):
        data.load(folder, label="language")
    (sentence,) = [line for line in check(folder).warnings if "language" in line]
    assert sentence.startswith(
        "the column language is no label, for it has a value of 201 characters, and a label has "
        "at most 200; shorten its values"
    )
    assert not any("language" in fact for fact in check(folder).facts)


@pytest.mark.parametrize("column", ["note", "description", "lyrics_en", "genre", "title"])
@pytest.mark.parametrize("rows", [1, 60])
def test_a_column_of_long_texts_leaves_the_collection_readable(write, columns, column, rows):
    texts = [f"{row} " + "words " * 2_000 if row < rows else "" for row in range(60)]
    columns[column] = ["x" * 1_000_000, *texts[1:]]
    folder = write(columns)
    songs = data.load(folder)
    assert len(songs) == len(data.read(folder)) == 60
    assert column not in songs.labels and "language" in songs.labels
    found = check(folder)
    assert not found.problems
    assert any(f"the column {column} is no label" in line for line in found.warnings) == (
        column != "title"
    )


def test_groups_with_long_names_are_kept_apart_and_take_little_memory(write, columns):
    columns["artist"] = ["x" * 100_000 + name for name in columns["artist"]]
    songs = data.load(write(columns))
    assert songs.groups is not None and len(set(songs.groups.tolist())) == 20
    assert songs.groups.dtype.itemsize < 4 * 300
    assert "by artist (20 groups)" in songs.split_rule


def test_a_table_is_bounded_in_bytes_columns_and_rows(write, monkeypatch, tmp_path):
    folder = write()
    monkeypatch.setattr(files, "MOST_SONGS", 50)
    with pytest.raises(data.DataError, match="more than 50 rows of 7 columns"):
        data.load(folder)
    monkeypatch.setattr(files, "_MOST_COLUMNS", 6)
    with pytest.raises(data.DataError, match="has 7 columns and at most 6"):
        data.load(folder)
    with (folder / files.METADATA).open("ab") as file:
        file.truncate(files.LARGEST_TABLE + 1)  # a hole, which takes no space
    with pytest.raises(data.DataError, match="at most 268,435,456 are read"):
        data.load(folder)


def _npy(path: Path, kind: str, shape: tuple[int, ...], size: int, fortran: bool = False) -> None:
    header = repr({"descr": kind, "fortran_order": fortran, "shape": shape}).encode() + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
    os.truncate(path, path.stat().st_size + size)


@pytest.mark.parametrize("fortran", [False, True])
def test_arrays_beyond_memory_are_refused_before_it_is_asked_for(write, fortran):
    folder = write()
    terabyte = 2**40
    _npy(folder / files.SPECTROGRAMS, "<f4", (60, terabyte // 240), 60 * (terabyte // 60), fortran)
    with pytest.raises(data.DataError, match="takes 1099.5 GB of memory to read and there are"):
        data.load(folder)


@pytest.mark.parametrize(
    ("kind", "shape", "size", "message"),
    [
        ("<U1000000", (60,), 240_000_000, "strings of 1,000,000 characters and an id has at most"),
        ("|S2000", (60,), 120_000, "strings of 2,000 characters"),
        ("|i1", (2**31,), 2**31, "2,147,483,648 ids and at most 1,000,000 are read"),
        ("<f8", (60, 2**40), 0, r"shape \(60, 10995|cut short"),
        ("|O", (2**40,), 0, "Python objects"),
    ],
)
def test_ids_beyond_reason_are_refused(write, kind, shape, size, message):
    folder = write()
    _npy(folder / files.IDS, kind, shape, size)
    with pytest.raises(data.DataError, match=message):
        data.load(folder)


def test_a_header_of_gigabytes_is_not_read(tmp_path):
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1))
    os.truncate(path, 2**32 + 12)
    with pytest.raises(data.DataError, match="is not an .npy file"):
        arrays.open_array(path)


@pytest.mark.parametrize(
    "lines",
    [
        "[1]",
        "{}\n{}",
        '{}\n{"id": 1, "row": 0}',
        '{}\n{"id": "a", "row": "0"}',
        '{}\n{"id": "a", "row": -1}',
        '{}\n{"id": "a", "row": 1}',
        '{}\n{"id": "a", "row": 0}\n{"id": "b", "row": 0}',
        '{}\n{"id": "a", "row": true}',
        '{}\n{"id": "a", "problem": 3}',
        '{}\n{"id": "a"}',
        '{}\n["id"]',
        '{}\n{"id": ["a"], "row": 0}',
        "[" * 100_000,
    ],
)
def test_a_journal_that_prepare_would_not_have_written_is_refused(tmp_path, lines):
    (tmp_path / JOURNAL).write_text(lines + "\n")
    with pytest.raises(data.DataError, match="prepare.jsonl is damaged; remove"):
        read_journal(tmp_path)


@pytest.mark.parametrize(
    "options",
    [
        ["--hop", "99999999"],
        ["--n-fft", "99999999"],
        ["--frames", "99999999"],
        ["--mels", "5000"],
        ["--sample-rate", "1000000000"],
        ["--windows", "1000"],
        ["--workers", "99999999999999999999"],
        ["--workers", "5000"],
        ["--labels", "moods"],
        ["--labels", "tags", "--metadata", "songs.csv"],
        ["--hop", "9" * 5000],
        ["--mels", "512", "--n-fft", "256"],
        ["--mels", "512", "--n-fft", "65536", "--frames", "65536"],
        ["--frames", "10000", "--hop", "65536"],
        ["--n-fft", "65536", "--frames", "2000"],
        ["--out", ""],
    ],
)
def test_numbers_of_prepare_have_bounds(tmp_path, capsys, options):
    with pytest.raises(SystemExit) as caught:
        main(["prepare", "--audio", str(tmp_path), "--out", str(tmp_path / "out"), *options])
    assert caught.value.code == 2
    said = capsys.readouterr().err.partition("error: ")[2]
    assert said.count("\n") == 1 and 20 < len(said) < 300
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["check", "demo"])
def test_a_seed_has_a_bound(tmp_path, capsys, command):
    where = [str(tmp_path)] if command == "check" else ["--out", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as caught:
        main([command, *where, "--seed", "9" * 20])
    assert caught.value.code == 2
    assert "is not a whole number from 0 on, up to 4294967295" in capsys.readouterr().err


def test_mel_bins_that_hold_no_frequency_are_told():
    with pytest.raises(data.DataError, match=r"\d+ of 128 mel bins hold no frequency .* n_fft"):
        refuse_empty_bins(LogMel(mels=128, n_fft=256))
    refuse_empty_bins(LogMel())


def test_no_more_workers_are_used_than_there_is_work_and_cores_for():
    from joblib import cpu_count

    most = PER_CORE * cpu_count()
    assert how_many(most, 10**6, 50) == most
    assert how_many(most, 1, 50) == how_many(most, 0, 50) == how_many(None, 9, 50) == 1
    with pytest.raises(data.DataError, match=f"workers is {most + 1}, which is more than "):
        how_many(most + 1, 10**6, 50)


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(tmp_path):
    audio = tmp_path / "audio"
    for name in ("a", "b", "c", "d", "e"):
        _sound(audio / "rock" / f"{name}.wav")
    (audio / "rock" / "a.txt").write_bytes("caf\xe9".encode("latin-1"))
    (audio / "rock" / "b.txt").mkdir()
    os.mkfifo(audio / "rock" / "c.txt")
    (audio / "rock" / "d.txt").write_text("x" * 200_001)
    (audio / "rock" / "e.txt").write_text("\ufeffla la", "utf-8")
    (audio / "linked").symlink_to(tmp_path)
    os.mkfifo(audio / "pipe.wav")
    (audio / "gone.wav").symlink_to(tmp_path / "gone")
    prepared = prepare(audio, tmp_path / "out", log_mel=SMALL, workers=1)
    text = "\n".join(prepared.lines("out"))
    for sentence in (
        "5 songs, 5 of them new, 2 skipped",
        "a.txt is no UTF-8 text; save it again as UTF-8",
        "b.txt is a folder, not a file",
        "c.txt is a named pipe, not a file",
        "d.txt has more than 200,000 characters",
        "linked is a link; name it by --audio",
        "pipe.wav is a named pipe, not a file",
        "gone.wav is a link that leads nowhere",
    ):
        assert sentence in text
    table = files.read_metadata(tmp_path / "out" / files.METADATA)
    assert [text for text in table["lyrics"] if text] == ["la la"]


def test_paths_of_a_list_that_no_file_can_have_skip_their_songs(tmp_path):
    _sound(tmp_path / "a.wav")
    paths = ["a.wav", "x" * 5000, "b\0.wav", "/dev/zero", "/", ""]
    rows = {"id": list("abcdef"), "audio_path": paths}
    files.write_metadata(tmp_path / "list.csv", rows)
    prepared = prepare(tmp_path, tmp_path / "out", tmp_path / "list.csv", log_mel=SMALL, workers=1)
    said = {song: entry.get("problem", "") for song, entry in prepared.entries.items()}
    assert prepared.added == 1 and max(map(len, said.values())) < 400
    for song, reason in zip(
        "bcdef", ("too long", "NUL", "device", "folder", "folder"), strict=True
    ):
        assert reason in said[song]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may read less")
def test_a_folder_or_a_text_without_permission_is_told_and_the_rest_goes_on():
    with tempfile.TemporaryDirectory() as place:  # those of pytest are closed to others
        Path(place).chmod(0o755)
        audio = Path(place, "audio")
        for name in ("open/a", "open/b", "closed/c", "listed/d"):
            _sound(audio / f"{name}.wav")
        (audio / "open" / "a.txt").write_text("la")
        for path in (audio / "open" / "a.txt", audio / "open" / "b.wav", audio / "closed"):
            path.chmod(0)
        (audio / "listed").chmod(0o744)
        Path(place, "mine").mkdir()
        os.chown(Path(place, "mine"), NOBODY, NOBODY)
        program = f"""
import os, librosa, soundfile
from data.log_mel import LogMel
from data.prepare import prepare
small = LogMel(8000, 256, 128, 8, 10)
small(librosa.tone(440, sr=8000, length=99))  # what numba caches, it caches where it may
os.setgroups([])
os.setresgid({NOBODY}, {NOBODY}, {NOBODY})
os.setresuid({NOBODY}, {NOBODY}, {NOBODY})
for line in prepare({str(audio)!r}, "{place}/mine/out", log_mel=small, workers=1).lines("out"):
    print(line)
try:
    prepare({str(audio)!r}, "{place}/theirs", log_mel=small, workers=1)
except ValueError as error:
    print(type(error).__name__, error)
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    for sentence in (
        "1 songs, 1 of them new, 2 skipped: out",
        "a.txt cannot be read (Permission denied)",
        "d.wav cannot be read (Permission denied); correct its audio_path; the same: open/b.wav",
        "closed cannot be read (Permission denied); give leave",
        "DataError",
        "theirs cannot be written (Permission denied); make room or give leave",
    ):
        assert sentence in done.stdout, done.stdout + done.stderr


def test_names_carry_no_terminal_escapes_to_the_screen(tmp_path, capsys):
    _sound(tmp_path / "audio" / "[red]x[/old]" / "a\x1b[31m\u202e.wav")
    (tmp_path / "audio" / "b\x1b]0;title\x07.mp3").write_bytes(b"no sound")
    out = tmp_path / "o\x1b[2Jut"
    options = ["--sample-rate", "8000", "--n-fft", "256", "--hop", "128", "--mels", "8"]
    arguments = ["--audio", str(tmp_path / "audio"), "--out", str(out), *options]
    assert main(["prepare", *arguments, "--frames", "10"]) == 0
    assert main(["check", str(out)]) == 3
    assert main(["check", str(tmp_path / "\x1b[31m")]) == 3
    said = "".join(capsys.readouterr())
    assert "\x1b" not in said and "\x07" not in said and "\u202e" not in said
    assert "b\\x1b]0;title\\x07.mp3 is damaged or no sound" in said


def test_joiners_of_bangla_are_shown_as_they_are():
    assert str(data.DataError("ক\u200dষ\u200c a\u00a0b")) == "ক\u200dষ\u200c a\u00a0b"


def test_settings_of_a_map_are_written_whatever_kind_of_number_they_were():
    assert json.dumps(LogMel(mels=np.int64(8)).mels) == "8"
