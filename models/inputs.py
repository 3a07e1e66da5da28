"""The arrays that a family takes from songs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.family import Arrays, Family, Shapes

if TYPE_CHECKING:
    from data import Songs


def used_inputs(family: Family, songs: Songs) -> tuple[str, ...]:
    """The inputs that `family` takes from these songs."""
    held = tuple(name for name in family.optional if getattr(songs, name) is not None)
    return (*family.inputs, *held)


def missing_input(family: Family, songs: Songs) -> str | None:
    """One sentence that names an input the family needs and the songs do not have."""
    for name in family.inputs:
        if getattr(songs, name) is None:
            return f"{family.name} needs {name}, which these songs do not have"
    return None


def inputs_of(songs: Songs, shapes: Shapes) -> Arrays:
    """The arrays of `songs` by input name, each with one row per song.

    Lyrics come with `has_lyrics` (n, 1), 1 for a song that has some. Of songs without any lyrics
    every song counts as one that has none.

    Raises
    ------
    ValueError
        When a song's array is not of the shape given for it.
    """
    found: Arrays = {"audio": songs.audio}
    if "lyrics" in shapes:
        lyrics, has_lyrics = songs.lyrics, songs.has_lyrics
        if lyrics is None:
            lyrics = np.zeros((len(songs), *shapes["lyrics"]), np.float32)
            has_lyrics = np.zeros(len(songs), bool)
        found |= {"lyrics": lyrics, "has_lyrics": has_lyrics.astype(np.float32)[:, None]}
    for name, shape in shapes.items():
        if name in found and found[name].shape[1:] != tuple(shape):
            raise ValueError(
                f"the {name} of these songs is of shape {found[name].shape[1:]} per song, "
                f"the encoder was made for {tuple(shape)}"
            )
    return found
