"""What a column and a table are, and how a name finds its declaration."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from math import inf
from typing import Literal

from results.text import named

Type = Literal["category", "text", "integer", "number", "numbers", "flag", "time"]
Better = Literal["higher", "lower", "none"]

PLACEHOLDER, VIEW, PART = PLACEHOLDERS = ("<label>", "<view>", "<name>")
"""Stand in the names of columns for a label of the songs, a view, something of one's own."""

MOST_REMEMBERED = 10_000
"""Names of which a table keeps the column: files may come from anybody, and have any names."""

_ANY = re.compile("|".join(PLACEHOLDERS))
_NAME = r"(?!(?:low|high|floor)$)(?P<name>\S(?:.*\S)?)"
"""A label named like the end of another column would give two columns one name: `ari_low`."""


class ResultsError(ValueError):
    """What was asked of the results cannot be done; the message is for a person to read."""


@dataclass(frozen=True)
class Column:
    """One column; with one of `PLACEHOLDERS` in its name one for each thing of that kind.

    Attributes
    ----------
    name : str
    type : {"category", "text", "integer", "number", "numbers", "flag", "time"}
        A category is text that repeats, numbers are a list of them, a time is a moment in UTC.
    meaning : str
        With the range where there is one.
    unit : str
        Empty for names, counts and pure numbers.
    better : {"higher", "lower", "none"}
    bounds : (float, float)
        The least and the greatest value that a number can have.
    values : tuple of str
        The only values of a category, in their order; empty for any.
    required : bool
        Every row has a value.
    optional : bool
        The table has this column only when a row has a value for it.
    """

    name: str
    type: Type
    meaning: str
    unit: str = ""
    better: Better = "none"
    bounds: tuple[float, float] = (-inf, inf)
    values: tuple[str, ...] = ()
    required: bool = False
    optional: bool = False

    @property
    def is_pattern(self) -> bool:
        return any(one in self.name for one in PLACEHOLDERS)

    @property
    def always(self) -> bool:
        """Whether the table has this column even if no row has a value for it."""
        return not (self.optional or self.is_pattern)

    @property
    def description(self) -> str:
        """The meaning, unit and direction in one line."""
        unit = f" Unit: {self.unit}." if self.unit else ""
        direction = f" {self.better.capitalize()} is better." if self.better != "none" else ""
        return self.meaning + unit + direction

    def fits(self, name: str) -> "re.Match[str] | None":
        """Match a concrete name that is this column's or follows this pattern, or give None."""
        return self._pattern.fullmatch(name)

    @cached_property
    def _pattern(self) -> "re.Pattern[str]":
        return re.compile(_ANY.sub(lambda found: _NAME, re.escape(self.name)))

    def named(self, name: str) -> "Column":
        """Return this column under a concrete name that fits it."""
        match = self.fits(name)
        if match is None or not self.is_pattern:
            return self
        meaning = _ANY.sub(lambda found: match["name"], self.meaning)
        return replace(self, name=name, meaning=meaning, optional=True)

    def interval(self) -> "tuple[Column, Column, Column]":
        """Return the mean of this score over seeds, and the ends of its 95 % interval."""
        mean = replace(self, type="number", meaning=f"Mean over seeds. {self.meaning}")
        low, high = (
            replace(
                mean,
                name=f"{self.name}_{end}",
                meaning=f"{word} end of the 95 % interval of {self.name}.",
            )
            for end, word in (("low", "Lower"), ("high", "Upper"))
        )
        return mean, low, high


@dataclass(frozen=True)
class Table:
    """One table: its columns in order, and the key that says which rows belong together.

    The rows of one key are written together, and when they are written again, as after a crash,
    they take the place of the earlier ones. An empty key means the whole table. A file with more
    rows than `most_rows`, where that is known, is no table of a search and is not read.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    most_rows: int | None = None

    def find(self, name: str) -> Column | None:
        """Return the declared column or pattern that a column of this name comes from."""
        if name in self._by_name:
            return self._by_name[name]
        return next((column for column in self._patterns if column.fits(name)), None)

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def _patterns(self) -> list[Column]:
        """The most precise first: `purity_floor_<label>`, then `purity_<label>`."""
        patterns = [column for column in self.columns if column.is_pattern]
        return sorted(patterns, key=lambda column: len(column.name), reverse=True)

    def declared(self, name: str) -> Column:
        """Return the same as `find`.

        Raises
        ------
        ResultsError
            When the table has no such column.
        """
        if found := self.find(name):
            return found
        near = get_close_matches(name, [column.name for column in self.columns], n=1)
        raise ResultsError(
            f"Table {self.name} has no column {named(name)}"
            + (f" (the nearest is {near[0]!r})" if near else "")
            + ": correct the name, or declare the column in results/schema.py."
        )

    def column(self, name: str) -> Column:
        """Return the column of this name, concrete where it is a pattern's; raises likewise."""
        if (known := self._named.get(name)) is None:
            known = self.declared(name).named(name)
            if len(self._named) < MOST_REMEMBERED:
                self._named[name] = known
        return known

    @cached_property
    def _named(self) -> dict[str, Column]:
        """Columns by the concrete names that were asked for."""
        return {}

    def present(self, names: Iterable[str]) -> list[Column]:
        """Return the concrete columns, in order, of a table whose rows have these names."""
        always = {column.name for column in self.columns if column.always}
        place = {declared: place for place, declared in enumerate(self.columns)}
        ordered = sorted(always | set(names), key=lambda name: (place[self.declared(name)], name))
        return [self.column(name) for name in ordered]
