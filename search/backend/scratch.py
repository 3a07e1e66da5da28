"""Temporary folders that are gone in the end, also those of processes that were killed."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "latentune-"
"""How the name of a temporary folder begins."""

_LOCK = ".lock"
"""The file that a process holds locked as long as it uses its folder."""

_SOCKET = "/session_2026-11-25_23-59-59_999999_9999999/sockets/plasma_store"
"""What Ray puts behind its temporary folder for its longest socket."""

LONGEST = 107 - len(_SOCKET) - len(f"/{PREFIX}12345678")
"""Characters of a temporary folder in which Ray's sockets fit into the 107 that Unix allows."""

YOUNG_SECONDS = 60.0
"""A folder without a lock may be one whose process is about to lock it."""

_EMPTYING_SECONDS = 5.0
"""How long processes that are ending may still write into a folder that is removed."""


@contextmanager
def scratch() -> Iterator[Path]:
    """Give every temporary file of the block, and of processes begun in it, one folder.

    The folder is removed at the end. One that a killed process left is removed by the next.
    """
    before = tempfile.tempdir, os.environ.get("TMPDIR")
    folder, lock = _locked()
    _turn_to(str(folder), str(folder))
    try:
        yield folder
    finally:
        _turn_to(*before)
        lock.release()
        remove(folder)


def keep_scratch() -> None:
    """Give this process such a folder until it ends: whoever comes next removes it."""
    folder, lock = _locked()
    _turn_to(str(folder), str(folder))
    _held.append(lock)


_held: list[FileLock] = []
"""Locks of this process, which would be let go of if nothing referred to them."""


def _locked() -> tuple[Path, FileLock]:
    """Return a new folder and its lock, which ends with this process, however that ends."""
    place = Path(tempfile.gettempdir())
    if len(str(place)) > LONGEST and os.access("/tmp", os.W_OK):
        place = Path("/tmp")
    _sweep(place)
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
        lock = FileLock(folder / _LOCK, thread_local=False)
        with suppress(Timeout):  # another process looked at it before it was locked
            lock.acquire(timeout=0)
            if (folder / _LOCK).exists():
                return folder, lock
            lock.release()


def _turn_to(directory: str | None, variable: str | None) -> None:
    tempfile.tempdir = directory
    if variable is None:
        os.environ.pop("TMPDIR", None)
    else:
        os.environ["TMPDIR"] = variable


def _sweep(place: Path) -> None:
    """Remove this user's folders whose process is no more."""
    for folder in place.glob(f"{PREFIX}*"):
        with suppress(OSError):
            about = folder.lstat()
            if about.st_uid == os.getuid() and not folder.is_symlink() and _left(folder, about):
                shutil.rmtree(folder, ignore_errors=True)


def _left(folder: Path, about: os.stat_result) -> bool:
    """Return whether no process holds the lock of a folder."""
    if not (folder / _LOCK).is_file():
        return time.time() - about.st_mtime > YOUNG_SECONDS
    try:
        with FileLock(folder / _LOCK, timeout=0):
            return True
    except Timeout:
        return False


def remove(folder: Path) -> None:
    """Remove a folder into which processes that end may still write."""
    until = time.monotonic() + _EMPTYING_SECONDS
    shutil.rmtree(folder, ignore_errors=True)
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.1)
        shutil.rmtree(folder, ignore_errors=True)
