"""The files of a collection: their names, how they are read and how they are written.

A collection is a folder that holds

=============================== ==========================================================
``dataset.csv``                 one row per song: id, title, audio_path, genre, lyrics and
                                any further column
``processed_spectrograms.npy``  (songs, mels, frames) or (songs, features), numbers
``processed_ids.npy``           (songs,) the id of every row of the spectrograms
``lyrics_embeddings.npy``       (songs, width), rows as processed_ids; may be absent
``audio_embeddings.npy``        (songs, width), what a frozen encoder makes of the sound; may
                                be absent, or be there without spectrograms
``audio_embeddings.json``       what is known of them, and ids of their rows if those are not
                                as in processed_ids; may be absent
``audio_embedding_ids.npy``     such ids too; may be absent
=============================== ==========================================================

This file is about the folder and dataset.csv; `data.arrays` is about the arrays.
"""

import csv
import hashlib
import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from data import arguments
from data.errors import DataError, Report, shortened, stop
from data.paths import why_no_file
from data.spreadsheet import read_rows
from data.writing import PART, replacing

METADATA = "dataset.csv"
SPECTROGRAMS = "processed_spectrograms.npy"
IDS = "processed_ids.npy"
LYRICS = "lyrics_embeddings.npy"
EMBEDDINGS = "audio_embeddings.npy"
EMBEDDING_NOTES = "audio_embeddings.json"
EMBEDDING_IDS = "audio_embedding_ids.npy"
OF_EMBEDDINGS = (EMBEDDINGS, EMBEDDING_NOTES, EMBEDDING_IDS)
"""What frozen encoders make of the sound, from `prepare` or from elsewhere."""
REMARKS = "remarks.csv"
"""What `prepare` has to say of songs, one by one; no part of the collection."""
FINDINGS = "findings.csv"
"""What `check` has to say, likewise."""
DEMO = "demo.json"
"""Settings of the demo songs, whose maps are made by `LogMel()`; other collections have none."""

UNKNOWN = frozenset(
    "#N/A,#N/A N/A,#NA,-1.#IND,-1.#QNAN,-NaN,-nan,1.#IND,1.#QNAN,<NA>,N/A,NA,NULL,NaN,None,n/a,"
    "nan,null".split(",")
)
"""Cells of a CSV that pandas reads as missing; so does this package, in every column."""

LARGEST_TABLE = 1 << 28
"""Bytes of dataset.csv."""
MOST_SONGS = 1_000_000
_MOST_COLUMNS = 200
_MOST_CELLS = 20_000_000
LONGEST_ID = 1_000
"""Characters."""
LONGEST_LYRICS = 200_000
"""Characters, an hour or more of words; embedding them takes about 200 bytes each."""

Table = dict[str, list[str]]
"""Columns of dataset.csv by name, every value a stripped string, "" where missing."""


def refuse_unfinished(folder: Path) -> None:
    """Raise a DataError if there is no such folder, or a collection that is still being made."""
    if not os.path.isdir(folder):
        shown = shortened(folder)
        raise DataError(
            (
                f"{shown} is no folder; "
                if os.path.lexists(folder)
                else f"there is no folder {shown}; "
            )
            + "`python -m data demo` makes a collection to try, "
            "`python -m data prepare` one of your audio files"
        )
    if os.path.lexists(folder / (SPECTROGRAMS + PART)):
        raise DataError(f"{folder} is not finished; run the same `python -m data prepare` again")


def refuse_foreign(folder: Path, ours: Collection[str] = ()) -> None:
    """Raise a DataError if a collection to be made would replace what somebody else has made.

    Parameters
    ----------
    folder : Path
        Of the collection to be made.
    ours : collection of str
        Names that may be there.
    """
    try:
        foreign = os.path.lexists(folder) and (
            not os.path.isdir(folder) or any(name not in ours for name in os.listdir(folder))
        )
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(
            f"{shortened(folder)} cannot be read ({reason}); choose another --out"
        ) from None
    if foreign:
        raise DataError(f"{folder} holds something else; remove it or choose another --out")


def read_metadata(
    path: Path,
    report: Report = stop,
    remark: Report = lambda sentence: None,
    needed: Collection[str] = ("id",),
) -> Table:
    """Read dataset.csv.

    Parameters
    ----------
    path : Path
        A CSV with a header, in any form that `spreadsheet.read_rows` reads.
    report : callable
        Called with a sentence on each uneven row, row without id, id that is there twice, and id
        or lyrics that are too long.
    remark : callable
        Called with a sentence on how the text was read, if that is not certain for every letter.
    needed : collection of str
        Columns by which what separates columns is found out; only id must be there.

    Returns
    -------
    Table
        Columns by lower-case name, in the order of the file; columns without a name are left out.

    Raises
    ------
    DataError
        The file is missing, empty, too large, no text, or has no id column, a column twice or no
        rows.
    """
    reason = why_no_file(path)
    if reason:
        raise DataError(
            f"{shortened(path)} {reason}; it lists the songs, one row each, with an id column"
        )
    if path.stat().st_size > LARGEST_TABLE:
        raise DataError(
            f"{path} has {path.stat().st_size:,} bytes and at most {LARGEST_TABLE:,} are read; "
            "take out columns that are no labels"
        )
    rows = read_rows(path, needed, remark)
    header = [name.strip().lower() for name in next(rows, ("", []))[1]]
    if not any(header):
        raise DataError(f"{path} is empty; its first row must name the columns, one of them id")
    _check_header(path, header)
    table: Table = {name: [] for name in header if name}
    row_of: dict[str, str] = {}
    for number, (where, row) in enumerate(rows, start=1):
        if number > min(MOST_SONGS, _MOST_CELLS // len(header)):
            raise DataError(
                f"{path} has more than {number - 1:,} rows of {len(header)} columns; take out "
                "columns that are no labels, or divide the songs"
            )
        values = dict(zip(header, map(known, row), strict=False))
        song = values.get("id", "")
        if not any(map(str.strip, row)):  # spreadsheets keep rows that were emptied
            continue
        if len(row) != len(header):
            report(
                f"{path}, {where} has {len(row)} fields and the header has {len(header)}; "
                "put texts that hold separators between double quotes"
            )
        elif not song:
            report(
                f"{path}, {where} has no id; give every song its own, which is not one of "
                "the words for unknown, such as NA"
                if row[header.index("id")].strip()
                else f"{path}, {where} has no id; give every song its own"
            )
        elif song in row_of:
            report(
                f"{path} has the id {shortened(song)!r} twice, in {row_of[song]} and "
                f"{where}; give every song its own"
            )
        elif problem := _too_long(values):
            report(f"{path}, {where}: the song {shortened(song)!r} {problem}")
        else:
            row_of[song] = where
            for name, column in table.items():
                column.append(values[name])
    if not row_of:
        raise DataError(f"{path} lists no songs, only a header; add one row per song")
    return table


def _check_header(path: Path, header: list[str]) -> None:
    if len(header) > _MOST_COLUMNS:
        raise DataError(
            f"{path} has {len(header)} columns and at most {_MOST_COLUMNS} are read; keep id, "
            "audio_path, lyrics and labels"
        )
    if "id" not in header:
        raise DataError(
            f"{path} has no id column, only {', '.join(header)[:200]}; "
            "add it, and separate columns by commas, semicolons or tabs"
        )
    for name, count in Counter(header).items():
        if name and count > 1:
            raise DataError(
                f"{path}, row 1 has {count} columns named {shortened(name)!r}; rename or remove "
                "one"
            )


def _too_long(values: Mapping[str, str]) -> str:
    """Return a phrase on the id or the lyrics if they are too long, else ""."""
    for name, most in (("id", LONGEST_ID), ("lyrics", LONGEST_LYRICS)):
        if len(values.get(name, "")) > most:
            return (
                f"has {len(values[name]):,} characters of {name}, and at most {most:,} "
                "are read; shorten them"
            )
    return ""


def known(text: str) -> str:
    """Return a stripped value, or "" for one that stands for "unknown"."""
    text = text.strip()
    return "" if text in UNKNOWN or text.lower() == "nan" else text


def write_metadata(path: Path, table: Mapping[str, Sequence[object]]) -> None:
    """Write columns of equal length as dataset.csv, complete or not at all."""
    with replacing(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))


def fingerprint(folder: str | Path) -> dict[str, str]:
    """Return the SHA-256 of each file of a collection that is there, by file name.

    Raises
    ------
    DataError
        One of them cannot be read.
    """
    place = arguments.folder("folder", folder)
    digests = {}
    for name in (METADATA, SPECTROGRAMS, IDS, LYRICS, *OF_EMBEDDINGS):
        path = place / name
        if not os.path.lexists(path):
            continue
        reason = why_no_file(path)
        if reason:
            raise DataError(f"{path} {reason}; put the file of the collection in its place")
        with path.open("rb") as file:
            digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests
