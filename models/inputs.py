"""The arrays that a family takes from songs, and the gate that songs and codes pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from data.songs import Songs
from models.components import ComponentSongs
from models.errors import ModelError, shown
from models.family import Arrays, Family, Shapes
from models.remembering import REMEMBERED

SONG_INPUTS = ("audio", "lyrics")
"""Inputs that are arrays of the songs, and are reconstructed."""

NOT_WHOLE = "these songs are components, and whole songs are needed: give them as data.load does"

SMALLEST_MAP = 8
"""Shortest side, in mels or frames, of what can be convolved."""


def checked_songs(songs: Any) -> Songs:
    """Return `songs`, if they are songs.

    Raises
    ------
    ModelError
        When they are anything else, or their inputs no arrays of numbers.
    """
    if not isinstance(songs, Songs):
        raise ModelError(f"songs are {shown(songs)}: give them as data.load does")
    for name, dimensions in (("audio", (2, 3)), ("embedding", (2,)), ("lyrics", (2,))):
        array = getattr(songs, name)
        if array is None:
            continue
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
            raise ModelError(f"the {name} of these songs is no array of numbers")
        if array.ndim not in dimensions or not all(array.shape[1:]):
            raise ModelError(f"the {name} of these songs is of shape {array.shape}")
    return songs


def used_inputs(family: Family, songs: Songs) -> tuple[str, ...]:
    """Return the inputs that `family` takes from these songs."""
    held = tuple(name for name in family.optional if getattr(songs, name) is not None)
    return (*family.inputs, *held)


def missing_input(family: Family, songs: Songs) -> str | None:
    """Return a sentence that names an input the family needs and songs do not have; else None."""
    for name in family.inputs:
        if getattr(songs, name) is None:
            return f"{family.name} needs {name}, which these songs do not have"
    return None


def inputs_of(songs: Songs, shapes: Shapes) -> Arrays:
    """Return the arrays of `songs` by input name, each with one row per song.

    Lyrics come with `has_lyrics` (n, 1), 1 for a song that has some. Of songs without any lyrics
    every song counts as one that has none.

    Raises
    ------
    ModelError
        When a song's array is not of the shape given for it, or not finite; or the songs are
        components of theirs.
    """
    songs = checked_songs(songs)
    if isinstance(songs, ComponentSongs):
        raise ModelError(NOT_WHOLE)
    if songs.audio is None:
        raise ModelError("these songs have no audio: give them as a presentation shows them")
    found: Arrays = {"audio": songs.audio}
    if "lyrics" in shapes:
        lyrics, has_lyrics = songs.lyrics, songs.has_lyrics
        if lyrics is None:
            lyrics = np.zeros((len(songs), *shapes["lyrics"]), np.float32)
            has_lyrics = np.zeros(len(songs), bool)
        found |= {"lyrics": lyrics, "has_lyrics": has_lyrics.astype(np.float32)[:, None]}
    for name, shape in shapes.items():
        if name not in found:
            continue
        if found[name].shape[1:] != tuple(shape):
            raise ModelError(
                f"the {name} of these songs is of shape {found[name].shape[1:]} per song, "
                f"the encoder was made for {tuple(shape)}"
            )
        if not REMEMBERED.get(all_finite, "finite", found[name]):
            raise ModelError(f"the {name} of these songs is not finite")
    return found


def all_finite(array: np.ndarray) -> bool:
    """Return whether no number of `array` is NaN or infinite.

    A sum shows it and takes no memory; one that is infinite for being large alone is looked into.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        total = array.sum(dtype=np.float64)
    return bool(np.isfinite(total) or np.isfinite(array).all())


def checked_codes(codes: Any, latent_size: int, songs: Songs) -> np.ndarray:
    """Return `codes`, if they are a code of `latent_size` for each of `songs`.

    Raises
    ------
    ModelError
        When they are not.
    """
    expected = (len(checked_songs(songs)), latent_size)
    if not isinstance(codes, np.ndarray) or codes.dtype.kind not in "fiu":
        raise ModelError(f"codes are {shown(codes)}: give an array of numbers")
    if codes.shape != expected:
        raise ModelError(
            f"codes are of shape {codes.shape}; these songs take {expected}, a row for each"
        )
    if not all_finite(codes):
        raise ModelError("codes are not finite")
    return codes


def check_shapes(family: Family, shapes: Shapes, beside: Sequence[str] = ()) -> None:
    """Refuse shapes of other inputs than a family has.

    Parameters
    ----------
    beside : inputs that are made of the songs' labels.

    Raises
    ------
    ModelError
        When one is missing or strange.
    """
    needed, possible = {*family.inputs, *beside}, {*family.inputs, *family.optional, *beside}
    for name in needed - {*shapes}:
        raise ModelError(f"a {family.name} needs {name}, of which no shape is given")
    for name in {*shapes} - possible:
        raise ModelError(f"a {family.name} has no input {shown(name)}")


def is_map(shape: tuple[int, ...]) -> bool:
    """Return whether one song's audio can be convolved."""
    return len(shape) == 2 and min(shape) >= SMALLEST_MAP
