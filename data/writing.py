"""Writing files: each is written under another name, and takes its own when it is complete.

No link is followed, and whatever a kill left half written has a name by which `tidy` finds it.
"""

import os
import re
import secrets
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from data.errors import DataError, shortened
from data.paths import refuse_irregular

PART = ".part"
"""Ends the name of a file that is not complete yet."""
KEPT_OF_NAME = 40
"""Characters of a file's name in that of its temporary file, so that both fit into 255 bytes."""


@contextmanager
def replacing(path: Path, mode: str, **how: str) -> Iterator[IO]:
    """Open a file to write that takes its name only when it is complete and on the disk.

    A file whose place it takes hands on its mode; a new one has what the umask leaves.

    Raises
    ------
    DataError
        Something that is no regular file has that name, or the system refuses.
    """
    refuse_irregular(path)
    temporary = path.with_name(f".{path.name[:KEPT_OF_NAME]}.{secrets.token_hex(8)}{PART}")
    with writing_to(path):
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666
        )
        try:
            with open(descriptor, mode, **how) as file:  # type: ignore[call-overload]
                if path.exists():
                    os.fchmod(descriptor, path.stat().st_mode & 0o777)
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def growing_file(path: Path) -> BinaryIO:
    """Open a file to read and to write on in place; it is made if there is none.

    Raises
    ------
    DataError
        It is no regular file, or has a second name (a hard link), under which it would change
        as well; or the system refuses.
    """
    refuse_irregular(path)
    with writing_to(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode) or state.st_nlink > 1:
        os.close(descriptor)
        raise DataError(
            f"{shortened(path)} is also elsewhere (a hard link) and would change there too; put "
            "a copy in its place"
        )
    return open(descriptor, "r+b")


def is_left_over(name: str, of: Collection[str]) -> bool:
    """Return whether this is the name of what `replacing` had begun for one of these files."""
    begun = re.fullmatch(r"\.(.+)\.[0-9a-f]{16}" + re.escape(PART), name, re.DOTALL)
    return begun is not None and begun[1] in {each[:KEPT_OF_NAME] for each in of}


def tidy(folder: Path, names: Collection[str]) -> None:
    """Remove what killed processes had begun for these files; nobody else may be writing."""
    with writing_to(folder):
        for entry in os.scandir(folder):
            if is_left_over(entry.name, names) and not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)


@contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """Turn what the system says against writing into a sentence that says what to do."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"{shortened(path)} cannot be written ({error.strerror or error}); make room or give "
            "leave to write there, or choose another --out"
        ) from None
