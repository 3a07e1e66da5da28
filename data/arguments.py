"""Checks of the arguments of public functions: a wrong one is refused in a sentence."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import DataError, shortened

LARGEST_SEED = 2**32 - 1
"""What the generators of numpy and scikit-learn take."""

DEMO_SONGS = (20, 50_000)
"""Fewest and most songs of a demo; these take 1.6 GB of memory."""


def folder(name: str, value: Any) -> Path:
    """Return a path that was given as text or as a path."""
    if not isinstance(value, str | os.PathLike) or isinstance(os.fspath(value), bytes):
        raise DataError(f"{name} is {_shown(value)}; give a path: text or a pathlib.Path")
    if not os.fspath(value):
        raise DataError(f"{name} is empty; give a path, such as data/sets/mine")
    if "\0" in os.fspath(value):
        raise DataError(f"{name} holds a NUL character; give a path that a file can have")
    return Path(value)


def text(name: str, value: Any) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value:
        raise DataError(f"{name} is {_shown(value)}; give a word or a name")
    return value


def whole(name: str, value: Any, least: int, most: int) -> int:
    """Return a whole number between bounds."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        raise DataError(f"{name} is {_shown(value)}; give a whole number from {least} to {most}")
    if not least <= value <= most:
        raise DataError(
            f"{name} is {_shown(int(value))}; give a whole number from {least} to {most}"
        )
    return int(value)


def number(name: str, value: Any, least: float, most: float) -> float:
    """Return a number between bounds."""
    real = isinstance(value, int | float | np.integer | np.floating)
    if not real or isinstance(value, bool) or not least <= value <= most:
        raise DataError(f"{name} is {_shown(value)}; give a number from {least:g} to {most:g}")
    return float(value)


def seed(value: Any) -> int:
    """Return a seed."""
    return whole("seed", value, 0, LARGEST_SEED)


def _shown(value: Any) -> str:
    """Return a value in a few words, without writing out an array of a million rows."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 200:
        return "a number of hundreds of digits"
    if value is None or isinstance(value, str | bytes | int | float):
        return shortened(repr(value[:60] if isinstance(value, str | bytes) else value), 60)
    return f"of the type {type(value).__name__}"
