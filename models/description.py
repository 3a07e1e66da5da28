"""What a model's JSON file says of it, every value of the type and size that it must have."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import ModelError, shown
from models.family import Family, Settings, Shapes
from models.inputs import is_map
from models.registry import FAMILIES
from models.settings import defaults

FORMAT, OLDER = 2, 1
"""Version of the description, and one that is read too; a file of another is refused. In the
older one every family of backbone "auto" convolved maps."""

MOST_BYTES = 2**20
"""Longest description that is read, or written."""

INPUTS = {"audio": (1, 2), "lyrics": (1,), "condition": (1,)}
"""Input name -> dimensions that one song's array may have."""

MOST_FEATURES = {"audio": 2**24, "lyrics": 2**20, "condition": 2**16}
"""Most numbers in one input of one song: a file that claims more is refused."""


@dataclass(frozen=True)
class Description:
    """A model without its numbers.

    Attributes
    ----------
    settings : complete, see `models.family.defaults`.
    shapes : of the inputs of one song, once presented.
    notes : what was kept beside it.
    """

    family: Family
    settings: Settings
    shapes: Shapes
    notes: Mapping[str, Any]


def written(description: Mapping[str, Any]) -> bytes:
    """Return the content of a description's file.

    Raises
    ------
    ModelError
        When a note is not of JSON, or all are longer than is read again.
    """
    try:
        content = json.dumps({"format": FORMAT, **description}, indent=2, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelError(f"a model's notes must be JSON: {error}") from None
    if len(content) > MOST_BYTES:
        raise ModelError(f"a model's notes take more than {MOST_BYTES} bytes: keep fewer")
    return content


def read(path: Path) -> Description:
    """Read the description in a model's JSON file.

    Raises
    ------
    ModelError
        When it is none, or one that this version does not read.
    """
    try:
        said = _read_json(path)
        version, name = said["format"], said["family"]
        known = type(version) is int and version in (FORMAT, OLDER) and isinstance(name, str)
        if not known or name not in FAMILIES:
            own = isinstance(name, str) and ":" in name
            raise ModelError(
                f"it is of format {shown(version)}, family {shown(name)}; this version reads "
                f"format {FORMAT} and {', '.join(FAMILIES)}"
                + ("; put a family of your own into models.FAMILIES under its name" * own)
            )
        shapes = _checked_shapes(said.get("shapes"))
        family = FAMILIES[name]
        settings = defaults(family, _mapping(said, "settings"))
        if version == OLDER and settings.get("backbone") == "auto":
            settings["backbone"] = "conv" if is_map(shapes["audio"]) else "mlp"
        return Description(family, settings, shapes, _mapping(said, "notes"))
    except KeyError as error:
        raise ModelError(f"{path} is not the description of a model: no {error}") from None
    except ModelError as error:
        raise ModelError(f"{path} is not the description of a model: {error}") from None


def _read_json(path: Path) -> dict[str, Any]:
    """Read the table in a small JSON file."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ModelError(f"it is longer than {MOST_BYTES} bytes")
        said = json.loads(content.decode("utf-8"))
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise ModelError(f"it cannot be read ({type(error).__name__})") from None
    except json.JSONDecodeError as error:
        raise ModelError(f"line {error.lineno} is not JSON") from None
    except ValueError as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError("it holds a number of too many digits") from None
    if not isinstance(said, dict):
        raise ModelError(f"it holds {shown(said)}")
    return said


def _mapping(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the table of this name."""
    found = said.get(name)
    if not isinstance(found, dict):
        raise ModelError(f"{name} is {shown(found)}, not a table")
    return found


def _checked_shapes(described: Any) -> Shapes:
    """Return shapes by input name, as tuples, if they are shapes a song can have."""
    if not isinstance(described, dict):
        raise ModelError(f"shapes is {shown(described)}, not a table")
    shapes = {}
    for name, sides in described.items():
        if not isinstance(sides, list) or len(sides) not in INPUTS.get(name, ()):
            raise ModelError(f"{shown(name)} of shape {shown(sides)} is no input")
        if not all(type(side) is int and 0 < side <= MOST_FEATURES[name] for side in sides):
            raise ModelError(f"{name} has the shape {shown(sides)}")
        if math.prod(sides) > MOST_FEATURES[name]:
            raise ModelError(
                f"{name} of shape {shown(sides)} has more than {MOST_FEATURES[name]} numbers"
            )
        shapes[name] = tuple(sides)
    if "audio" not in shapes:
        raise ModelError("it has no shape for audio")
    return shapes
