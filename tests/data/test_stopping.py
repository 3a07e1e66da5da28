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
from data.growing import JOURNAL

N = 2000
SMALL = "--sample-rate 8000 --n-fft 256 --hop 128 --mels 8 --frames 10 --windows 1".split()
Start = Callable[..., subprocess.Popen]


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


@pytest.fixture
def prepare(tmp_path: Path) -> Iterator[Start]:
    """Start to prepare one sound under thousands of ids."""
    sound = 0.1 * np.random.default_rng(0).normal(size=2000)
    soundfile.write(tmp_path / "a.wav", sound, 8000)
    rows = {"id": [str(row) for row in range(N)], "audio_path": ["a.wav"] * N}
    files.write_metadata(tmp_path / "list.csv", rows)
    mark = f"LATENTUNE_TEST={uuid4()}"

    def start(*options: str, **how: object) -> subprocess.Popen:
        command = [sys.executable, "-m", "data", "prepare", "--audio", str(tmp_path)]
        command += ["--out", str(tmp_path / "out"), "--metadata", str(tmp_path / "list.csv")]
        environment = {**os.environ, mark.partition("=")[0]: mark.partition("=")[2]}
        process = subprocess.Popen(
            [*command, *SMALL, *options],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            **how,  # type: ignore[call-overload]
        )
        process.mark = mark  # type: ignore[attr-defined]
        return process

    yield start
    for process in _processes(mark):
        os.kill(process, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGHUP", "SIGINT"])
def test_a_stopped_prepare_leaves_no_process_and_the_next_one_goes_on(prepare, tmp_path, name):
    out = tmp_path / "out"
    process = prepare("--workers", "2")
    _wait(lambda: _heard(out) > 20 or process.poll() is not None, 120)
    assert len(_processes(process.mark)) > 2
    if name == "SIGINT":  # as a terminal sends it
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(getattr(signal, name))
    process.wait(60)
    _wait(lambda: not _processes(process.mark), 30)
    _wait(lambda: not list(Path("/dev/shm").glob(f"*[-_]{process.pid}[-_]*")), 10)
    said = process.communicate()[1]
    assert "Traceback" not in said
    if name == "SIGKILL":
        assert process.returncode == -signal.SIGKILL
    else:
        code = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}[name]
        assert process.returncode == code, said
        assert said.strip() == "stopped; the same command goes on"
    heard = _heard(out)
    assert 20 <= heard < N
    if name != "SIGKILL":
        return
    again = prepare()
    said, _ = again.communicate(timeout=300)
    assert again.returncode == 0
    assert f"{N} songs, {N - heard} of them new, 0 skipped" in said
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [files.METADATA, files.IDS, files.SPECTROGRAMS, JOURNAL]
    )
    assert len(data.read(out)) == N


def test_a_prepare_whose_reader_has_gone_ends_quietly(prepare, tmp_path):
    process = prepare("--workers", "1")
    assert process.stdout is not None
    process.stdout.close()
    with process.stderr:
        said = process.stderr.read()
    assert (process.wait(300), said) == (0, "")
    assert len(data.read(tmp_path / "out")) == N
