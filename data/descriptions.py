"""What people know songs by, beside their titles: artists, sound files, lyrics."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.files import METADATA, read_metadata
from data.matching import rows_of


@dataclass(frozen=True)
class Descriptions:
    """What dataset.csv says of some songs, in their order; "" where it says nothing.

    Attributes
    ----------
    folder : where paths of sound files begin.
    columns : name -> texts, of `title`, `artist`, `audio_path` and `lyrics` those that there are.
    """

    folder: Path
    columns: dict[str, list[str]]

    def texts(self, name: str) -> list[str] | None:
        """Return a column; None where there is none, or nothing in it."""
        found = self.columns.get(name, [])
        return found if any(found) else None

    @property
    def sounds(self) -> list[Path | None]:
        """The sound file of each song, by its whole path; None where none is named."""
        paths = self.columns.get("audio_path", [])
        return [(self.folder / path).resolve() if path else None for path in paths]


_COLUMNS = ("title", "artist", "audio_path", "lyrics")


def describe(folder: Path, ids: np.ndarray) -> Descriptions:
    """Return what the dataset.csv of a collection says of some of its songs.

    Raises
    ------
    DataError
        When it cannot be read, or lacks one of the songs.
    """
    table = read_metadata(folder / METADATA)
    rows = rows_of(ids, table["id"])
    columns = {name: [table[name][row] for row in rows] for name in _COLUMNS if name in table}
    return Descriptions(folder, columns)
