"""Fitted encoders as files: `<stem>.json` says what one is, `<stem>.weights.h5` holds its numbers.

Neither file holds code, so loading one runs none. What a file says is checked before it is used.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import numpy as np

from models.family import Arrays, Encoder, Shapes, defaults
from models.finalist import Finalist
from models.registry import FAMILIES

if TYPE_CHECKING:
    from data.presentation import Presentation

FORMAT = 1
DESCRIPTION, WEIGHTS = ".json", ".weights.h5"

INPUTS = {"audio": (1, 2), "lyrics": (1,), "condition": (1,)}
"""Input name -> dimensions that one song's array may have."""

MOST_FEATURES = 2**24
"""Most numbers in one input of one song: a file that claims more is refused."""


ENCODER, PRESENTATION = "encoder", "presentation"
"""Groups of arrays in a file: the fitted parameters, and how songs are presented."""


def dump(
    encoder: Encoder,
    presentation: Presentation | None = None,
    kept: Mapping[str, Arrays] | None = None,
    **notes: Any,
) -> dict[str, bytes]:
    """The files of `encoder` as suffix -> content.

    Parameters
    ----------
    presentation : how songs are presented to it, for `load` to give a `Finalist`.
    kept : group -> arrays to keep beside it.
    notes : JSON values to keep beside it.
    """
    import h5py

    groups = {ENCODER: encoder.arrays(), **(kept or {})}
    if presentation is not None:
        groups[PRESENTATION] = presentation.state()
        notes = {"view": presentation.view.name, **notes}

    description = {
        "format": FORMAT,
        "family": encoder.family,
        "settings": dict(encoder.settings),
        "shapes": {name: list(shape) for name, shape in encoder.shapes.items()},
        "notes": notes,
    }
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for group, arrays in groups.items():
            for name, array in arrays.items():
                file[f"{group}:{quote(name, safe='')}"] = stored(array)
    return {
        DESCRIPTION: json.dumps(description, indent=2).encode(),
        WEIGHTS: buffer.getvalue(),
    }


def load(path: str | Path) -> Encoder:
    """The encoder saved at `path`, with or without one of its two suffixes.

    One that was saved with its presentation is a `Finalist`: it takes songs as they are in a
    collection. Any other takes songs already presented.

    Raises
    ------
    FileNotFoundError, ValueError
        When a file is missing, is not of this format or does not fit the other.
    """
    stem = str(path).removesuffix(WEIGHTS).removesuffix(DESCRIPTION)
    described, weights = Path(stem + DESCRIPTION), Path(stem + WEIGHTS)
    for needed in (described, weights):
        if not needed.is_file():
            raise FileNotFoundError(f"{needed} is missing: a model is two files, this is one")
    description = read_description(described)
    family = FAMILIES[description["family"]]
    try:
        shapes = checked_shapes(description["shapes"])
        settings = defaults(family, description["settings"])
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{described} is not the description of a model: {error}") from error
    try:
        groups = read_groups(weights)
        encoder = family.restore(settings, shapes, groups.pop(ENCODER, {}))
        if PRESENTATION not in groups:
            return encoder
        from data import presentation

        shown = presentation.restore(description["notes"]["view"], groups.pop(PRESENTATION))
        return Finalist(encoder, shown, groups)
    except (ValueError, KeyError, OSError) as error:
        raise ValueError(f"{weights} does not hold the model of {described}: {error}") from error


def read_description(path: Path) -> Mapping[str, Any]:
    """The description in a model's JSON file."""
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
        version, family = description["format"], description["family"]
        known = version == FORMAT and family in FAMILIES
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is not the description of a model: {error}") from error
    if not known:
        raise ValueError(
            f"{path} is of format {version}, family {family!r}; "
            f"this version reads format {FORMAT} and {', '.join(FAMILIES)}"
        )
    return description


def checked_shapes(described: Mapping[str, Any]) -> Shapes:
    """Shapes by input name, as tuples, if they are shapes a song can have."""
    shapes = {name: tuple(shape) for name, shape in described.items()}
    for name, shape in shapes.items():
        if len(shape) not in INPUTS.get(name, ()):
            raise ValueError(f"{name} of shape {shape} is no input")
        if not all(type(side) is int and side > 0 for side in shape):
            raise ValueError(f"{name} has the shape {shape}")
        if math.prod(shape) > MOST_FEATURES:
            raise ValueError(f"{name} of shape {shape} has more than {MOST_FEATURES} numbers")
    if "audio" not in shapes:
        raise ValueError("it has no shape for audio")
    return shapes


def stored(array: np.ndarray) -> np.ndarray:
    """The array as HDF5 takes it: text as UTF-8 bytes."""
    return np.char.encode(array, "utf-8") if array.dtype.kind == "U" else array


def read_groups(path: Path) -> dict[str, Arrays]:
    """The arrays of a file by group and name."""
    groups: dict[str, Arrays] = {}
    for full, array in read_arrays(path).items():
        group, colon, name = full.partition(":")
        if not colon:
            raise ValueError(f"{full} is an array of no group")
        groups.setdefault(group, {})[unquote(name)] = array
    return groups


def read_arrays(path: Path) -> Arrays:
    """The arrays of an HDF5 file that hold numbers or bytes, and lie in that very file."""
    import h5py

    arrays: Arrays = {}
    with h5py.File(path, "r") as file:
        for name in file:
            dataset = (
                file[name] if isinstance(file.get(name, getlink=True), h5py.HardLink) else None
            )
            if not isinstance(dataset, h5py.Dataset) or dataset.is_virtual or dataset.external:
                raise ValueError(f"{name} is not an array of this file")
            if dataset.dtype.kind not in "fiubS" or dataset.nbytes > path.stat().st_size:
                raise ValueError(f"{name} is not an array of numbers stored as they are")
            arrays[name] = np.asarray(dataset[()])
    return arrays
