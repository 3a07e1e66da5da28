"""Ray kills what takes too much memory: a trial fails, the search goes on."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import psutil
import pytest

from data import Songs
from results.folder import read_info
from tests.search.hungry import ALWAYS
from tests.searches import write_set

ROOM = 4 * 2**30
"""Bytes that all processes may take more until Ray kills a worker."""


@pytest.fixture
def folder(tmp_path: Path, songs: Songs) -> Path:
    return write_set(tmp_path / "songs", songs)


def ended(command: list[str], threshold: float) -> subprocess.CompletedProcess[str]:
    """What a process says whose Ray kills workers above a share of the machine's memory."""
    environment = {**os.environ, "RAY_memory_usage_threshold": f"{threshold:.4f}"}
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, env=environment, timeout=300
    )


def test_workers_killed_for_memory_fail_their_trial_and_not_the_search(
    folder: Path, tmp_path: Path
) -> None:
    """While a worker is set up, while it turns to a trial, during a step once and each time."""
    memory = psutil.virtual_memory()
    threshold = (memory.total - memory.available + ROOM) / memory.total
    notes = tmp_path / "notes"
    notes.mkdir()
    command = ["-m", "tests.search.hungry", str(folder), str(tmp_path / "runs"), str(notes)]
    said = ended(command, threshold)
    assert said.returncode == 0, said.stderr
    (run,) = (tmp_path / "runs" / "easy").iterdir()
    rows = pd.read_parquet(run / "trials.parquet").set_index("trial")
    expected = {trial: "complete" for trial in range(5)} | {ALWAYS: "failed"}
    assert rows["status"].astype(str).to_dict() == expected
    assert rows["error"].dropna().index.tolist() == [ALWAYS]
    assert rows.loc[ALWAYS, "error"].startswith("OutOfMemoryError: ")
    halved = rows["batch_size"] < rows["batch_size"].max()
    assert rows.index[halved].tolist() == [0, 1, 2, 3]
    assert read_info(run)["ended"] and {path.name for path in notes.iterdir()} == {
        "begun",
        "turned",
    }


def test_where_memory_does_not_hold_the_songs_the_search_ends_with_one_sentence(
    folder: Path, tmp_path: Path
) -> None:
    command = ["-m", "search", "easy", "--data", str(folder), "--out", str(tmp_path / "runs")]
    said = ended(command, 0.01)
    assert said.returncode == 4
    (sentence,) = said.stderr.strip().splitlines()
    assert "songs were not prepared (OutOfMemoryError" in sentence
    assert "resume the run" in sentence
