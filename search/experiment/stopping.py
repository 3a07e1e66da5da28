"""When a search is to end before its last trial, and when a trial is given up."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from search.tasks.task import Task
from search.trial.records import Row

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
"""Letter of a unit of time -> its seconds."""


@dataclass(frozen=True)
class Limits:
    """Bounds on a run that do not change what its trials find.

    Attributes
    ----------
    time_budget : seconds for the whole run from the start of its trials; None = no bound.
    patience : searched trials without a better objective after which no more are proposed.
    max_failures : failures of one kind in a row that end the run.
    epoch_limit : seconds that a trial may go without a sign, an epoch or its end.
    """

    time_budget: float | None = None
    patience: int | None = None
    max_failures: int = 5
    epoch_limit: float = 1800.0

    def search_seconds(self, finalist_share: float) -> float:
        """Return when nothing new is proposed any more, so that finalists fit the budget."""
        return (self.time_budget or float("inf")) / (1 + finalist_share)


class StoppingCriteria:
    """Holds a run against its limits.

    Attributes
    ----------
    given_up : why the run ends before its end, in words; None as long as it does not.
    """

    def __init__(self, limits: Limits, task: Task) -> None:
        self.given_up: str | None = None
        self._limits = limits
        self._seconds = limits.search_seconds(task.finalist_share)
        self._sign = 1 if task.objectives[0].direction == "maximize" else -1
        self._began = time.monotonic()
        self._best = float("-inf")
        self._fruitless = 0
        self._kind = ""
        self._alike = 0

    def enough(self) -> bool:
        """Return whether no more trials are to be proposed."""
        patience = self._limits.patience
        out_of_time = time.monotonic() - self._began > self._seconds
        return out_of_time or (patience is not None and self._fruitless >= patience)

    def searched(self, row: Row) -> None:
        """Count searched trials since the best feasible one."""
        self._fruitless += 1
        if row["status"] == "complete" and row["leaks"] is None:
            value = self._sign * row["objective"]
            if value > self._best:
                self._best = value
                self._fruitless = 0

    def ended(self, row: Row) -> None:
        """Count trials that fail in the same way one after another."""
        kind = row["error_kind"] if row["status"] == "failed" else ""
        self._alike = self._alike + 1 if kind == self._kind else 1
        self._kind = kind
        if kind and self._alike >= self._limits.max_failures:
            self.given_up = (
                f"{self._alike} trials failed one after another, the last one with "
                f"{str(row['error']).splitlines()[0]}"
            )


def seconds(text: str) -> float:
    """Return seconds of a duration such as 90, 90s, 30m, 1.5h or 2d.

    Raises
    ------
    ValueError
        When it is none, or not above zero.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text.strip())
    found = float(match[1]) * _UNITS[match[2] or "s"] if match else 0.0
    if not found:
        raise ValueError(f"{text!r} is not a duration: write 90s, 30m, 1.5h or 2d")
    return found
