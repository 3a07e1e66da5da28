"""What runs of the past found, read from their folders: any of them may be a stranger's."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from results.columns import ResultsError
from results.finding import run_folders
from results.folder import read_info
from results.rows import dataset, select
from search.tasks.ranges import TaskError, brief
from search.tasks.task import Task
from search.trial.records import Row

_ASKED = ("trial", "split", "status", "clusterer", "n_clusters")
"""Columns of the table `clusterings` that are read, beside those of the objectives."""


@dataclass(frozen=True)
class PastRun:
    """The searched trials of a run.

    Attributes
    ----------
    name : task and run, as `easy/night`.
    created : when the run began, as its record has it.
    ended : whether it went to its end.
    trials : rows of the table `trials`; a value that is missing is a key that is missing.
    clusterings : trial -> its clusterings of validation songs that held every guard.
    """

    name: str
    created: str
    ended: bool
    trials: Sequence[Row] = ()
    clusterings: dict[int, list[Row]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return what the record of a run says of another one that it learned from."""
        return {"run": self.name, "created": self.created}


def names_of(given: str) -> list[str]:
    """Return the names in a list with commas, each once.

    Raises
    ------
    TaskError
        When one of them is empty.
    """
    names = [name.strip() for name in given.split(",")]
    if not all(names):
        raise TaskError(f"--from {brief(given)}: name runs with one comma between two of them")
    return list(dict.fromkeys(names))


def read_past(name: str, task: Task, root: Path | None, say: Callable[[str], None]) -> PastRun:
    """Return what a run found by the objective of a task.

    Parameters
    ----------
    name : as runs are named: a task for its newest run, TASK/RUN, RUN, or a run folder.
    root : folder of all runs; None for `results/runs`.
    say : takes a sentence for each file of a run that is cut short and left out.

    Raises
    ------
    results.ResultsError
        When there is no such run, or it cannot be read.
    TaskError
        When it was searched by another objective, whose best are other trials.
    """
    with warnings.catch_warnings(record=True) as left_out:
        warnings.simplefilter("always")
        folder = run_folders(name, root=root)[-1]
        info, tables = read_info(folder), _tables(folder, task)
    for warning in left_out:
        say(str(warning.message))
    called = f"{info['task']}/{info['run']}"
    _check_objective(info, called, task)
    trials, clusterings = tables
    if not trials:
        raise ResultsError(f"Run {called} has no searched trial to learn from yet.")
    created, ended = str(info.get("created", "")), info.get("ended") is not None
    return PastRun(called, created, ended, trials, clusterings)


def _tables(folder: Path, task: Task) -> tuple[list[Row], dict[int, list[Row]]]:
    """Return trials and clusterings of a run as `PastRun` has them."""
    clusterings = defaultdict(list)
    columns = [*_ASKED, *(objective.column for objective in task.objectives)]
    for row in _rows(folder, "clusterings", columns):
        if row.get("split") == "validation" and row.get("status") == "complete":
            clusterings[row["trial"]].append(row)
    return _rows(folder, "trials", None), dict(clusterings)


def _rows(folder: Path, table: str, columns: Sequence[str] | None) -> list[Row]:
    """Return the rows of searched trials; a value that is missing is a key that is missing."""
    there = dataset(folder, table)
    if there is None:
        return []
    names = None if columns is None else [name for name in columns if name in there.schema.names]
    found = select(folder, table, there, names, [("role", "==", "search")])
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in found.to_pylist()
    ]


def _check_objective(info: Mapping[str, Any], name: str, task: Task) -> None:
    """Refuse a run whose best trials are best by something else."""
    wanted = task.objective, task.objectives[0].direction
    found = info.get("settings", {}).get("objective"), info.get("direction", wanted[1])
    if found != wanted:
        there, here = (f"{brief(column)} ({brief(way)})" for column, way in (found, wanted))
        raise TaskError(
            f"--from: {name} was searched by {there}, and this search is by {here}: leave out "
            "that run, or search by the same --objective"
        )
