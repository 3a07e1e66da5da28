"""However a prepare ends, its processes end with it, and the next one goes on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
import soundfile

import data
from data import files
from data.growing import LOCK
from data.journal import JOURNAL

N = 2000
SMALL = "--sample-rate 8000 --n-fft 256 --hop 128 --mels 8 --frames 10 --windows 1".split()
Start = Callable[..., subprocess.Popen]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


def _processes(mark: str) -> list[int]:
    found = []
    for place in Path("/proc").iterdir():
        try:
            if place.name.isdigit() and mark.encode() in (place / "environ").read_bytes():
                found.append(int(place.name))
        except OSError:
            pass
    return found


def _heard(out: Path) -> int:
    return (out / JOURNAL).read_bytes().count(b"\n") - 1 if (out / JOURNAL).is_file() else 0


def _wait(done: Callable[[], object], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def _wait_until_gone(process: subprocess.Popen, mark: str) -> None:
    """Wait for the end of its children, and of what joblib keeps in shared memory."""
    _wait(lambda: not _processes(mark), 30)
    _wait(lambda: not list(Path("/dev/shm").glob(f"*[-_]{process.pid}[-_]*")), 10)


def _list_songs(folder: Path, n_songs: int) -> None:
    rows = {"id": [str(row) for row in range(n_songs)], "audio_path": ["a.wav"] * n_songs}
    files.write_metadata(folder / "list.csv", rows)


def _start(mark: str, *command: str) -> subprocess.Popen:
    name, _, value = mark.partition("=")
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        env={**os.environ, name: value},
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def mark() -> Iterator[str]:
    """What is in the environment of the processes of a test, which are ended with it."""
    mark = f"LATENTUNE_TEST={uuid4()}"
    yield mark
    for process in _processes(mark):
        os.kill(process, signal.SIGKILL)


@pytest.fixture
def prepare(tmp_path: Path, mark: str) -> Start:
    """Start to prepare one sound under thousands of ids."""
    sound = 0.1 * np.random.default_rng(0).normal(size=2000)
    soundfile.write(tmp_path / "a.wav", sound, 8000)
    _list_songs(tmp_path, N)

    def start(*options: str, program: str = "data") -> subprocess.Popen:
        where = ["--audio", str(tmp_path), "--out", str(tmp_path / "out")]
        where += ["--metadata", str(tmp_path / "list.csv")]
        return _start(mark, program, "prepare", *where, *SMALL, *options)

    return start


@LINUX
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_stopped_prepare_leaves_no_process_and_says_how_to_go_on(prepare, mark, tmp_path, name):
    out = tmp_path / "out"
    process = prepare("--workers", "2", program="tests.data.slow_songs")
    _wait(lambda: _heard(out) > 20 or process.poll() is not None, 120)
    assert len(_processes(mark)) > 2
    if name == "SIGINT":  # as a terminal sends it
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(getattr(signal, name))
    process.wait(60)
    _wait_until_gone(process, mark)
    said = process.communicate()[1]
    assert "Traceback" not in said
    code = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}[name]
    assert process.returncode == code, said
    assert said.strip() == "stopped; the same command goes on"
    assert 20 <= _heard(out) < N
    assert not (out / LOCK).exists()


@LINUX
def test_a_killed_prepare_leaves_no_process_and_the_next_one_goes_on(prepare, mark, tmp_path):
    out = tmp_path / "out"
    process = prepare("--workers", "2", program="tests.data.slow_songs")
    _wait(lambda: _heard(out) > 20 or process.poll() is not None, 120)
    assert len(_processes(mark)) > 2
    process.kill()
    assert process.wait(60) == -signal.SIGKILL
    _wait_until_gone(process, mark)
    said = process.communicate()[1]
    assert "Traceback" not in said and "resource_tracker" not in said
    heard = _heard(out)
    assert 20 <= heard < N
    assert (out / LOCK).is_file()
    _list_songs(tmp_path, heard + 30)  # what is left of thousands would take a while
    again = prepare("--workers", "1")
    said, _ = again.communicate(timeout=300)
    assert again.returncode == 0
    assert f"{heard + 30} songs, 30 of them new, 0 skipped" in said
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [files.METADATA, files.IDS, files.SPECTROGRAMS, JOURNAL]
    )
    assert len(data.read(out)) == heard + 30


@LINUX
def test_workers_of_a_prepare_that_is_killed_as_they_start_end_with_it(prepare, mark, tmp_path):
    process = prepare("--workers", "2")
    _wait(lambda: len(_processes(mark)) > 3 or process.poll() is not None, 120)
    process.kill()
    process.wait(60)
    _wait_until_gone(process, mark)
    assert "Traceback" not in process.communicate()[1]


@LINUX
def test_a_worker_in_which_no_other_thread_can_run_ends_with_its_parent(mark, tmp_path):
    begun = [tmp_path / "one", tmp_path / "two"]
    process = _start(mark, "tests.data.holding", *map(str, begun))
    _wait(lambda: all(path.exists() for path in begun) or process.poll() is not None, 120)
    assert len(_processes(mark)) > 2
    process.kill()
    process.communicate(timeout=60)
    _wait(lambda: not _processes(mark), 10)


def test_a_prepare_whose_reader_has_gone_ends_quietly(prepare, tmp_path):
    _list_songs(tmp_path, 40)
    process = prepare("--workers", "1")
    assert process.stdout is not None
    process.stdout.close()
    with process.stderr:
        said = process.stderr.read()
    assert (process.wait(300), said) == (0, "")
    assert len(data.read(tmp_path / "out")) == 40
