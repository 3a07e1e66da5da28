"""Names are the user's: none is taken for markup, none reaches the terminal as an order to it."""

import shutil
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from search.__main__ import main
from search.backend.interrupt import SearchFailed
from search.backend.resources import Resources
from search.console import console
from search.ending import ended
from search.run import RunOptions
from search.start import search as searched
from search.wording import on_a_line, speaker
from tests.searches import small_task, write_set
from tests.songs import make_songs

FEW = {"trials": 2, "baselines": [], "finalist_seeds": 2, "null_collections": 0, "clusters": "2:3"}
ODD = "[red]\x1b[31mmood"


@pytest.mark.usefixtures("ray_session")
def test_a_folder_and_labels_in_brackets_are_shown_as_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    songs = make_songs()
    genres = np.char.replace(songs.labels["genre"], "genre-0", "[/old]")
    songs = songs.replace(labels={"genre": np.char.replace(genres, "genre-1", ODD), ODD: genres})
    folder = write_set(tmp_path / "my [flac] songs", songs)
    out = tmp_path / "runs [/old]"
    done = searched(
        small_task(**FEW, label="genre"), folder, out=out, options=RunOptions(Resources(workers=2))
    )
    ended(done, console())
    said = capsys.readouterr().out
    assert f"160 songs from {folder}." in said
    assert f"Tables: {done.folder}" in said
    assert "\x1b[31m" not in said
    assert "could not be made" not in said
    report = (done.folder / "report.html").read_text(encoding="utf-8")
    assert "[/old]" in report


@pytest.mark.usefixtures("ray_session")
def test_a_run_folder_that_is_removed_ends_the_search_in_a_true_sentence(tmp_path: Path) -> None:
    folder, out = write_set(tmp_path / "songs", make_songs()), tmp_path / "runs"
    removed = threading.Event()

    def remove() -> None:
        while not list(out.glob("easy/*/parts/trials-*")):
            time.sleep(0.02)
        shutil.rmtree(next(out.glob("easy/*")), ignore_errors=True)
        removed.set()

    thread = threading.Thread(target=remove, daemon=True)
    thread.start()
    with pytest.raises(SearchFailed, match="was removed or moved while the search ran") as failed:
        searched(
            small_task(**FEW | {"trials": 40}),
            folder,
            out=out,
            options=RunOptions(Resources(workers=2)),
        )
    assert removed.is_set()
    assert "safe" not in str(failed.value) and str(failed.value).count("\n") == 0


def test_what_is_said_carries_no_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    speaker(console())("a \x1b[31m [/old] :smile: \x07 \ud800 " + "b" * 300)
    said = capsys.readouterr().out
    assert said == "a \\x1b[31m [/old] :smile: \\x07 \\ud800 " + "b" * 300 + "\n"
    assert on_a_line("a\nb\x1b") == "a b\\x1b"
    assert len(on_a_line("a" * 10**5)) < 1_100


def test_what_argparse_says_carries_no_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["easy", "--\x1b[31mred"])
    said = capsys.readouterr().err
    assert "\x1b" not in said and "\\x1b[31mred" in said
