"""The maps of a collection under preparation: added, written anew and taken out.

The map of a song whose file has changed is written in its old place. Before that the journal says
so, and it goes on saying so until the new map is on the disk: whatever a kill leaves in that place
is written again.
"""

import io
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from data.errors import shortened
from data.journal import Entry, Journal, line
from data.writing import writing_to

_OF_THE_FILE = ("size", "mtime_ns", "tags")
"""What an entry says of a file, whether its song is used or not."""


class GrowingMaps:
    """The maps of a collection under preparation.

    Parameters
    ----------
    maps, file : file
        The array and the journal, open for appending.
    folder : Path
        Of the collection.
    journal : Journal
        What is known of each song.
    shape : tuple of int
        (mels, frames) of a map.
    """

    def __init__(
        self,
        maps: BinaryIO,
        file: BinaryIO,
        folder: Path,
        journal: Journal,
        shape: tuple[int, int],
    ) -> None:
        self._maps, self._file, self._folder, self._journal = maps, file, folder, journal
        self._start, self._row_size = len(header(0, shape)), 4 * shape[0] * shape[1]
        self._shape = shape
        self.entries = journal.entries
        self._n_rows = sum("row" in entry for entry in self.entries.values())

    def usable(self) -> list[str]:
        """Return the songs that have a map, in the order of the rows."""
        rows = {song: entry["row"] for song, entry in self.entries.items() if _has_map(entry)}
        return sorted(rows, key=rows.__getitem__)

    def expect(self, songs: Iterable[str]) -> None:
        """Note that the maps of these songs are of files that have changed since."""
        marked = [song for song in songs if "changed" not in self.entries[song]]
        for song in marked:
            self._note({"id": song, "row": self.entries[song]["row"], "changed": True})
        if marked:
            self._sync(self._file)

    def put(self, song: str, values: np.ndarray, facts: Mapping[str, Any]) -> None:
        """Add the map of a song, or write it anew, and what else is known of it."""
        row = self.entries.get(song, {}).get("row", self._n_rows)
        with writing_to(self._folder):
            self._maps.seek(self._start + row * self._row_size)
            self._maps.write(np.ascontiguousarray(values, "<f4").tobytes())
            self._maps.flush()
        if row < self._n_rows:  # a map that never reached the disk is not missed at the end
            self._sync(self._maps)
        self._n_rows = max(self._n_rows, row + 1)
        self._note({"id": song, "row": row, **facts})

    def read(self) -> np.ndarray:
        """Return the maps as they lie in the file, (rows, mels, frames) float32, read-only."""
        if not self._n_rows:
            return np.zeros((0, *self._shape), np.float32)
        with writing_to(self._folder):
            self._maps.flush()
            return np.memmap(self._maps, "<f4", "r", self._start, (self._n_rows, *self._shape))

    def leave_out(self, song: str, same_as: str) -> None:
        """Note that a song is left out, since it is the same recording as another."""
        problem = f"is the same recording as {shortened(same_as)!r}"
        self.drop(song, problem, {"same_as": same_as})

    def drop(self, song: str, problem: str, facts: Mapping[str, Any]) -> None:
        """Note why a song that has a map cannot be used, and keep what is known of its file."""
        known = self.entries[song]
        kept = {name: value for name, value in known.items() if name in _OF_THE_FILE}
        self.skip(song, problem, {**kept, **facts})

    def skip(self, song: str, problem: str, facts: Mapping[str, Any]) -> None:
        """Note that a song cannot be used, and why."""
        row = self.entries.get(song, {}).get("row")
        kept = {} if row is None else {"row": row, "changed": True}
        self._note({"id": song, **kept, "problem": problem, **facts})

    def add(self, song: str, facts: Mapping[str, Any]) -> None:
        """Note more of a song."""
        self._note({**self.entries[song], **facts})

    def finish(self, listed: Iterable[str], labels: str) -> None:
        """Take out the rows of songs that cannot be used any more, and write the journal anew.

        Songs of the last rows move into the gaps. Nothing is lost by a kill: until the journal is
        replaced the gaps hold what nobody reads, and after that the last rows do.

        Parameters
        ----------
        listed : iterable of str
            The songs in the order of the journal to be.
        labels : str
            As `Journal.labels`.
        """
        usable = self.usable()
        place = {song: self.entries[song]["row"] for song in usable}
        gaps = sorted(set(range(len(usable))) - set(place.values()))
        moved = [song for song in usable if place[song] >= len(usable)]
        with writing_to(self._folder):
            for gap, song in zip(gaps, moved, strict=True):
                self._maps.seek(self._start + place[song] * self._row_size)
                values = self._maps.read(self._row_size)
                self._maps.seek(self._start + gap * self._row_size)
                self._maps.write(values)
                place[song] = gap
        if moved:
            self._sync(self._maps)
        self.entries = {song: _placed(self.entries[song], place.get(song)) for song in listed}
        self._journal.entries = self.entries
        self._journal.labels = labels
        self._journal.write(self._folder)
        self._n_rows = len(usable)

    def complete(self, shape: tuple[int, int]) -> None:
        """Write the header, and cut off what lies behind the last row."""
        with writing_to(self._folder):
            self._maps.seek(0)
            self._maps.write(header(self._n_rows, shape))
            self._maps.truncate(self._start + self._n_rows * self._row_size)
        self._sync(self._maps)

    def _sync(self, file: BinaryIO) -> None:
        with writing_to(self._folder):
            file.flush()
            os.fsync(file.fileno())

    def _note(self, entry: Entry) -> None:
        self.entries[entry["id"]] = entry
        with writing_to(self._folder):
            self._file.write(line(entry))
            self._file.flush()


def _has_map(entry: Entry) -> bool:
    """Return whether a song has a map that is of its file."""
    return "row" in entry and "changed" not in entry


def _placed(entry: Entry, row: int | None) -> Entry:
    """Return the line on a song whose map is in this row, or nowhere."""
    kept = {name: value for name, value in entry.items() if name not in ("row", "changed")}
    return kept if row is None else {"id": kept.pop("id"), "row": row, **kept}


def header(n_rows: int, shape: tuple[int, int]) -> bytes:
    """Return the start of an .npy file, padded by numpy to one length for any number of rows."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (n_rows, *shape)}
    )
    return header.getvalue()
