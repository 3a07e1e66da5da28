"""Fitted encoders as files: `<stem>.json` says what one is, `<stem>.weights.h5` holds its numbers.

Neither file holds code, so loading one runs none.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.family import Arrays, Encoder
from models.registry import FAMILIES

FORMAT = 1
DESCRIPTION, WEIGHTS = ".json", ".weights.h5"


def dump(encoder: Encoder, **notes: Any) -> dict[str, bytes]:
    """The files of `encoder` as suffix -> content; `notes` are JSON values kept beside it."""
    import h5py

    description = {
        "format": FORMAT,
        "family": encoder.family,
        "settings": dict(encoder.settings),
        "shapes": {name: list(shape) for name, shape in encoder.shapes.items()},
        "notes": notes,
    }
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, array in encoder.arrays().items():
            file[name] = array
    return {
        DESCRIPTION: json.dumps(description, indent=2).encode(),
        WEIGHTS: buffer.getvalue(),
    }


def load(path: str | Path) -> Encoder:
    """The encoder saved at `path`, with or without one of its two suffixes.

    Raises
    ------
    FileNotFoundError, ValueError
        When a file is missing, is not of this format or names an unknown family.
    """
    import h5py

    stem = str(path).removesuffix(WEIGHTS).removesuffix(DESCRIPTION)
    description = read_description(Path(stem + DESCRIPTION))
    with h5py.File(stem + WEIGHTS, "r") as file:
        arrays: Arrays = {name: file[name][()] for name in file}
    shapes = {name: tuple(shape) for name, shape in description["shapes"].items()}
    return FAMILIES[description["family"]].restore(description["settings"], shapes, arrays)


def read_description(path: Path) -> Mapping[str, Any]:
    """The description in a model's JSON file."""
    try:
        description = json.loads(path.read_text())
        known = description["format"] == FORMAT and description["family"] in FAMILIES
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is not the description of a model: {error}") from error
    if not known:
        raise ValueError(
            f"{path} is of format {description['format']}, family {description['family']!r}; "
            f"this version reads format {FORMAT} and {', '.join(FAMILIES)}"
        )
    return description
