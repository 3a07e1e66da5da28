"""A run folder that this process alone writes: its lock, its record, and what a crash left."""

import json
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from results.columns import ResultsError
from results.disk import TEMPORARY, StoreError, opened, replacing, writing
from results.folder import check_files, files_below, read_record, vacant
from results.holder import MOST_BYTES, Holder
from results.layout import INFO, PARTS, inside, part_files, part_number, table_file
from results.reading import TornFileWarning, is_torn
from results.record import check
from results.schema import TABLES
from results.text import named, reason

_LOCK, _HOLDER = ".lock", ".holder"
_TORN = ".torn"


class LockedFolder:
    """A run folder, locked until it is closed or this process ends.

    Attributes
    ----------
    path : Path
    info : dict
        What `run.json` holds.
    n_parts : int
        The largest number of a part.
    """

    def __init__(self, path: Path, new: Mapping[str, Any] | None = None) -> None:
        """Lock the folder and remove what a crash left half written.

        Parameters
        ----------
        path : Path
        new : mapping, optional
            The record of a new run, which is written.

        Raises
        ------
        StoreError
            When another process has it open, or it cannot be written.
        ResultsError
            When it is not the folder of a run.
        """
        self.path = path
        check_files(path)  # a lock that is a link would be made elsewhere
        self._lock = FileLock(path / _LOCK)
        with writing(path):
            self._acquire()
        try:
            if new is not None:
                vacant(path.parents[1], new["task"], new["run"])  # now under the lock
                content = _encoded(new)
                with replacing(inside(path, INFO)) as file:
                    file.write(content)
            self.info = read_record(path)
            self._tidy()
        except BaseException:
            self.close()
            raise

    def _acquire(self) -> None:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            holder = self._holder()
            which = f" ({holder})" if holder else ""
            raise StoreError(
                f"Run folder {self.path} is open in another process{which}: wait until that "
                "ends, or end it."
            ) from None
        with replacing(inside(self.path, _HOLDER)) as file:
            file.write(Holder.this().content())

    def _holder(self) -> Holder | None:
        """Return which process has the folder, if that can be read."""
        try:
            with opened(inside(self.path, _HOLDER)) as file:
                return Holder.read(file.read(MOST_BYTES))
        except (OSError, ResultsError):
            return None

    def close(self) -> None:
        """Let go of the folder."""
        self._lock.release()

    @contextmanager
    def replacing(self, path: Path) -> Iterator[BinaryIO]:
        """Open a file in it as `disk.replacing` does, but never make the folder anew.

        Raises
        ------
        StoreError
            When somebody removed the folder, or the file cannot be written.
        """
        if not (self.path / INFO).exists():
            raise StoreError(
                f"Run folder {self.path} was removed while the run went on, and what was in it "
                "is gone: begin a new run."
            )
        with replacing(path) as file:
            yield file

    def write_info(self, changes: Mapping[str, Any]) -> None:
        """Add or change entries of `run.json`; `ResultsError` when they cannot be written."""
        changed = {**self.info, **changes}
        content = _encoded(changed)
        with self.replacing(inside(self.path, INFO)) as file:
            file.write(content)
        self.info = changed

    def _tidy(self) -> None:
        """Remove what a crash left half written, and set aside what it tore."""
        parts = inside(self.path, PARTS)
        with writing(parts):
            parts.mkdir(exist_ok=True)
            for path in list(files_below(self.path)):
                if path.name.startswith(".") and path.suffix == TEMPORARY:
                    path.unlink()
        files = [table_file(self.path, table) for table in TABLES]
        files += [path for table in TABLES for path in part_files(self.path, table)]
        self.set_aside([path for path in files if path.is_file() and is_torn(path)])
        self.n_parts = max((part_number(path.name) for path in parts.iterdir()), default=0)

    def set_aside(self, torn: Iterable[Path]) -> None:
        """Give torn files another name, with a warning for each."""
        for path in torn:
            with writing(path):
                path.rename(path.with_name(path.name + _TORN))
            warnings.warn(
                f"{path} was cut short by a crash or a full disk; it is set aside as "
                f"{path.name}{_TORN}.",
                TornFileWarning,
                stacklevel=2,
            )


def _encoded(info: Mapping[str, Any]) -> bytes:
    """Return a record as the bytes of its file."""
    try:
        check(info)
        text = json.dumps(info, indent=2, ensure_ascii=False, default=str)
    except (ResultsError, TypeError, ValueError, RecursionError) as error:
        raise ResultsError(f"{named(info)} is no record of a run: {reason(error)}.") from None
    # A name that is no Unicode, as of an argument, could not be read again.
    return text.encode(errors="replace")
