"""The four files of a collection: their names, how they are read and how they are written.

A collection is a folder that holds

=============================== ==========================================================
``dataset.csv``                 one row per song: id, title, audio_path, genre, lyrics and
                                any further column
``processed_spectrograms.npy``  (songs, mels, frames) or (songs, features), numbers
``processed_ids.npy``           (songs,) the id of every row of the spectrograms
``lyrics_embeddings.npy``       (songs, width), rows as processed_ids; may be absent
=============================== ==========================================================

Nothing here unpickles: an object array is refused, whoever wrote it.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO

import numpy as np

METADATA = "dataset.csv"
SPECTROGRAMS = "processed_spectrograms.npy"
IDS = "processed_ids.npy"
LYRICS = "lyrics_embeddings.npy"
PART = ".part"
"""Ends the name of a file that is not complete yet."""

MISSING = frozenset({"", "nan"})
"""What counts as "no value" in dataset.csv, in lower case and stripped."""

BLOCK_BYTES = 1 << 25
LONGEST_FIELD = (1 << 31) - 1

Table = dict[str, list[str]]
"""Columns of dataset.csv by name, every value a stripped string, "" where missing."""


Report = Callable[[str], object]
"""Is told of a problem in one sentence; the reader goes on without the song concerned."""


class DataError(ValueError):
    """Songs that cannot be used; the message is one sentence that says where, what and how."""


def stop(problem: str) -> None:
    """Report a problem by raising it."""
    raise DataError(problem)


def refuse_unfinished(folder: Path) -> None:
    """Raise a DataError if there is no such folder, or a collection that is still being made."""
    if not folder.is_dir():
        raise DataError(
            f"there is no folder {folder}; `python -m data demo` makes a collection to try, "
            "`python -m data prepare` one of your audio files"
        )
    if (folder / (SPECTROGRAMS + PART)).exists():
        raise DataError(f"{folder} is not finished; run the same `python -m data prepare` again")


def read_metadata(path: Path, report: Report = stop) -> Table:
    """Read dataset.csv.

    Parameters
    ----------
    path : Path
        A comma-separated file in UTF-8 with a header; a byte-order mark is accepted.
    report : callable
        Is told of each uneven row, row without id and id that is there twice.

    Returns
    -------
    Table
        Columns by lower-case name, in the order of the file; columns without a name are left out.

    Raises
    ------
    DataError
        The file is missing, empty, not UTF-8, or has no id column, a column twice or no rows.
    """
    if not path.is_file():
        raise DataError(f"{path} is missing; it lists the songs, one row each, with an id column")
    rows = _read_rows(path)
    if not rows:
        raise DataError(f"{path} is empty; its first row must name the columns, one of them id")
    header = [name.strip().lower() for name in rows[0]]
    if "id" not in header:
        raise DataError(
            f"{path} has no id column, only {', '.join(header)[:200]}; "
            "add it, and separate columns by commas"
        )
    for name, count in Counter(header).items():
        if name and count > 1:
            raise DataError(f"{path} has {count} columns named {name!r}; rename or remove one")
    table: Table = {name: [] for name in header if name}
    row_of: dict[str, int] = {}
    for number, row in enumerate(rows[1:], start=2):  # counted as a spreadsheet does
        values = dict(zip(header, map(_value, row), strict=False))
        song = values.get("id", "")
        if not row:
            continue
        if len(row) != len(header):
            report(
                f"{path}, row {number} has {len(row)} fields and the header has {len(header)}; "
                "put texts that hold commas between double quotes"
            )
        elif not song:
            report(f"{path}, row {number} has no id; give every song its own")
        elif song in row_of:
            report(
                f"{path} has the id {song!r} twice, in rows {row_of[song]} and {number}; "
                "give every song its own"
            )
        else:
            row_of[song] = number
            for name, column in table.items():
                column.append(values[name])
    if not row_of:
        raise DataError(f"{path} lists no songs, only a header; add one row per song")
    return table


def _read_rows(path: Path) -> list[list[str]]:
    csv.field_size_limit(LONGEST_FIELD)  # the default refuses texts over 128 kB
    rows: list[list[str]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows.extend(csv.reader(file, strict=True))
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text; save it again as CSV UTF-8") from None
    except csv.Error as error:
        raise DataError(
            f"{path}, row {len(rows) + 1} cannot be read ({error}); "
            "check its double quotes: one inside a text is written twice"
        ) from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    return rows


def _value(text: str) -> str:
    text = text.strip()
    return "" if text.lower() in MISSING else text


def write_metadata(path: Path, table: Mapping[str, Sequence[object]]) -> None:
    """Write columns of equal length as dataset.csv, complete or not at all."""
    with _replacing(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))


def write_array(path: Path, array: np.ndarray) -> None:
    """Write an .npy file, complete or not at all."""
    with _replacing(path, "wb") as file:
        np.save(file, array, allow_pickle=False)


@contextmanager
def _replacing(path: Path, mode: str, **how: str) -> Iterator[IO]:
    part = path.with_name(path.name + PART)
    with part.open(mode, **how) as file:  # type: ignore[call-overload]
        yield file
    part.rename(path)


def read_ids(path: Path, report: Report = stop) -> np.ndarray:
    """Read processed_ids.npy as a (songs,) array of strings; 7, 7.0 and b"7" all become "7".

    Raises
    ------
    DataError
        As `open_array`; or these are no ids. ``report`` is told of each that is there twice.
    """
    stored = open_array(path)
    if stored.ndim != 1:
        raise DataError(f"{path} has shape {stored.shape}; one id per song is needed: (songs,)")
    if stored.dtype.kind == "S":
        ids = np.char.decode(stored, "utf-8", "replace")
    elif stored.dtype.kind == "f" and np.isfinite(stored).all() and not (stored % 1).any():
        ids = stored.astype(np.int64).astype(str)
    elif stored.dtype.kind in "iuU":
        ids = stored.astype(str)
    else:
        raise DataError(f"{path} holds {stored.dtype} values; ids are whole numbers or strings")
    ids = np.char.strip(ids)
    first: dict[str, int] = {}
    for row, song in enumerate(ids.tolist()):
        if first.setdefault(song, row) != row:
            report(
                f"{path} has the id {song!r} twice, in rows {first[song]} and {row} (from 0); "
                "give every song its own"
            )
    return ids


def open_array(path: Path) -> np.ndarray:
    """Map an .npy file into memory, read-only and without unpickling.

    Raises
    ------
    DataError
        The file is missing, no .npy file, cut short, or holds Python objects.
    """
    if not path.is_file():
        raise DataError(f"{path} is missing; `python -m data prepare` makes it from audio files")
    try:
        with path.open("rb") as file:
            version = np.lib.format.read_magic(file)
            read_header = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            shape, _, dtype = read_header(file)
            needed = file.tell() + dtype.itemsize * prod(shape)
    except (ValueError, OSError):
        raise DataError(f"{path} is not an .npy file; write it with numpy.save") from None
    if dtype.hasobject:
        raise DataError(
            f"{path} holds Python objects, which could run code when read; "
            "save plain numbers, or strings for ids: numpy.save(path, array.astype(...))"
        )
    if path.stat().st_size < needed:
        raise DataError(
            f"{path} is cut short: {path.stat().st_size} bytes of {needed}; copy or make it again"
        )
    if prod(shape) == 0:  # an empty file cannot be mapped
        return np.zeros(shape, dtype)
    return np.lib.format.open_memmap(path, mode="r")


def read_numbers(
    path: Path, ids: np.ndarray, dimensions: Sequence[int], report: Report = stop
) -> np.ndarray:
    """Read one row of finite numbers per song.

    Parameters
    ----------
    path : Path
        An .npy file of whole or floating numbers.
    ids : ndarray of str, shape (songs,)
        Whose rows they are.
    dimensions : sequence of int
        The numbers of axes that are allowed, songs included.
    report : callable
        Is told of each song with values that are not finite.

    Returns
    -------
    ndarray of float32, C-contiguous
        The only copy that is made; the file itself is mapped and read in blocks.

    Raises
    ------
    DataError
        As `open_array`; or there is not one row per id, of numbers, with these dimensions.
    """
    stored = open_array(path)
    if stored.dtype.kind not in "iuf":
        raise DataError(f"{path} holds {stored.dtype} values; only real numbers can be used")
    if stored.ndim not in dimensions:
        allowed = " or ".join(f"{count}-D" for count in dimensions)
        raise DataError(
            f"{path} has shape {stored.shape}; {allowed} is needed, songs first: "
            "reshape it, or take out axes of length 1 with numpy.squeeze"
        )
    if len(stored) != len(ids):
        raise DataError(
            f"{path} has {len(stored)} rows and {IDS} has {len(ids)} ids; "
            "both must hold the same songs in the same order"
        )
    if len(ids) and 0 in stored.shape:
        raise DataError(f"{path} has shape {stored.shape}, so its songs hold no values")
    numbers = np.empty(stored.shape, np.float32)
    step = max(1, BLOCK_BYTES // max(1, stored[:1].nbytes))
    for start in range(0, len(stored), step):
        block = numbers[start : start + step]
        with np.errstate(over="ignore", invalid="ignore"):
            block[...] = stored[start : start + step]
            suspicious = not np.isfinite(block.sum())
        if not suspicious:  # a sum is finite only if all are; one that overflowed is looked into
            continue
        for row in start + np.flatnonzero(~np.isfinite(block).reshape(len(block), -1).all(axis=1)):
            report(
                f"{path} has values that are NaN, infinite or beyond float32 for song "
                f"{str(ids[row])!r} (row {row}, from 0); correct them or leave the song out"
            )
    return numbers


def fingerprint(folder: str | Path) -> dict[str, str]:
    """Return the SHA-256 of each of the four files that is there, by file name."""
    digests = {}
    for name in (METADATA, SPECTROGRAMS, IDS, LYRICS):
        path = Path(folder) / name
        if path.is_file():
            with path.open("rb") as file:
                digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests
