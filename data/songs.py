"""The record of songs that travels between the rooms."""

from dataclasses import dataclass, replace

import numpy as np

PARTS = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Songs:
    """Songs, row by row: what is heard, what is sung, what is known, and which part they are in.

    Parameters
    ----------
    ids : ndarray of str, shape (n,)
        Distinct names.
    audio : ndarray of float32, shape (n, mels, frames) or (n, features)
        Finite; log-mel maps in dB or any feature vectors, not yet standardised.
    lyrics : ndarray of float32, shape (n, width), or None
        Embeddings; zeros where a song has no lyrics. None if no song has any.
    has_lyrics : ndarray of bool, shape (n,)
    labels : dict of str to ndarray of str, shape (n,)
        Known properties by column name; "" where unknown.
    groups : ndarray of str, shape (n,), or None
        Songs of one group (an artist, an album) are not told apart from each other; a song whose
        group is unknown is a group of its own. None if there is no such column.
    split : ndarray of str, shape (n,)
        "train", "validation" or "test".
    split_rule : str
        One sentence that says how the split was made, and why if not as usual.
    """

    ids: np.ndarray
    audio: np.ndarray
    lyrics: np.ndarray | None
    has_lyrics: np.ndarray
    labels: dict[str, np.ndarray]
    groups: np.ndarray | None
    split: np.ndarray
    split_rule: str = ""

    def __post_init__(self) -> None:
        columns = {"audio": self.audio, "has_lyrics": self.has_lyrics, "split": self.split}
        columns |= {f"labels[{name!r}]": values for name, values in self.labels.items()}
        columns |= {} if self.lyrics is None else {"lyrics": self.lyrics}
        columns |= {} if self.groups is None else {"groups": self.groups}
        for name, values in columns.items():
            if len(values) != len(self.ids):
                raise ValueError(f"Songs: {name} has {len(values)} rows for {len(self.ids)} ids")

    def __len__(self) -> int:
        return len(self.ids)

    def select(self, rows: np.ndarray | slice) -> "Songs":
        """Return the songs at ``rows``: indices in any order, a mask, or a slice."""
        return self.replace(
            ids=self.ids[rows],
            audio=self.audio[rows],
            lyrics=None if self.lyrics is None else self.lyrics[rows],
            has_lyrics=self.has_lyrics[rows],
            labels={name: values[rows] for name, values in self.labels.items()},
            groups=None if self.groups is None else self.groups[rows],
            split=self.split[rows],
        )

    def part(self, name: str) -> "Songs":
        """Return the songs of one part: "train", "validation" or "test"."""
        if name not in PARTS:
            raise ValueError(f"no part {name!r}; there are {', '.join(PARTS)}")
        return self.select(self.split == name)

    def replace(self, **changes: object) -> "Songs":
        """Return a copy in which some fields are others."""
        return replace(self, **changes)  # type: ignore[arg-type]
