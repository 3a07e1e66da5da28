"""Temporary folders go in the end, also those of processes that were killed."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from search.backend.scratch import PREFIX, YOUNG_SECONDS, scratch

KILLED = """
import os, signal, tempfile
from search.backend.scratch import keep_scratch

keep_scratch()
print(tempfile.mkstemp(prefix="__autograph_generated_file", suffix=".py")[1], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A temporary folder of its own, with a path as short as that of the real one."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", None)
        yield Path(folder)


def test_temporary_files_lie_in_one_folder_that_goes_with_the_block(place: Path) -> None:
    with scratch() as folder:
        assert Path(tempfile.mkdtemp()).parent == folder == Path(os.environ["TMPDIR"])
        assert folder.parent == place
    assert list(place.iterdir()) == [] and os.environ["TMPDIR"] == str(place)
    assert tempfile.gettempdir() == str(place)


def test_what_a_killed_process_left_is_removed_by_the_next(place: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL and Path(killed.stdout.strip()).is_file()
    with scratch() as folder:
        assert list(place.iterdir()) == [folder]


def test_what_a_living_process_has_stays(place: Path) -> None:
    with scratch() as outer:
        tempfile.tempdir = None
        os.environ["TMPDIR"] = str(place)
        with scratch() as beside:
            assert outer.is_dir() and beside.parent == place


def test_a_link_and_what_is_not_ours_stay(place: Path) -> None:
    (place / "kept").mkdir()
    (place / f"{PREFIX}link").symlink_to(place / "kept")
    young, old = place / f"{PREFIX}young", place / f"{PREFIX}old"
    for folder in (young, old):
        folder.mkdir()
    os.utime(old, (0, young.stat().st_mtime - 2 * YOUNG_SECONDS))
    with scratch():
        assert (place / "kept").is_dir() and (place / f"{PREFIX}link").is_symlink()
        assert young.is_dir() and not old.exists()
