"""Ranges of hyperparameters in a task, and the checks that each is one its family allows."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from models.family import Hyperparameter
from results.text import plain

_MOST_PER_DECADE = 100
"""Steps of a grid in a factor of ten."""

_MOST_CHOICES = 1_000
"""Choices of one hyperparameter."""

_LONGEST_VALUE = 60
"""Characters of a wrong value that a message repeats."""

_LONGEST_NAME = 200
"""Characters of a label, a group or a task's name."""


class TaskError(ValueError):
    """A task that cannot be searched: which file, which key, what is allowed."""


@dataclass(frozen=True)
class Range:
    """What values of one hyperparameter are searched.

    Either `choices`, or everything from `low` to `high`, both included; `log` spreads values
    evenly over orders of magnitude, `per_decade` rounds them to that many steps in each (0 = not).
    """

    low: float = 0.0
    high: float = 0.0
    log: bool = False
    per_decade: int = 0
    choices: tuple[Any, ...] = ()


def ranges(table: Any, known: Mapping[str, Hyperparameter], place: str) -> dict[str, Range]:
    """Return the ranges of one table, each within what the hyperparameter allows."""
    if not isinstance(table, Mapping):
        raise TaskError(f"{place} must be a table of ranges, not {brief(table)}")
    found = {}
    for name, given in table.items():
        if name not in known:
            raise TaskError(
                f"{place}: no family of this task has {brief(name)}; they have "
                f"{', '.join(sorted(known))}"
            )
        found[name] = _one_range(given, known[name], f"{place}.{name}")
    return found


def _one_range(given: Any, of: Hyperparameter, place: str) -> Range:
    """Return one range from a table with low and high, a list of choices, or a single value."""
    if isinstance(given, Range):
        return given
    if not isinstance(given, Mapping):
        given = {"choices": given if isinstance(given, list | tuple) else [given]}
    unknown = sorted(set(given) - {f.name for f in fields(Range)})
    if unknown:
        allowed = ", ".join(f.name for f in fields(Range))
        raise TaskError(f"{place}: unknown key {brief(unknown[0])}; allowed are {allowed}")
    choices = given.get("choices", ())
    if not isinstance(choices, list | tuple):
        raise TaskError(f"{place}: choices must be a list, not {brief(choices)}")
    if len(choices) > _MOST_CHOICES:
        raise TaskError(f"{place} has {len(choices)} choices; it may have {_MOST_CHOICES}")
    for value in choices:
        _check_value(value, of, place)
        if list(choices).count(value) > 1:
            raise TaskError(f"{place}: {brief(value)} is given twice")
    return Range(choices=tuple(choices)) if choices else _span(given, of, place)


def _span(given: Mapping[str, Any], of: Hyperparameter, place: str) -> Range:
    """Return a range from low to high."""
    low, high = given.get("low"), given.get("high")
    if low is None or high is None:
        raise TaskError(f"{place} needs both low and high, or choices")
    if of.kind is str:
        raise TaskError(f"{place} has no low and high; give choices")
    for value in (low, high):
        _check_value(value, of, place)
    log, per_decade = given.get("log", False), given.get("per_decade", 0)
    if not isinstance(log, bool):
        raise TaskError(f"{place}: log must be true or false, not {brief(log)}")
    if type(per_decade) is not int or not 0 <= per_decade <= _MOST_PER_DECADE:
        raise TaskError(
            f"{place}: per_decade must be a whole number from 0 to {_MOST_PER_DECADE}, "
            f"not {brief(per_decade)}"
        )
    if low > high:
        raise TaskError(f"{place}: low {low} is above high {high}")
    if low <= 0 and (log or per_decade):
        raise TaskError(f"{place}: low is {low}; with log or per_decade it must be above 0")
    return Range(low, high, log, per_decade)


def _check_value(value: Any, of: Hyperparameter, place: str) -> None:
    """Refuse a value that the hyperparameter cannot take."""
    if of.kind is str:
        if of.choices and value not in of.choices or not isinstance(value, str):
            allowed = ", ".join(map(str, of.choices)) or "text"
            raise TaskError(f"{place}: {brief(value)} is not allowed; allowed: {allowed}")
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)
    whole = of.kind is float or isinstance(value, int)
    if (
        number
        and whole
        and (of.low is None or of.low <= value)
        and (of.high is None or value <= of.high)
    ):
        return
    word = "a number" if of.kind is float else "a whole number"
    raise TaskError(
        f"{place}: {brief(value)} is not allowed; it must be {word} {of.low}..{of.high}"
    )


def brief(value: object) -> str:
    """Return a value as Python writes it, its middle left out where that is long."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = _LONGEST_VALUE
    return short.repr(value)


def unfit(name: str) -> str | None:
    """Return why a text cannot be the name of a column or a task; None if it can."""
    if len(name) > _LONGEST_NAME:
        return f"it has {len(name)} characters, and a name has {_LONGEST_NAME} at most"
    if plain(name) != name:
        return "it holds a control character"
    return None
