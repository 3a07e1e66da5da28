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
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path

import numpy as np

METADATA = "dataset.csv"
SPECTROGRAMS = "processed_spectrograms.npy"
IDS = "processed_ids.npy"
LYRICS = "lyrics_embeddings.npy"

MISSING = frozenset({"", "nan"})
"""What counts as "no value" in dataset.csv, in lower case and stripped."""

BLOCK_BYTES = 1 << 25
LONGEST_FIELD = (1 << 31) - 1

Table = dict[str, list[str]]
"""Columns of dataset.csv by name, every value a stripped string, "" where missing."""


class DataError(ValueError):
    """Songs that cannot be used; the message is one sentence that says where, what and how."""


def read_metadata(path: Path) -> Table:
    """Read dataset.csv.

    Parameters
    ----------
    path : Path
        A comma-separated file in UTF-8 with a header; a byte-order mark is accepted.

    Returns
    -------
    Table
        Columns by lower-case name, in the order of the file; columns without a name are left out.

    Raises
    ------
    DataError
        The file is missing, empty, not UTF-8, has no id column, a column twice, an uneven row,
        a row without id or an id twice. Rows are counted as a spreadsheet does: the header is 1.
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
    for number, row in enumerate(rows[1:], start=2):
        if row and len(row) != len(header):
            raise DataError(
                f"{path}, row {number} has {len(row)} fields and the header has {len(header)}; "
                "put texts that hold commas between double quotes"
            )
    numbers = [number for number, row in enumerate(rows[1:], start=2) if row]
    columns = zip(*(row for row in rows[1:] if row), strict=True)
    table = {
        name: [_value(text) for text in texts]
        for name, texts in zip(header, columns, strict=False)
        if name
    }
    if not table:
        raise DataError(f"{path} lists no songs, only a header; add one row per song")
    _check_ids(table["id"], path, numbers)
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


def _check_ids(ids: Sequence[str], path: Path, numbers: Sequence[int]) -> None:
    first: dict[str, int] = {}
    for song, number in zip(ids, numbers, strict=True):
        if not song:
            raise DataError(f"{path}, row {number} has no id; give every song its own")
        if song in first:
            raise DataError(
                f"{path} has the id {song!r} twice, in rows {first[song]} and {number}; "
                "give every song its own"
            )
        first[song] = number


def write_metadata(path: Path, table: Mapping[str, Sequence[object]]) -> None:
    """Write columns of equal length as dataset.csv."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))


def read_ids(path: Path) -> np.ndarray:
    """Read processed_ids.npy as a (songs,) array of strings; 7, 7.0 and b"7" all become "7"."""
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
            raise DataError(
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


def read_numbers(path: Path, ids: np.ndarray, dimensions: Sequence[int]) -> np.ndarray:
    """Read one row of finite numbers per song.

    Parameters
    ----------
    path : Path
        An .npy file of whole or floating numbers.
    ids : ndarray of str, shape (songs,)
        Whose rows they are.
    dimensions : sequence of int
        The numbers of axes that are allowed, songs included.

    Returns
    -------
    ndarray of float32, C-contiguous
        The only copy that is made; the file itself is mapped and read in blocks.

    Raises
    ------
    DataError
        Other than one row per id, wrong dimensions, no numbers, or values that are not finite.
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
        if suspicious:  # a sum is finite only if all are; one that overflowed is looked at again
            _check_finite(block, ids[start : start + step], path, start)
    return numbers


def _check_finite(block: np.ndarray, ids: np.ndarray, path: Path, start: int) -> None:
    bad = np.flatnonzero(~np.isfinite(block).reshape(len(block), -1).all(axis=1))
    if bad.size:
        more = f" and {bad.size - 1} rows after it" if bad.size > 1 else ""
        raise DataError(
            f"{path} has values that are NaN, infinite or beyond float32 for song "
            f"{str(ids[bad[0]])!r} (row {start + bad[0]}, from 0){more}; "
            "correct or leave out such songs"
        )


def fingerprint(folder: str | Path) -> dict[str, str]:
    """Return the SHA-256 of each of the four files that is there, by file name."""
    digests = {}
    for name in (METADATA, SPECTROGRAMS, IDS, LYRICS):
        path = Path(folder) / name
        if path.is_file():
            with path.open("rb") as file:
                digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests
