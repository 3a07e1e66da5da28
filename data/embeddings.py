"""What a frozen encoder made of the sound of songs: read, checked, and put in their order."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from data import arrays
from data.errors import DataError, Report, shortened, stop
from data.files import (
    EMBEDDING_IDS,
    EMBEDDING_NOTES,
    EMBEDDINGS,
    IDS,
    LONGEST_ID,
    MOST_SONGS,
    SPECTROGRAMS,
)
from data.matching import rows_of
from data.paths import why_no_file

LARGEST_NOTES = 1 << 26
"""Bytes of the sidecar, which may hold the ids of a million songs."""


def song_ids(folder: Path, report: Report = stop) -> np.ndarray:
    """Read the ids of the songs of a collection, (songs,) strings.

    They are those of processed_ids.npy. Where there are embeddings alone, without that file, they
    are the embeddings' own.

    Raises
    ------
    DataError
        There are none, or what there is holds no ids. ``report`` is called for each that is
        there twice.
    """
    if maps_expected(folder) or os.path.lexists(folder / IDS):
        return arrays.read_ids(folder / IDS, report)
    own = own_ids(folder, report)
    if own is None:
        raise DataError(
            f"{folder / EMBEDDINGS} says of no row which song it is of; save the id of each row "
            f"as {IDS}: numpy.save(path, numpy.array(ids))"
        )
    return own


def is_there(folder: Path) -> bool:
    """Return whether a collection has embeddings of the sound."""
    return os.path.lexists(folder / EMBEDDINGS)


def maps_expected(folder: Path) -> bool:
    """Return whether a collection has spectrograms, or nothing in their place."""
    return os.path.lexists(folder / SPECTROGRAMS) or not is_there(folder)


def read(folder: Path, ids: np.ndarray, report: Report = stop) -> np.ndarray | None:
    """Read the embedding of each song, (songs, width) float32; None where there are none.

    Parameters
    ----------
    folder : Path
        Of the collection.
    ids : ndarray of str, shape (songs,)
        The songs; rows of others are left out.
    report : callable
        Called with a sentence on each row that cannot be used.

    Raises
    ------
    DataError
        As `arrays.read_numbers`; or a song has no row.
    """
    if not is_there(folder):
        return None
    path = folder / EMBEDDINGS
    shape = arrays.open_array(path).shape
    if len(shape) == 3:
        raise DataError(
            f"{path} has shape {shape}; one vector is needed for each song: average its frames, "
            "numpy.mean(array, axis=1)"
        )
    own = own_ids(folder, report)
    if own is None:
        return arrays.read_numbers(path, ids, (2,), report)
    where = EMBEDDING_IDS if os.path.lexists(folder / EMBEDDING_IDS) else EMBEDDING_NOTES
    listed = own.tolist()
    if len({*listed}) < len(listed):  # which was reported
        return None
    rows = rows_of(ids, listed, where)
    embedding = arrays.read_numbers(path, own, (2,), report, where)
    return embedding if rows == list(range(len(embedding))) else embedding[rows]


def own_ids(folder: Path, report: Report = stop) -> np.ndarray | None:
    """Return the id of each row of the embeddings; None where rows are as in processed_ids.npy.

    Raises
    ------
    DataError
        They are said twice, or are no ids.
    """
    listed = _notes(folder).get("ids")
    if not os.path.lexists(folder / EMBEDDING_IDS):
        return None if listed is None else _checked(folder / EMBEDDING_NOTES, listed, report)
    if listed is not None:
        raise DataError(
            f"{folder / EMBEDDING_NOTES} has ids and {EMBEDDING_IDS} is there too; remove one of "
            "them"
        )
    return arrays.read_ids(folder / EMBEDDING_IDS, report)


def encoder_of(folder: Path) -> str:
    """Return the name of the encoder as the sidecar has it; "" where it says none."""
    model = _notes(folder).get("model")
    return shortened(model) if isinstance(model, str) else ""


def _notes(folder: Path) -> dict[str, Any]:
    """Return what the sidecar says; nothing where there is none."""
    path = folder / EMBEDDING_NOTES
    if not os.path.lexists(path):
        return {}
    if reason := why_no_file(path):
        raise DataError(f"{path} {reason}; put a file in its place, or leave it out")
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_NOTES + 1)
        notes = json.loads(content.decode("utf-8")) if len(content) <= LARGEST_NOTES else None
    except (OSError, ValueError, RecursionError):  # no UTF-8, no JSON, numbers without end
        notes = None
    if not isinstance(notes, dict):
        raise DataError(
            f"{path} is no JSON table of at most {LARGEST_NOTES:,} bytes, such as "
            '{"model": "openl3"}; correct it or leave it out'
        )
    return notes


def _checked(path: Path, listed: Any, report: Report) -> np.ndarray:
    """Return the ids of the sidecar as strings."""
    whole = isinstance(listed, list) and 0 < len(listed) <= MOST_SONGS
    if not whole or not all(type(song) in (str, int) for song in listed):
        raise DataError(
            f"{path}: ids is no list of one to {MOST_SONGS:,} texts or whole numbers, one for "
            f"each row of {EMBEDDINGS}; correct it"
        )
    ids = [str(song).strip() for song in listed]
    if max(map(len, ids)) > LONGEST_ID:
        raise DataError(f"{path}: an id has more than {LONGEST_ID:,} characters; shorten it")
    arrays.refuse_beyond_memory(path, len(ids) * max(map(len, ids)) * 4)
    arrays.report_twice(path, ids, report)
    return np.array(ids)
