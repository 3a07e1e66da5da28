"""Write an array file song by song, in such a way that a killed process can be continued.

Maps are appended to ``processed_spectrograms.npy.part``; for each song that is done, or cannot
be, a line is appended to ``prepare.jsonl``. Whatever was interrupted is cut off when both are
opened again. Appending keeps memory flat: the pages of a writable memory map count as memory in
use until the system writes them back.
"""

import io
import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from filelock import FileLock, Timeout

from data import files
from data.errors import DataError, shortened
from data.files import SPECTROGRAMS
from data.paths import refuse_irregular, why_no_file
from data.writing import PART, growing_file, is_left_over, replacing, tidy, writing_to

JOURNAL = "prepare.jsonl"
LOCK = ".prepare.lock"
"""Name of the lock file: there while a collection is written, and after a kill until the next
`prepare` ends."""
_FILES = (files.METADATA, SPECTROGRAMS, files.IDS, files.LYRICS, SPECTROGRAMS + PART, JOURNAL)
"""Names of what `prepare` writes to the folder of a collection."""
_LARGEST_JOURNAL = 1 << 29
"""Bytes; a song takes some hundreds."""

Entry = dict[str, Any]
"""A line of the journal on one song: its id, and either its row and facts or the problem."""


@dataclass
class GrowingMaps:
    """The maps of a collection under preparation.

    Parameters
    ----------
    maps, journal : file
        Open for appending.
    folder : Path
        Of the collection.
    entries : dict of str to Entry
        The line of the journal on each song.
    rows : dict of str to int
        The row of each song that has a map, in the order of the rows.
    """

    maps: BinaryIO
    journal: BinaryIO
    folder: Path
    entries: dict[str, Entry]
    rows: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        done = [(entry["row"], song) for song, entry in self.entries.items() if "row" in entry]
        self.rows = {song: row for row, song in sorted(done)}

    def append(self, song: str, values: np.ndarray, facts: Mapping[str, Any]) -> None:
        """Add the map of a song, and what else is known of it."""
        with writing_to(self.folder):
            self.maps.write(np.ascontiguousarray(values, "<f4").tobytes())
            self.maps.flush()
        self.rows[song] = len(self.rows)
        self._note({"id": song, "row": self.rows[song], **facts})

    def skip(self, song: str, problem: str) -> None:
        """Note that a song cannot be used, and why."""
        self._note({"id": song, "problem": problem})

    def _note(self, entry: Entry) -> None:
        self.entries[entry["id"]] = entry
        with writing_to(self.folder):
            self.journal.write(_line(entry))
            self.journal.flush()


@contextmanager
def growing(
    folder: Path, shape: tuple[int, int], settings: Mapping[str, Any], listed: Collection[str]
) -> Iterator[GrowingMaps]:
    """Open the maps of a collection to add some; without an error in the block complete the array.

    Parameters
    ----------
    folder : Path
        Of the collection; made if there is none.
    shape : tuple of int
        (mels, frames) of a map.
    settings : mapping
        Settings of the maps; a collection is continued only with the same ones.
    listed : collection of str
        Ids of all songs.

    Raises
    ------
    DataError
        The folder holds something else, was begun with other settings, has songs that are not
        listed, or is being written to. The folder is left as it is.
    """
    _refuse_foreign(folder)
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
    part = folder / (SPECTROGRAMS + PART)
    with _locked(folder):
        for name in _FILES:
            refuse_irregular(folder / name)
        known, entries = read_journal(folder)
        _refuse_other(folder, known, settings)
        _refuse_unlisted(folder, entries, listed)
        tidy(folder, _FILES)
        entries = _cut_off(folder, shape, settings, entries)
        with growing_file(part) as maps, growing_file(folder / JOURNAL) as journal:
            maps.seek(0, os.SEEK_END)
            journal.seek(0, os.SEEK_END)
            grown = GrowingMaps(maps, journal, folder, entries)
            yield grown
            with writing_to(part):
                maps.seek(0)
                maps.write(_header(len(grown.rows), shape))
                maps.flush()
                os.fsync(maps.fileno())
        refuse_irregular(folder / SPECTROGRAMS)
        with writing_to(part):
            part.rename(folder / SPECTROGRAMS)


def _refuse_foreign(folder: Path) -> None:
    """Refuse a folder that no `prepare` has begun; one that was killed at once left no journal."""
    if os.path.lexists(folder / JOURNAL):
        return
    names = os.listdir(folder) if os.access(folder, os.R_OK) and os.path.isdir(folder) else []
    left_over = [name for name in names if is_left_over(name, _FILES)]
    files.refuse_foreign(folder, [*left_over, SPECTROGRAMS + PART, LOCK])


def read_journal(folder: Path) -> tuple[dict[str, Any], dict[str, Entry]]:
    """Return the settings of a collection and the lines on its songs, without a torn last line.

    Raises
    ------
    DataError
        The journal cannot be read.
    """
    path = folder / JOURNAL
    if not os.path.lexists(path):
        return {}, {}
    reason = why_no_file(path)
    if reason or path.stat().st_size > _LARGEST_JOURNAL:
        reason = reason or "is too large"
        raise DataError(f"{path} {reason}; remove {folder} and prepare it again")
    text = path.read_bytes()
    try:
        lines = [json.loads(line) for line in text[: text.rfind(b"\n") + 1].splitlines()]
        entries = {entry["id"]: entry for entry in lines[1:]}
        known = lines[0] if lines else {}
        sound = isinstance(known, dict) and _are_entries(entries)
    except (ValueError, KeyError, TypeError, RecursionError):
        sound = False
    if not sound:
        raise DataError(f"{path} is damaged; remove {folder} and prepare it again")
    return known, entries


def _are_entries(entries: Mapping[Any, Any]) -> bool:
    """Return whether these are lines as `GrowingMaps` writes them, with each row once."""
    rows = [entry["row"] for entry in entries.values() if "row" in entry]
    return (
        all(isinstance(song, str) for song in entries)
        and all(type(row) is int and row >= 0 for row in rows)
        and sorted(rows) == list(range(len(rows)))
        and all(
            isinstance(entry.get("problem", ""), str) and ("problem" in entry) != ("row" in entry)
            for entry in entries.values()
        )
    )


def _refuse_other(folder: Path, known: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    if known and known != settings:
        differing = ", ".join(
            f"{key} {known.get(key)}" for key in settings if known.get(key) != settings[key]
        )
        raise DataError(
            f"{folder} was begun with other settings ({shortened(differing)}); use "
            "those, or another --out"
        )


def _refuse_unlisted(folder: Path, entries: Mapping[str, Entry], listed: Collection[str]) -> None:
    for song, entry in entries.items():
        if "row" in entry and song not in listed:
            raise DataError(
                f"{folder} has the song {shortened(song)!r}, which is not listed any more; list "
                "it, or choose another --out"
            )


def _cut_off(
    folder: Path, shape: tuple[int, int], settings: Mapping[str, Any], entries: dict[str, Entry]
) -> dict[str, Entry]:
    """Cut array and journal to the songs that are in both, and return the lines on the songs."""
    part = folder / (SPECTROGRAMS + PART)
    if (folder / SPECTROGRAMS).exists():
        growing_file(folder / SPECTROGRAMS).close()  # refuses what must not be written on
        with writing_to(part):
            (folder / SPECTROGRAMS).rename(part)
    header = _header(0, shape)
    row_size = 4 * shape[0] * shape[1]
    with growing_file(part) as maps, writing_to(part):
        maps.write(header)
        n_rows = max(0, maps.seek(0, os.SEEK_END) - len(header)) // row_size
        entries = {song: entry for song, entry in entries.items() if entry.get("row", -1) < n_rows}
        n_rows = sum("row" in entry for entry in entries.values())
        maps.truncate(len(header) + n_rows * row_size)
    with replacing(folder / JOURNAL, "wb") as rewritten:
        rewritten.writelines(map(_line, [dict(settings), *entries.values()]))
    return entries


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock a folder against other processes; a killed process lets go of the lock.

    The lock file is removed while its lock is held. A process that has opened it meanwhile does
    not take it for the lock, since `filelock` sees that the file has no name any more.
    """
    refuse_irregular(folder / LOCK)
    # Without flock the mere existence of the file would be the lock, and a kill would leave it.
    lock = FileLock(folder / LOCK, timeout=0, fallback_to_soft=False)
    with writing_to(folder):
        try:
            lock.acquire()
        except Timeout:
            raise DataError(
                f"another prepare is writing to {folder}; wait until it ends"
            ) from None
    try:
        yield
    finally:
        try:
            with writing_to(folder):
                (folder / LOCK).unlink(missing_ok=True)
        finally:
            lock.release()


def _header(n_rows: int, shape: tuple[int, int]) -> bytes:
    """Return the start of an .npy file, padded by numpy to one length for any number of rows."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (n_rows, *shape)}
    )
    return header.getvalue()


def _line(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry, ensure_ascii=False).encode() + b"\n"
