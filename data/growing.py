"""Write an array file song by song, in such a way that a killed process can be continued.

Maps are appended to ``processed_spectrograms.npy.part``; for each song that is done, or cannot
be, a line is appended to ``prepare.jsonl``. Whatever was interrupted is cut off when both are
opened again. Appending keeps memory flat: the pages of a writable memory map count as memory in
use until the system writes them back.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from data import files
from data.embedding_journal import VECTORS
from data.errors import DataError, shortened
from data.files import SPECTROGRAMS
from data.growing_maps import GrowingMaps, header
from data.journal import JOURNAL, Entry, Journal, read_journal
from data.paths import refuse_irregular
from data.writing import PART, growing_file, is_left_over, tidy, writing_to

LOCK = ".prepare.lock"
"""Name of the lock file: there while a collection is written, and after a kill until the next
`prepare` ends."""
_FILES = (
    files.METADATA,
    SPECTROGRAMS,
    files.IDS,
    files.LYRICS,
    SPECTROGRAMS + PART,
    JOURNAL,
    files.REMARKS,
    files.EMBEDDINGS,
    files.EMBEDDING_NOTES,
    VECTORS,
)
"""Names of what `prepare` writes to the folder of a collection."""


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
        journal = read_journal(folder)
        _refuse_other(folder, journal.settings, settings)
        _refuse_unlisted(folder, journal.entries, listed)
        tidy(folder, _FILES)
        journal.settings = dict(settings)
        _cut_off(folder, shape, journal)
        with growing_file(part) as maps, growing_file(folder / JOURNAL) as file:
            file.seek(0, os.SEEK_END)
            grown = GrowingMaps(maps, file, folder, journal, shape)
            yield grown
            grown.complete(shape)
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


def _cut_off(folder: Path, shape: tuple[int, int], journal: Journal) -> None:
    """Cut array and journal to the songs that are in both."""
    part = folder / (SPECTROGRAMS + PART)
    if (folder / SPECTROGRAMS).exists():
        growing_file(folder / SPECTROGRAMS).close()  # refuses what must not be written on
        with writing_to(part):
            (folder / SPECTROGRAMS).rename(part)
    start = header(0, shape)
    row_size = 4 * shape[0] * shape[1]
    with growing_file(part) as maps, writing_to(part):
        maps.write(start)
        n_rows = max(0, maps.seek(0, os.SEEK_END) - len(start)) // row_size
        for song, entry in list(journal.entries.items()):
            if entry.get("row", -1) >= n_rows:
                del journal.entries[song]
        n_rows = sum("row" in entry for entry in journal.entries.values())
        maps.truncate(len(start) + n_rows * row_size)
    journal.write(folder)


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
