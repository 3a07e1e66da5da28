"""What cannot be printed is said once, or is no fault, and never ends in a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.data.collection import write_collection

FULL = Path("/dev/full")


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_collection(tmp_path_factory.mktemp("console") / "songs")


def _run(command: str) -> tuple[int, str]:
    """Run `python -m data` with redirections; return its code and what is left of its errors."""
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{sys.executable} -m data {command}"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stderr


@pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("command", ["check {songs}", "--help"])
def test_an_output_without_room_is_said_in_one_sentence(songs: Path, command: str) -> None:
    code, said = _run(f"{command.format(songs=songs)} >/dev/full")
    assert code == 3
    assert said == (
        "latentune: what is printed cannot be written (No space left on device); make room, or "
        "send it elsewhere\n"
    )


@pytest.mark.parametrize("where", ["| head -n 0", ">&-"])
def test_an_output_that_nobody_reads_is_no_fault(songs: Path, where: str) -> None:
    assert _run(f"check {songs} {where}") == (0, "")


@pytest.mark.parametrize("where", ["2>/dev/full", "2>&-", ">&- 2>&-", "2>/dev/full >/dev/full"])
def test_errors_that_cannot_be_written_leave_the_exit_code(where: str) -> None:
    if "full" in where and not FULL.exists():
        pytest.skip("needs a device that is always full")
    assert _run(f"chick {where}") == (2, "")
    assert _run(f"check nowhere {where}") == (3, "")
