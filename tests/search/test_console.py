"""What a search prints is a user's text as it is, and a search outlives whoever reads it."""

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from data import Songs
from search.console import Enduring, console
from tests.searches import write_set
from tests.waiting import until

SHORT = "--trials 2 --clusters 2:3 --no-report --set epochs=1 --set baselines=[]"
FINALS = "--set finalist_seeds=0 --set null_collections=0"


@pytest.fixture
def search(tmp_path: Path, songs: Songs) -> str:
    """A search that is over in seconds, as typed."""
    write_set(tmp_path / "songs", songs)
    where = f"--data {tmp_path}/songs --out {tmp_path}/runs --name run --workers 1"
    return f"{sys.executable} -m search easy {where} {SHORT} {FINALS}"


def test_brackets_and_colons_of_a_name_are_no_markup() -> None:
    written = io.StringIO()
    shown = console()
    shown.file = written
    shown.print("my [flac] songs, [/old] :smile:", soft_wrap=True)
    assert written.getvalue() == "my [flac] songs, [/old] :smile:\n"


def test_a_stream_whose_reader_has_gone_is_silent() -> None:
    reading, writing = os.pipe()
    with open(writing, "w") as stream:
        enduring = Enduring(stream)
        os.close(reading)
        Console(file=enduring).print("nobody reads this")  # type: ignore[arg-type]
        enduring.write("nor this")
        enduring.flush()


def test_a_search_whose_reader_has_gone_ends_all_the_same(search: str, tmp_path: Path) -> None:
    piped = f"set -o pipefail; {search} | head -1"
    ended = subprocess.run(["bash", "-c", piped], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == f"160 songs from {tmp_path}/songs.\n" and ended.stderr == ""
    assert len(pd.read_parquet(tmp_path / "runs" / "easy" / "run" / "trials.parquet")) == 2


def test_a_closed_terminal_stops_a_search_as_ctrl_c_does(search: str, tmp_path: Path) -> None:
    """Whose output can then no longer be written either."""
    command = search.replace("--trials 2", "--trials 500").split()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    run = tmp_path / "runs" / "easy" / "run"
    until(lambda: any(run.glob("parts/trials-*")), 120)
    assert process.stdout is not None
    process.stdout.close()
    os.killpg(process.pid, signal.SIGHUP)
    assert process.wait(60) == 130
    assert 0 < len(pd.read_parquet(run / "trials.parquet")) < 500
