"""Files that are on the disk whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from results.columns import ResultsError

TEMPORARY = ".tmp"


class StoreError(ResultsError):
    """A run folder cannot be opened or written: it exists, is locked, or the disk is full."""


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` at the end, when it is on the disk.

    Its folder is made if need be. A crash at any moment leaves the former file or the new one.

    Raises
    ------
    StoreError
        When it cannot be written; the former file is still there.
    """
    temporary = path.with_name(f".{path.name}{TEMPORARY}")
    with writing(path):
        path.parent.mkdir(exist_ok=True)
        try:
            with temporary.open("wb") as file:
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
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written ({error.strerror or error}): make room or give leave to "
            "write there, then resume the run; what was written before is safe."
        ) from error
