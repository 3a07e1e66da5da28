"""Songs of which a person has said what they are, or which of them belong together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from data.errors import DataError
from data.songs import Songs


@dataclass(frozen=True)
class KnownSongs:
    """What is known of some songs.

    Attributes
    ----------
    labels : id -> label.
    pairs : two ids -> whether they belong together.
    """

    labels: Mapping[str, str]
    pairs: Mapping[tuple[str, str], bool]

    @property
    def ids(self) -> list[str]:
        """The songs that something is known of, each once."""
        return [*dict.fromkeys([*self.labels, *(song for pair in self.pairs for song in pair)])]

    def __str__(self) -> str:
        """Say how many answers there are."""
        counts = ((len(self.labels), "known song"), (len(self.pairs), "known pair"))
        return " and ".join(f"{n} {what}{'s' * (n != 1)}" for n, what in counts if n)

    def as_json(self) -> dict[str, Any]:
        """Return the answers as JSON values, from which `from_json` makes them again."""
        return {
            "labels": dict(self.labels),
            "pairs": [[*pair, same] for pair, same in self.pairs.items()],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Return the answers that `as_json` described; ValueError where it is no such thing."""
        labels = {str(song): str(label) for song, label in dict(content["labels"]).items()}
        pairs = {(str(a), str(b)): bool(same) for a, b, same in content["pairs"]}
        return cls(labels, pairs)


def out_of_test(songs: Songs, known_songs: KnownSongs) -> tuple[Songs, str]:
    """Return the songs with the known ones of the test part among those of validation.

    A song that helped to choose cannot judge the choice. Songs that are trained on stay as they
    are, so that still none of them shares its group with a test song.

    Returns
    -------
    the songs, and a sentence on how many test songs are left.

    Raises
    ------
    DataError
        No test song would be left.
    """
    moved = (songs.split == "test") & np.isin(songs.ids, known_songs.ids)
    left = int((songs.split == "test").sum() - moved.sum())
    if not left:
        raise DataError(
            "something is known of every test song, so none is left to judge the choice by; "
            "leave some of them out of the known songs"
        )
    count = int(moved.sum())
    said = (
        f"Of {known_songs}, {count} song{'s' * (count != 1)} of the test part count as "
        f"validation songs; {left} test songs are left."
    )
    return songs.replace(split=np.where(moved, "validation", songs.split)), said
