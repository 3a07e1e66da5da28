"""Rounds of benchmarks/faults.py, which breaks real searches, and workers that cannot be made."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd

from data import Songs
from tests.searches import write_set

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_no_finished_trial_is_lost_or_doubled() -> None:
    rounds = ("--rounds", "4", "--kinds", "driver", "worker", "raylet", "SIGINT")
    ended = subprocess.run(
        [sys.executable, BENCHMARKS / "faults.py", *rounds], capture_output=True, text=True
    )
    assert "4 of 4 rounds held" in ended.stdout, ended.stdout + ended.stderr


def test_workers_that_cannot_be_made_end_the_search_with_a_sentence(
    tmp_path: Path, songs: Songs
) -> None:
    (tmp_path / "tensorflow.py").write_text("raise ImportError('libnothing.so is missing')")
    folder = write_set(tmp_path / "songs", songs)
    place = ("--data", folder, "--out", tmp_path / "runs", "--name", "run")
    ended = subprocess.run(
        [sys.executable, "-m", "search", "easy", *place, "--workers", "1", "--no-report"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 4, ended.stdout + ended.stderr
    (sentence,) = ended.stderr.strip().splitlines()
    assert "5 trials failed one after another" in sentence
    assert "ImportError: libnothing.so is missing" in sentence
    assert "Traceback" not in ended.stdout
    trials = pd.read_parquet(tmp_path / "runs" / "easy" / "run" / "trials.parquet")
    assert (trials["status"] == "failed").all() and len(trials) == 5


def test_a_search_that_is_ended_while_ray_starts_says_so(tmp_path: Path, songs: Songs) -> None:
    folder = write_set(tmp_path / "songs", songs)
    place = ("--data", folder, "--out", tmp_path / "runs", "--workers", "1", "--no-report")
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "search", "easy", *place],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    while "Split" not in process.stdout.readline():  # after which Ray starts
        assert process.poll() is None
    time.sleep(1)
    process.terminate()
    _, written = process.communicate(timeout=120)
    assert (process.returncode, len(written.splitlines())) == (130, 1), written
    assert "Stopped at once" in written
