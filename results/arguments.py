"""What callers give to the functions of this room, checked: one sentence that names the value."""

import os
from collections.abc import Collection, Iterable, Mapping
from numbers import Integral
from pathlib import Path
from typing import Any

from results.columns import ResultsError
from results.text import named

Condition = tuple[str, str, Any]
"""Column, operator and value."""

_COMPARED = ("==", "=", "!=", "<", "<=", ">", ">=")
"""Operators that compare a column with one value."""

_AMONG = ("in", "not in")
"""Operators that look for the values of a column in a list."""

_LONGEST_PATH = 4_096
"""Bytes of a path that Linux takes."""

_LARGEST = 10**18
"""The largest whole number; the next power of ten would not fit into 64 bits."""


def path_of(value: object, what: str) -> Path:
    """Return a path that a file system can take.

    Raises
    ------
    ResultsError
        When it is none: no text or Path, empty, too long, or with a NUL in it.
    """
    text = os.fspath(value) if isinstance(value, str | os.PathLike) else value
    if not isinstance(text, str) or not text:
        raise ResultsError(f"{what} is {named(value)}: give the path of a file or folder.")
    try:
        fits = "\0" not in text and len(os.fsencode(text)) < _LONGEST_PATH
    except UnicodeEncodeError:
        fits = False
    if not fits:
        raise ResultsError(f"{what} is {named(value)}, which no file can be called: shorten it.")
    return Path(text)


def text_of(value: object, what: str) -> str:
    """Return text that is not empty; raise `ResultsError` for anything else."""
    if not isinstance(value, str) or not value:
        raise ResultsError(f"{what} is {named(value)}: give a name.")
    return value


def whole_of(value: object, what: str, least: int = -_LARGEST) -> int:
    """Return a whole number, also NumPy's; raise `ResultsError` for anything else."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise ResultsError(f"{what} is {named(value)}: give a whole number.")
    if not least <= int(value) <= _LARGEST:
        bound = f"at least {least}" if int(value) < least else f"at most {_LARGEST}"
        raise ResultsError(f"{what} is {named(value)}: it must be {bound}.")
    return int(value)


def flag_of(value: object, what: str) -> bool:
    """Return True or False; raise `ResultsError` for anything else."""
    if not isinstance(value, bool):
        raise ResultsError(f"{what} is {named(value)}: give True or False.")
    return value


def texts_of(value: object, what: str) -> list[str]:
    """Return a list of names; raise `ResultsError` for anything else, a single name included."""
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | Mapping):
        raise ResultsError(f"{what} is {named(value)}: give a list of names.")
    return [text_of(each, f"a name in {what}") for each in value]


def mapping_of(value: object, what: str) -> Mapping[str, Any]:
    """Return a mapping of names; raise `ResultsError` for anything else."""
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise ResultsError(f"{what} is {named(value)}: give a mapping of names.")
    return value


def conditions_of(value: object) -> list[Condition]:
    """Return conditions (column, operator, value) on rows.

    Raises
    ------
    ResultsError
        When one is none, its operator is unknown, or its value is missing or of no use to it.
    """
    if not isinstance(value, list | tuple):
        raise ResultsError(f"where is {named(value)}: give a list of (column, operator, value).")
    return [_condition(each) for each in value]


def _condition(given: object) -> Condition:
    """Return one condition, with the values of a list as a list."""
    if not isinstance(given, list | tuple) or len(given) != 3:
        raise ResultsError(f"{named(given)} is no condition: give (column, operator, value).")
    name, operator, value = given
    text_of(name, "the column of a condition")
    if not isinstance(operator, str) or operator not in _COMPARED + _AMONG:
        raise ResultsError(
            f"{named(operator)} is no operator: use one of {', '.join(_COMPARED + _AMONG)}."
        )
    if operator in _AMONG:
        if not isinstance(value, Collection) or isinstance(value, str | bytes | Mapping):
            raise ResultsError(f"{name} {operator} {named(value)}: give a list of values.")
        value = list(value)
        for each in value:
            _comparable(f"{name} {operator} {named(value)}", each)
    else:
        _comparable(f"{name} {operator} {named(value)}", value)
    return name, operator, value


def _comparable(said: str, value: object) -> None:
    """Refuse a value that equals nothing, for no row could fulfil the condition."""
    if value is None or value is not value or _unequal(value):
        raise ResultsError(
            f"{said}: nothing compares with a missing value; load all rows and use isna."
        )
    if isinstance(value, bytes | list | tuple | set | Mapping):
        raise ResultsError(f"{said}: {named(value)} is no value of a column.")


def _unequal(value: object) -> bool:
    """Return whether a value does not equal itself, as NaN, NaT and NA do not."""
    try:
        return not bool(value == value)
    except Exception:  # an array or NA, which know no single truth
        return True
