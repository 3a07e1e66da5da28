"""Files that are on the disk whole or not at all, and no link followed on the way."""

import contextlib
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from results.columns import ResultsError
from results.text import named, reason

TEMPORARY = ".tmp"
"""Ends the name of a file that is not whole yet."""
STALE_SECONDS = 3_600.0
"""How long nobody has written a temporary file that was left over, and is not still being made."""
_KEPT_OF_NAME = 40
"""Characters of a file's name in that of its temporary file, so that both fit into 255 bytes."""
_LEFT_OVER = re.compile(r"\.(.+)\.[0-9a-f]{16}" + re.escape(TEMPORARY), re.DOTALL)
_KINDS = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


class StoreError(ResultsError):
    """A run folder cannot be opened or written: it exists, is locked, or the disk is full."""


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write that takes the place of `path` at the end, when it is on the disk.

    Its folder is made if need be. A crash at any moment leaves the former file or the new one.
    Nothing is ever written through a link, nor into anything else that is no plain file: the new
    file has a name that nobody can have put a link at. A file whose place it takes hands on its
    mode; a new one has what the umask leaves.

    Raises
    ------
    StoreError
        When it cannot be written, or there is something else than a file; what was there is there
        still.
    """
    with writing(path):
        replaceable(path)
        path.parent.mkdir(exist_ok=True)
        token = secrets.token_hex(8)
        temporary = path.with_name(f".{path.name[:_KEPT_OF_NAME]}.{token}{TEMPORARY}")
        try:
            with os.fdopen(_new(temporary), "wb") as file:
                _hand_on_mode(path, file)
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        # The new name is an entry of the folder, which has a cache of its own.
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _new(path: Path) -> int:
    """Return the descriptor of a file that was not there; the umask says who may read it."""
    return os.open(
        path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666
    )


def _hand_on_mode(path: Path, file: BinaryIO) -> None:
    """Let a new file be read and written by whom the file at `path` is, if there is one."""
    with contextlib.suppress(FileNotFoundError):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            os.fchmod(file.fileno(), mode & 0o777)


def remove_left_over(folder: Path, fits: Callable[[str], bool]) -> None:
    """Remove temporary files in a folder that a killed process left of files that fit.

    Only files with a name that `replacing` gives, which nobody has written for an hour: another
    process may be writing such a file now.

    Parameters
    ----------
    folder : Path
        It need not be there.
    fits : callable
        Takes the name of a file; whether what was begun of it is to be removed.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            begun = _LEFT_OVER.fullmatch(entry.name)
            if begun and fits(begun[1]):
                with contextlib.suppress(OSError):
                    there = entry.stat(follow_symlinks=False)
                    if (
                        stat.S_ISREG(there.st_mode)
                        and time.time() - there.st_mtime > STALE_SECONDS
                    ):
                        os.unlink(entry.path)


def beginnings(*names: str) -> Callable[[str], bool]:
    """Return what fits these names for `remove_left_over`, where only beginnings are known."""
    return {name[:_KEPT_OF_NAME] for name in names}.__contains__


def replaceable(path: Path) -> None:
    """Refuse a path at which lies anything but a file.

    Raises
    ------
    StoreError
        It says what lies there.
    """
    with writing(path):
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            return
        if not stat.S_ISREG(mode):
            raise StoreError(
                f"{path} is not written: it is {kind(mode)}, and only a file is replaced; give "
                "another name."
            )


def kind(mode: int) -> str:
    """Return what lies at a path that is no file, by its mode."""
    return next((word for fits, word in _KINDS if fits(mode)), "a device")


def opened(path: Path) -> BinaryIO:
    """Open a file to read, itself and not what a link or a device leads to.

    Raises
    ------
    OSError
        When there is no such file.
    """
    # A pipe without a writer would keep us waiting.
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    mode = os.fstat(number).st_mode
    if not stat.S_ISREG(mode):
        os.close(number)
        raise OSError(f"it is {kind(mode)} and no file")
    return os.fdopen(number, "rb")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system says against writing into a `StoreError` that says what to do."""
    try:
        yield
    except (FileExistsError, NotADirectoryError) as error:
        raise StoreError(
            f"{path} cannot be made ({error.strerror}): a file is in the way, choose another "
            "folder."
        ) from error
    except FileNotFoundError as error:
        # Nothing is safe in a folder that somebody removed.
        gone = [folder for folder in path.parents if not folder.exists()]
        if gone:
            raise StoreError(
                f"{path} cannot be written: there is no folder {gone[-1]}; make it, or if it was "
                "removed meanwhile begin anew, for what it held is gone."
            ) from error
        # As /proc, which has folders and makes no file in them.
        raise StoreError(
            f"{_shown(path)} cannot be written: {_shown(path.parent)} takes no files; choose "
            "another folder."
        ) from error
    except OSError as error:
        raise _unwritten(path, error) from error


def _shown(path: Path) -> str:
    return str(path) if len(str(path)) < 1_000 else named(str(path))


def _unwritten(path: Path, error: OSError) -> StoreError:
    why = error.strerror or reason(error)
    return StoreError(
        f"{_shown(path)} cannot be written ({why}): make room or give leave to write there, then "
        "go on; what was written before is safe."
    )
