"""Ends what a search began on this machine once the search itself has ended, however it ended.

Run as a program with the search's scratch folder as argument and a pipe from the search as
standard input: the end of the search, be it a kill, closes the pipe. Ray's own processes would
outlive a killed driver by up to a minute (observed with Ray 2.60).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from search.backend.scratch import remove

_TITLE = "ray::"
"""How the title begins that Ray gives to a process written in Python."""

_WAIT_SECONDS = 10.0
"""How long a search waits at its end for all that it began to be gone."""


@contextmanager
def reaped(folder: Path) -> Iterator[None]:
    """See that processes begun in the block, which have this temporary folder, end with it."""
    reaper = subprocess.Popen(
        [sys.executable, "-m", "search.backend.reaper", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).resolve().parents[2],
        start_new_session=True,
    )
    try:
        yield
    finally:
        try:
            reaper.communicate(timeout=_WAIT_SECONDS)
        except subprocess.TimeoutExpired:  # it goes on by itself
            pass


def _reap(folder: Path) -> None:
    """End every process of this user that was begun with this temporary folder."""
    for process in psutil.process_iter(["uids", "environ", "cmdline"]):
        uids = process.info["uids"]
        if uids and uids.real == os.getuid() and process.pid != os.getpid():
            with suppress(psutil.Error):
                if _begun_with(folder, process):
                    process.kill()


def _begun_with(folder: Path, process: psutil.Process) -> bool:
    """Return whether a process has this temporary folder, or keeps a file in it open.

    Ray's agents write their title where their environment was (observed with Ray 2.60), and would
    outlive a killed driver by more than a minute.
    """
    if (process.info["environ"] or {}).get("TMPDIR") == str(folder):
        return True
    if not "".join(process.info["cmdline"] or []).startswith(_TITLE):
        return False
    return any(Path(file.path).is_relative_to(folder.resolve()) for file in process.open_files())


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    _reap(Path(sys.argv[1]))
    remove(Path(sys.argv[1]))
