"""What counts as a number in a call or in a file."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from models.errors import ModelError, shown


def is_finite(value: Any) -> bool:
    """Return whether `value` is a finite number, Python's or NumPy's."""
    number = isinstance(value, int | float | np.integer | np.floating)
    try:
        return number and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number that no float can be
        return False


def is_whole(value: Any) -> bool:
    """Return whether `value` is a whole number, Python's or NumPy's."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def checked_seed(value: Any) -> int:
    """Return a seed, if `value` is one.

    Raises
    ------
    ModelError
        When it is no whole number from 0 on.
    """
    if not is_whole(value) or value < 0:
        raise ModelError(f"the seed is {shown(value)}: give a whole number from 0 on")
    return int(value)
