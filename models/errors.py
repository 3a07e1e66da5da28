"""What the models room refuses, wrong calls and wrong files alike: one exception."""

from __future__ import annotations

import reprlib
from typing import Any


class ModelError(ValueError):
    """A call or a file that no model can be made of; one sentence: what, where, what to do."""


def shown(value: Any) -> str:
    """`value` as a message may show it: on one line, short, without control characters."""
    try:
        text = reprlib.repr(value)
    except Exception:  # whatever a stranger's __repr__ raises, or an integer too long for digits
        text = f"a {type(value).__name__}"
    return " ".join(text.split())


def named(name: Any) -> str:
    """A name as a message may show it: as `shown`, without quotes."""
    return shown(name).strip("'\"")
