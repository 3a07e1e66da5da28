"""What a search began on this machine ends with it, and nothing else does."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from search.backend.reaper import _reap

SLEEP = shutil.which("sleep")


@contextmanager
def sleeping(title: str, output: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of this title that has a file open."""
    with output.open("wb") as file:
        process = subprocess.Popen(
            [title, "60"], executable=SLEEP, env=environment, stdout=file, start_new_session=True
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.skipif(os.name != "posix" or not SLEEP, reason="needs the program sleep")
def test_processes_without_their_environment_end_by_the_files_that_they_have(
    tmp_path: Path,
) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir(), theirs.mkdir()
    with (
        sleeping("worker", theirs / "a", TMPDIR=str(ours)) as begun_with,
        sleeping("ray::Agent", ours / "b") as agent,
        sleeping("ray::Agent", theirs / "c") as of_another,
        sleeping("editor", ours / "d") as reader,
    ):
        _reap(ours)
        assert [one.wait(10) for one in (begun_with, agent)] == [-signal.SIGKILL] * 2
        assert of_another.poll() is None and reader.poll() is None
