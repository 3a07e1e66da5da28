"""What the models room raises for wrong calls and wrong files, and how it shows a value."""

from __future__ import annotations

import reprlib
from typing import Any

from data.errors import printable


class ModelError(ValueError):
    """A call or a file that no model can be made of; one sentence: what, where, what to do.

    It can be printed as it is: names of files and arrays in it carry no terminal escapes.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(printable(str(message)))


def shown(value: Any) -> str:
    """Return `value` as a message may show it: as Python writes it, on one line, cut short."""
    try:
        text = reprlib.repr(value)
    except Exception:  # whatever a stranger's __repr__ raises, or an integer too long for digits
        text = f"a {type(value).__name__}"
    return " ".join(text.split())
