"""Fitted encoders as files: `<stem>.json` says what one is, `<stem>.weights.h5` holds its numbers.

Neither file holds code, so loading one runs none. A file may be a stranger's: what it says is
checked before it is used, and before memory is asked for.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from models import description, weights
from models.errors import ModelError, shown
from models.family import Arrays, Encoder, Shapes
from models.size import check_bytes
from models.song_encoder import SongEncoder

if TYPE_CHECKING:
    from data.presentation import Presentation

DESCRIPTION, WEIGHTS = ".json", ".weights.h5"
"""Suffixes of the two files."""

ENCODER, PRESENTATION = "encoder", "presentation"
"""Groups of arrays in a file: the fitted parameters, and how songs are presented."""


def dump(
    encoder: Encoder,
    presentation: Presentation | None = None,
    kept: Mapping[str, Arrays] | None = None,
    **notes: Any,
) -> dict[str, bytes]:
    """Return the files of `encoder`, suffix -> content.

    Parameters
    ----------
    presentation : how songs are presented to it, for `load` to give a `SongEncoder`.
    kept : group -> arrays to keep beside it.
    notes : JSON values to keep beside it.

    Raises
    ------
    ModelError
        When what is given is no encoder, presentation, arrays or JSON, or more than is read again.
    """
    import h5py

    try:
        said = {
            "family": encoder.family,
            "settings": dict(encoder.settings),
            "shapes": {name: list(shape) for name, shape in encoder.shapes.items()},
        }
        groups = {ENCODER: encoder.arrays(), **(kept or {})}
        if presentation is not None:
            groups[PRESENTATION] = presentation.state()
            notes = {"view": presentation.name, **notes}
    except (AttributeError, TypeError):
        raise ModelError(
            f"an encoder, a presentation and groups of arrays are kept, not {shown(encoder)}, "
            f"{shown(presentation)} and {shown(kept)}"
        ) from None
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for group, arrays in groups.items():
            for name, array in _checked_group(group, arrays).items():
                file[f"{group}:{quote(name, safe='')}"] = _stored(array)
    check_bytes(buffer.getbuffer().nbytes)
    return {
        DESCRIPTION: description.written({**said, "notes": notes}),
        WEIGHTS: buffer.getvalue(),
    }


def _checked_group(group: Any, arrays: Any) -> Arrays:
    """Return a group of arrays to keep, if it is one that is read again."""
    if not isinstance(group, str) or not group or set(group) & {":", "/", "\0"}:
        raise ModelError(f"a group of arrays to keep is named {shown(group)}")
    if not isinstance(arrays, Mapping):
        raise ModelError(f"{shown(group)} is {shown(arrays)}: keep arrays by name")
    for name, array in arrays.items():
        if not isinstance(name, str) or not name:
            raise ModelError(f"an array of {shown(group)} is named {shown(name)}")
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiubSU":
            raise ModelError(f"{shown(name)} of {shown(group)} is no array of numbers or text")
    return dict(arrays)


def load(path: str | Path) -> Encoder:
    """Load the encoder saved at `path`, with or without one of its two suffixes.

    One that was saved with its presentation is a `SongEncoder`: it takes songs as they are in a
    collection. Any other takes songs already presented.

    Raises
    ------
    ModelError
        When a file is missing, is not of this format or does not fit the other.
    """
    if not isinstance(path, str | os.PathLike):
        raise ModelError(f"a model's path is {shown(path)}: give a str or a Path")
    stem = str(path).removesuffix(WEIGHTS).removesuffix(DESCRIPTION)
    described, numbers = Path(stem + DESCRIPTION), Path(stem + WEIGHTS)
    for needed in (described, numbers):
        _regular(needed)
    said = description.read(described)
    try:
        groups = weights.read_groups(numbers)
        encoder = said.family.restore(said.settings, said.shapes, groups.pop(ENCODER, {}))
        if PRESENTATION not in groups:
            return encoder
        shown_by = _presentation_of(said, groups.pop(PRESENTATION))
        return SongEncoder(encoder, shown_by, groups)
    except (ValueError, OSError) as error:
        raise ModelError(f"{numbers} does not hold the model of {described}: {error}") from None


def _regular(path: Path) -> None:
    """Refuse what is no file of its own: a link may lead anywhere, a pipe has no end."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        raise ModelError(f"{path} is missing: a model is two files, this is one") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ModelError(f"no model can lie at {shown(str(path))} ({reason})") from None
    if not stat.S_ISREG(mode):
        raise ModelError(f"{path} is no regular file: a model is two of them")


def _presentation_of(said: description.Description, state: Arrays) -> Presentation:
    """Restore how songs are presented to the encoder that is described.

    Raises
    ------
    ModelError, data.DataError
        When the arrays are not those of the view that the notes name, or the encoder takes songs
        of another shape than the view gives.
    """
    from data import presentation

    view = said.notes.get("view")
    if not isinstance(view, str):
        raise ModelError(f"its view is {shown(view)}")
    restored = presentation.restore(view, state)
    given: Shapes = {"audio": restored.shape}
    if restored.lyrics and "lyrics" in said.shapes:
        given = {**given, "lyrics": restored.lyrics["center"].shape}
    for name, shape in given.items():
        if said.shapes[name] != shape:
            raise ModelError(
                f"the view {view} gives {name} of shape {shape}, the encoder takes "
                f"{said.shapes[name]}"
            )
    return restored


def _stored(array: np.ndarray) -> np.ndarray:
    """Convert an array to what HDF5 takes: text to UTF-8 bytes."""
    return np.char.encode(array, "utf-8") if array.dtype.kind == "U" else array
