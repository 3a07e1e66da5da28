"""Ends what a search began on this machine once the search itself has ended, however it ended.

Run as a program with the search's scratch folder as argument and a pipe from the search as
standard input: the end of the search, be it a kill, closes the pipe. Ray's own processes would
outlive a killed driver by up to a minute (observed with Ray 2.60).

A search that is killed cannot say so, nor one that Ray ends at once since its daemon was: then it
is said here.
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

_CUT_SHORT = (
    "latentune: the search ended before its time: it was killed, or Ray's daemon on this machine "
    "was; what had ended by then is kept, and `python -m search resume RUN` goes on with it"
)

_OVER = b"over"
"""What a search says that ends by itself."""

_WAIT_SECONDS = 10.0
"""How long a search waits at its end for all that it began to be gone."""


@contextmanager
def reaped(folder: Path) -> Iterator[None]:
    """See that processes begun in the block, which have this temporary folder, end with it."""
    reaper = subprocess.Popen(
        [sys.executable, "-m", "search.backend.reaper", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        cwd=Path(__file__).resolve().parents[2],
        start_new_session=True,
    )
    try:
        yield
    finally:
        try:
            reaper.communicate(_OVER, timeout=_WAIT_SECONDS)
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


def main(folder: Path) -> None:
    """Wait for the end of the search; end and remove what it leaves."""
    over = sys.stdin.buffer.read() == _OVER
    _reap(folder)
    remove(folder)
    if not over:
        with suppress(OSError):  # nobody listens any more
            print(_CUT_SHORT, file=sys.stderr, flush=True)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    main(Path(sys.argv[1]))
