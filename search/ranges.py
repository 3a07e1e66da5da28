"""Ranges of hyperparameters in a task, and the checks that each is one its family allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from models.family import Hyperparameter


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
    """The ranges of one table, each within what the hyperparameter allows."""
    if not isinstance(table, Mapping):
        raise TaskError(f"{place} must be a table of ranges, not {table!r}")
    found = {}
    for name, given in table.items():
        if name not in known:
            allowed = ", ".join(sorted(known))
            raise TaskError(f"{place}: no family of this task has {name!r}; they have {allowed}")
        found[name] = one_range(given, known[name], f"{place}.{name}")
    return found


def one_range(given: Any, of: Hyperparameter, place: str) -> Range:
    """One range: a table with low and high, a list of choices, or a single value."""
    if isinstance(given, Range):
        return given
    if isinstance(given, list | tuple) or not isinstance(given, Mapping):
        given = {"choices": given if isinstance(given, list | tuple) else [given]}
    unknown = sorted(set(given) - {f.name for f in fields(Range)})
    if unknown:
        allowed = ", ".join(f.name for f in fields(Range))
        raise TaskError(f"{place}: unknown key {unknown[0]!r}; allowed are {allowed}")
    choices = tuple(given.get("choices", ()))
    if choices:
        values: list[Any] = list(choices)
    else:
        values = [given.get("low"), given.get("high")]
        if None in values:
            raise TaskError(f"{place} needs both low and high, or choices")
    for value in values:
        check_value(value, of, place)
    if choices:
        return Range(choices=choices)
    low, high = values
    log, per_decade = given.get("log", False), given.get("per_decade", 0)
    if not isinstance(log, bool) or not isinstance(per_decade, int) or per_decade < 0:
        raise TaskError(f"{place}: log must be true or false, per_decade a whole number")
    if low > high:
        raise TaskError(f"{place}: low {low} is above high {high}")
    return Range(low, high, log, per_decade)


def check_value(value: Any, of: Hyperparameter, place: str) -> None:
    """Refuse a value that the hyperparameter cannot take."""
    if of.kind is str:
        if of.choices and value not in of.choices or not isinstance(value, str):
            allowed = ", ".join(map(str, of.choices)) or "text"
            raise TaskError(f"{place}: {value!r} is not allowed; allowed: {allowed}")
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
    raise TaskError(f"{place}: {value!r} is not allowed; it must be {word} {of.low}..{of.high}")
