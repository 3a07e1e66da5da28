"""How the command line of this room speaks, and how it is stopped."""

import argparse
import errno
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO

from data.errors import printable

READER_GONE = {errno.EPIPE, errno.EIO}
"""What writing to a pipe says that nobody reads, and to a terminal that was shut."""


class Parser(argparse.ArgumentParser):
    """argparse, with what it repeats of a user's words written out."""

    def _print_message(self, message: str, file: Any = None) -> None:
        lines = "\n".join(map(printable, message.split("\n")))
        say(lines, file or sys.stderr, end="")


class Stopped(KeyboardInterrupt):
    """A signal has come that asks this process to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def say(line: str, stream: TextIO | None = None, end: str = "\n") -> None:
    """Print a line; once nobody reads any more, say nothing and go on."""
    stream = stream or sys.stdout
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + end)
        stream.flush()
    except OSError as error:
        if error.errno not in READER_GONE:
            raise
        nowhere = os.open(os.devnull, os.O_WRONLY)  # where the rest goes, and what is buffered
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextmanager
def stopping() -> Iterator[None]:
    """Let SIGTERM and a shut terminal end this process as Ctrl-C does: what is written is whole.

    Signals that whoever started this process had ignored, as nohup does, stay ignored.
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
    """A bar on the standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return lambda items: track(
        items, title, total, console=console, disable=not console.is_terminal
    )


def shown(path: Path) -> str:
    """A path as it is read most easily from here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """What reads an option that is a whole number between bounds."""

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
