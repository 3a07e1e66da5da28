"""Remarks can be read: a line for each kind on the screen, and every song in a file."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

import data
from data import files
from data.__main__ import main
from data.check import check
from data.log_mel import LogMel
from data.prepare import prepare
from data.remarks import Remark, few_of_each, lines, say_all, write
from tests.data.collection import write_collection

SMALL = LogMel(sample_rate=8000, n_fft=256, hop=128, mels=8, frames=10)
OPTIONS = "--sample-rate 8000 --n-fft 256 --hop 128 --mels 8 --frames 10 --workers 1".split()


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    """Sixty songs in two folders, half of them silent and ten of them no sound."""
    for number in range(60):
        folder = tmp_path / "audio" / ("rock", "folk")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        sound = (number % 2) * 0.1 * np.random.default_rng(number).normal(size=2000)
        soundfile.write(folder / f"{number:02d}.wav", sound, 8000)
    for number in range(10):
        (tmp_path / "audio" / "folk" / f"take {number}.mp3").write_bytes(b"no sound")
    return tmp_path / "audio"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_kind_of_remark_takes_one_line_and_the_file_has_every_song(audio, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["prepare", "--audio", str(audio), "--out", str(out), *OPTIONS]) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 5
    assert said[2].startswith(f"  10 skipped: {audio}/folk/take 0.mp3 is damaged or no sound")
    assert said[2].endswith("; the same: folk/take 1.mp3, folk/take 2.mp3 and 7 more")
    assert said[3] == ("  30 silent throughout: rock/00.wav, rock/02.wav, rock/04.wav and 27 more")
    assert said[4].endswith("out/remarks.csv")
    rows = _rows(out / files.REMARKS)
    assert len(rows) == 40
    assert {row["song"] for row in rows if row["kind"] == "skipped"} == {
        f"folk/take {number}.mp3" for number in range(10)
    }
    assert main(["check", str(out)]) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if "warning" in line]
    assert sum("skipped" in line for line in said) == sum("silent" in line for line in said) == 1
    assert len(_rows(out / files.FINDINGS)) >= 40


def test_lists_are_no_part_of_the_collection(audio, tmp_path):
    out = tmp_path / "out"
    prepare(audio, out, log_mel=SMALL, workers=1)
    before, songs = data.fingerprint(out), data.load(out)
    (out / files.REMARKS).unlink()
    assert data.fingerprint(out) == before
    assert data.load(out).ids.tolist() == songs.ids.tolist()
    for path in audio.rglob("*.mp3"):
        path.unlink()
    for path in (audio / "rock").iterdir():
        soundfile.write(path, 0.1 * np.random.default_rng(int(path.stem)).normal(size=2000), 8000)
    prepare(audio, out, log_mel=SMALL, workers=1)
    assert not (out / files.REMARKS).exists()  # there is nothing to say any more


def test_check_leaves_a_folder_as_it_is_where_the_screen_says_it_all(tmp_path, capsys):
    table = {"id": [str(row) for row in range(60)], "genre": ["a", "b"] * 30}
    folder = write_collection(tmp_path / "songs", table, np.arange(60))
    before = sorted(path.name for path in folder.iterdir())
    assert main(["check", str(folder)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == before
    assert main(["check", str(folder / files.METADATA)]) == 3
    assert "the list of all" not in capsys.readouterr().out


def test_a_file_of_somebody_else_is_not_replaced_by_a_list(tmp_path, capsys):
    folder = write_collection(tmp_path / "songs")  # whose 60 sounds are not there
    (folder / files.FINDINGS).write_text("dear diary")
    assert main(["check", str(folder)]) == 0
    assert "the list of all is not written" in capsys.readouterr().out
    assert (folder / files.FINDINGS).read_text() == "dear diary"
    (folder / files.FINDINGS).unlink()
    (folder / files.FINDINGS).symlink_to(tmp_path / "elsewhere")
    assert main(["check", str(folder)]) == 0
    assert "is a link and is left alone" in capsys.readouterr().out
    assert not (tmp_path / "elsewhere").exists()


def test_a_list_beside_a_demo_does_not_make_it_foreign(tmp_path, capsys):
    out = str(tmp_path / "demo")
    assert main(["demo", "--out", out, "--songs", "20"]) == 0
    write(tmp_path / "demo" / files.FINDINGS, [Remark("silent", "a")])
    assert main(["demo", "--out", out, "--songs", "20"]) == 0
    assert main(["demo", "--out", out, "--songs", "20", "--seed", "1"]) == 0
    assert "20 songs made" in capsys.readouterr().out


def test_problems_of_a_kind_are_shown_three_times_and_listed_all(write, columns, capsys):
    audio = np.zeros((60, 5), np.float32)
    audio[5:45] = np.nan
    folder = write(columns, audio=audio)
    assert len(check(folder).problems) == 40
    assert main(["check", str(folder)]) == 3
    said = capsys.readouterr().out.splitlines()
    assert [line.startswith("problem: ") for line in said] == [True] * 4 + [False] * 2
    assert said[3] == "problem: and 37 more like these"
    assert said[4].startswith("40 problems")
    assert len(_rows(folder / files.FINDINGS)) == 40


def test_numbers_and_names_do_not_make_a_kind(tmp_path):
    said = [f"a.npy holds NaN for song 'song {n}' (row {n})" for n in range(9)]
    assert few_of_each([*said, "another"]) == [*said[:3], "another", "and 6 more like these"]
    skipped = [
        Remark(
            "skipped", f"{n}.wav", f"music/{n}.wav is cut short: {n}.5 s", f" is cut: # {n % 2}"
        )
        for n in range(6)
    ]
    assert len(list(lines(skipped))) == 2 and not say_all(skipped)
    assert say_all([Remark("silent", "a"), Remark("silent", "b"), Remark("", sentence="c")])


def test_the_lines_have_an_end_however_many_kinds_there_are():
    many = [Remark(f"kind {n}", "song") for n in range(50)]
    said = list(lines(many))
    assert len(said) == 21 and said[-1] == "30 more remarks of 30 kinds"


def test_a_list_opens_in_a_spreadsheet_without_formulas_or_escapes(tmp_path):
    path = tmp_path / files.REMARKS
    write(path, [Remark("silent", "=cmd|' /C calc'!A0"), Remark("silent", '\x1b[31m\na, "b"')])
    assert b"\x1b" not in path.read_bytes()
    songs = pd.read_csv(path)["song"].tolist()
    assert songs == ["'=cmd|' /C calc'!A0", '\\x1b[31m\\na, "b"']
