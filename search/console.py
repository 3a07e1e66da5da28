"""What a search prints to: a user's text as it is, and no end where nobody reads on."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any, TextIO

from rich.console import Console


def console() -> Console:
    """Return a console on the standard output that prints brackets and colons as they are."""
    return Console(markup=False, highlight=False, emoji=False)


_NO_READER = (errno.EPIPE, errno.EIO)
"""Errors of a pipe whose other end is closed, and of a terminal that is gone."""


class Enduring:
    """A stream that goes silent, rather than raise, once its reader has gone.

    Python and rich end a process whose output is closed, as by `| head -1` or a terminal that is
    shut. A search goes on: what it finds lies in its folder.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text, or do nothing where the reader has gone."""
        try:
            return self._stream.write(text)
        except OSError as error:
            self._silence(error)
            return len(text)

    def flush(self) -> None:
        """Write what is buffered, or do nothing where the reader has gone."""
        try:
            self._stream.flush()
        except OSError as error:
            self._silence(error)

    def _silence(self, error: OSError) -> None:
        """Drop what is still buffered, and all that follows.

        Say so where there is a reader to say it to, as when a disk is full.
        """
        if error.errno not in _NO_READER and self._stream is sys.__stdout__:
            print(
                f"latentune: what is said can no longer be written ({error.strerror}); the search "
                "goes on.",
                file=sys.stderr,
            )
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


def outlive_readers() -> None:
    """Let this process go on when nobody reads its output any more."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is not None and not isinstance(stream, Enduring):
            setattr(sys, name, Enduring(stream))
