"""What the command line of this room prints and reads, and how it is stopped."""

import argparse
import errno
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO, cast

from data.errors import DataError, printable

_READER_GONE = {errno.EPIPE, errno.EIO}
"""Errors of writing to a pipe that nobody reads, and to a terminal that was shut."""


class Parser(argparse.ArgumentParser):
    """An argument parser that prints what it repeats of a user's words without escapes."""

    def _print_message(self, message: str, file: Any = None) -> None:
        stream = file or sys.stderr
        if stream is not None:
            say("\n".join(map(printable, message.split("\n"))), stream, end="")


class Stopped(KeyboardInterrupt):
    """A signal that asks this process to end.

    Parameters
    ----------
    number : int
        Of the signal; the exit code is 128 more.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def say(line: str, stream: TextIO | None = None, end: str = "\n") -> None:
    """Print a line, by default on the standard output; see `write`."""
    stream = stream or sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    write(stream, line.encode(encoding, "backslashreplace").decode(encoding) + end)


def write(stream: TextIO | None, text: str) -> None:
    """Write to the standard output or error, once that fails nowhere.

    A reader that has gone is no fault: nothing is said, and the process goes on. So does one that
    cannot write to the standard error, which has nowhere to say so, or was started without one.

    Raises
    ------
    DataError
        The standard output cannot be written for another reason, such as a full disk.
    """
    if stream is None:  # closed before this process began
        return
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        nowhere = os.open(os.devnull, os.O_WRONLY)  # where the rest goes, and what is buffered
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        if error.errno not in _READER_GONE and stream is not sys.stderr:
            raise DataError(
                f"what is printed cannot be written ({error.strerror}); make room, or send it "
                "elsewhere"
            ) from None


class _StandardError:
    """The standard error as a stream whose every text is written by `write`."""

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)

    def write(self, text: str) -> int:
        write(sys.stderr, text)
        return len(text)

    def flush(self) -> None:
        """Do nothing, since every text is flushed."""


@contextmanager
def stopping() -> Iterator[None]:
    """Let SIGTERM and a shut terminal end this process as Ctrl-C does, with its files complete.

    Signals stay ignored that were ignored when this process was started, as nohup does.
    """

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise Stopped(number)

    changed = {}
    for number in (signal.SIGTERM, signal.SIGHUP):
        try:
            if signal.getsignal(number) == signal.SIG_DFL:
                changed[number] = signal.signal(number, stop)
        except ValueError:  # not the main thread, which alone has signals
            pass
    try:
        yield
    finally:
        for number, before in changed.items():
            signal.signal(number, before)


def progress(title: str, total: int) -> Callable[[Iterable[Any]], Iterable[Any]]:
    """Return what shows a bar on the standard error, where that is a terminal, as items come."""
    from rich.console import Console
    from rich.progress import track

    if sys.stderr is None:
        return lambda items: items
    console = Console(file=cast(TextIO, _StandardError()))
    return lambda items: track(
        items, title, total, console=console, disable=not console.is_terminal
    )


def shown(path: Path) -> str:
    """Return a path from here if it lies below this folder, else as it is."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of an option that is a whole number between bounds."""

    def parse(text: str) -> int:
        usable = text.isdecimal() and len(text) <= 20
        if not usable or not least <= int(text) <= most:
            long = f"{text[:20]}..." if len(text) > 24 else text
            raise argparse.ArgumentTypeError(
                f"{long!r} is not a whole number from {least} on, up to {most}"
            )
        return int(text)

    return parse


def share(text: str) -> float:
    """Read an option that is a number from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a number from 0 to 1")
    return value


def folder(text: str) -> Path:
    """Read an option that is a path."""
    if not text:
        raise argparse.ArgumentTypeError("'' is no path: give one, or . for this folder")
    return Path(text)
