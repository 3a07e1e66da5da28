"""The four files of a collection: their names, how they are read and how they are written.

A collection is a folder that holds

=============================== ==========================================================
``dataset.csv``                 one row per song: id, title, audio_path, genre, lyrics and
                                any further column
``processed_spectrograms.npy``  (songs, mels, frames) or (songs, features), numbers
``processed_ids.npy``           (songs,) the id of every row of the spectrograms
``lyrics_embeddings.npy``       (songs, width), rows as processed_ids; may be absent
=============================== ==========================================================

This file is about the folder and dataset.csv; `data.arrays` is about the arrays.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

METADATA = "dataset.csv"
SPECTROGRAMS = "processed_spectrograms.npy"
IDS = "processed_ids.npy"
LYRICS = "lyrics_embeddings.npy"
PART = ".part"
"""Ends the name of a file that is not complete yet."""

MISSING = frozenset({"", "nan"})
"""What counts as "no value" in dataset.csv, in lower case and stripped."""

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


def refuse_foreign(folder: Path) -> None:
    """Raise a DataError if a collection to be made would replace what somebody else has made."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder} holds something else; remove it or choose another --out")


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
    with replacing(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))


@contextmanager
def replacing(path: Path, mode: str, **how: str) -> Iterator[IO]:
    """Open a file to write that takes its name only when it is complete."""
    part = path.with_name(path.name + PART)
    with part.open(mode, **how) as file:  # type: ignore[call-overload]
        yield file
    part.rename(path)


def fingerprint(folder: str | Path) -> dict[str, str]:
    """Return the SHA-256 of each of the four files that is there, by file name."""
    digests = {}
    for name in (METADATA, SPECTROGRAMS, IDS, LYRICS):
        path = Path(folder) / name
        if path.is_file():
            with path.open("rb") as file:
                digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests
