"""What a search began on this machine ends with it, and nothing else does."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

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


def ended(folder: Path, said: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The reaper of a search with this temporary folder, which has ended with this last word."""
    command = [sys.executable, "-m", "search.backend.reaper", str(folder)]
    return subprocess.run(command, input=said, capture_output=True, check=True, timeout=60)


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
        ended(ours)
        assert [one.wait(10) for one in (begun_with, agent)] == [-signal.SIGKILL] * 2
        assert of_another.poll() is None and reader.poll() is None


@pytest.mark.parametrize(("said", "told"), [(b"", True), (b"over", False)])
def test_a_search_that_cannot_say_so_itself_is_said_to_have_ended(
    tmp_path: Path, said: bytes, told: bool
) -> None:
    ours = tmp_path / "ours"
    ours.mkdir()
    spoken = ended(ours, said).stderr.decode()
    assert len(spoken.splitlines()) == told and ("search resume" in spoken) == told
    assert not ours.exists()
