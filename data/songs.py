"""The record of songs that all packages share."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from data.errors import DataError, shortened

PARTS = ("train", "validation", "test")
KINDS = {"U": "strings", "f": "floating-point numbers", "b": "booleans"}
"""What the kinds of numpy's types are called in a sentence."""


@dataclass(frozen=True, eq=False)
class Songs:
    """Songs, row by row: audio, embedding, lyrics, labels, and the part of the split of each.

    Parameters
    ----------
    ids : ndarray of str, shape (n,)
        Names; distinct as `data.load` reads them, repeated where `select` was given a row twice.
    audio : ndarray of float32, shape (n, mels, frames) or (n, features), or None
        Finite; log-mel maps in dB or any feature vectors, not yet standardised. None of songs
        that have an embedding alone.
    lyrics : ndarray of float32, shape (n, width), or None
        Embeddings; zeros where a song has no lyrics. None if no song has any.
    has_lyrics : ndarray of bool, shape (n,)
    labels : dict of str to ndarray of str, shape (n,)
        Known properties by column name; "" where unknown.
    groups : ndarray of str, shape (n,), or None
        Name of the group of each song, such as its artist or album, or the start of a long one
        with its digest. A song of unknown group is a group of its own. None without such a
        column.
    split : ndarray of str, shape (n,)
        "train", "validation" or "test".
    split_rule : str
        One sentence that says how the split was made, and why if not as usual.
    titles : ndarray of str, shape (n,), or None
        For people to know the songs by; "" where unknown.
    embedding : ndarray of float32, shape (n, width), or None
        Finite; what a frozen encoder makes of the sound, not yet standardised.

    Raises
    ------
    DataError
        A field is of the wrong kind or length, or there is neither audio nor an embedding.
    """

    ids: np.ndarray
    audio: np.ndarray | None
    lyrics: np.ndarray | None
    has_lyrics: np.ndarray
    labels: dict[str, np.ndarray]
    groups: np.ndarray | None
    split: np.ndarray
    split_rule: str = ""
    titles: np.ndarray | None = None
    embedding: np.ndarray | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.labels, Mapping):
            raise DataError("Songs: labels is no dict of arrays")
        if self.audio is None and self.embedding is None:
            raise DataError("Songs: audio and embedding are None; one of them is needed")
        columns = {
            "ids": (self.ids, "U", (1,)),
            "has_lyrics": (self.has_lyrics, "b", (1,)),
            "split": (self.split, "U", (1,)),
            **{f"labels[{name!r}]": (column, "U", (1,)) for name, column in self.labels.items()},
            **({} if self.audio is None else {"audio": (self.audio, "f", (2, 3))}),
            **({} if self.embedding is None else {"embedding": (self.embedding, "f", (2,))}),
            **({} if self.lyrics is None else {"lyrics": (self.lyrics, "f", (2,))}),
            **({} if self.groups is None else {"groups": (self.groups, "U", (1,))}),
            **({} if self.titles is None else {"titles": (self.titles, "U", (1,))}),
        }
        for name, (values, kind, dimensions) in columns.items():
            if not isinstance(values, np.ndarray) or values.dtype.kind != kind:
                what = getattr(values, "dtype", type(values).__name__)
                raise DataError(f"Songs: {name} is {what}; give an array of {KINDS[kind]}")
            if values.ndim not in dimensions:
                wanted = " or ".join(map(str, dimensions))
                raise DataError(
                    f"Songs: {name} has shape {values.shape}; {wanted} axes are needed"
                )
            if len(values) != len(self.ids):
                raise DataError(f"Songs: {name} has {len(values)} rows for {len(self.ids)} ids")

    def __len__(self) -> int:
        return len(self.ids)

    def select(self, rows: np.ndarray | slice) -> "Songs":
        """Return the songs at ``rows``: indices in any order, a mask, or a slice.

        Raises
        ------
        DataError
            They are none of these, or not all among the songs.
        """
        try:
            if np.ndim(self.ids[rows]) != 1:
                raise IndexError("not a list of rows")
        except (IndexError, TypeError, ValueError) as error:
            raise DataError(
                f"these are no rows of {len(self)} songs ({shortened(error)}); give indices from "
                f"0 to {len(self) - 1}, a mask of {len(self)}, or a slice"
            ) from None
        return self.replace(
            ids=self.ids[rows],
            audio=None if self.audio is None else self.audio[rows],
            lyrics=None if self.lyrics is None else self.lyrics[rows],
            has_lyrics=self.has_lyrics[rows],
            labels={name: values[rows] for name, values in self.labels.items()},
            groups=None if self.groups is None else self.groups[rows],
            split=self.split[rows],
            titles=None if self.titles is None else self.titles[rows],
            embedding=None if self.embedding is None else self.embedding[rows],
        )

    def part(self, name: str) -> "Songs":
        """Return the songs of one part: "train", "validation" or "test"."""
        if name not in PARTS:
            raise DataError(f"no part {shortened(name, 40)!r}; there are {', '.join(PARTS)}")
        return self.select(self.split == name)

    def without_inputs(self) -> "Songs":
        """Return all that is known of the songs but their audio, embedding and lyrics."""
        nothing = np.empty((len(self), 1), np.float32)
        return self.replace(audio=nothing, embedding=None, lyrics=None)

    def replace(self, **changes: object) -> "Songs":
        """Return a copy in which some fields are others."""
        known = [field.name for field in fields(self)]
        for name in changes:
            if name not in known:
                raise DataError(f"Songs has no field {name!r}; there are {', '.join(known)}")
        return replace(self, **changes)  # type: ignore[arg-type]
