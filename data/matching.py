"""Rows of one file found by the ids of another."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from data import files
from data.errors import DataError, shortened


def rows_of(ids: np.ndarray, listed: Sequence[str], place: str = files.METADATA) -> list[int]:
    """Find each id among those of a file: as it is written, else as a whole number.

    Parameters
    ----------
    ids : ndarray of str, shape (songs,)
        Of songs.
    listed : sequence of str
        The id of each row of the file.
    place : str
        What the file is called in a sentence.

    Raises
    ------
    DataError
        A song has no row, or which it has depends on how its id is written.
    """
    for spelling in (str, _as_whole_number):
        places = _places(listed, spelling, place)
        rows = [places.get(spelling(song), -1) for song in ids.tolist()]
        if -1 not in rows:
            return rows
    missing = [song for song, row in zip(ids.tolist(), rows, strict=True) if row < 0]
    raise DataError(
        f"{place} has no row for {len(missing)} of {len(ids)} songs with audio, the "
        f"first of them {shortened(missing[0])!r}; add the rows, or leave these songs "
        f"out of {files.IDS} and the arrays"
    )


def _places(listed: Sequence[str], spelling: Callable[[str], str], place: str) -> dict[str, int]:
    places: dict[str, int] = {}
    for row, song in enumerate(listed):
        first = places.setdefault(spelling(song), row)
        if first != row:
            raise DataError(
                f"{place} has the ids {shortened(listed[first])!r} and "
                f"{shortened(song)!r}, which are the same number; write ids exactly as in "
                + files.IDS
            )
    return places


def _as_whole_number(song: str) -> str:
    """Write 007 and 7.0 as 7: spreadsheets and pandas change ids in these ways."""
    return str(int(song.split(".")[0])) if re.fullmatch(r"-?\d+(\.0*)?", song) else song
