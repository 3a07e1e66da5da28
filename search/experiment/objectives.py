"""The objectives of a trial in its rows, and those of its clusterings that may win."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from search.experiment.selection import Candidate
from search.study.space import Configuration
from search.tasks.task import Task
from search.trial.records import Row, TrialResult, TrialSpec


def add_objectives(spec: TrialSpec, result: TrialResult, task: Task) -> None:
    """Put the columns `objective` and `leaks` into the rows of a result.

    A trial that ended well and lacks a value of an objective becomes a failed one.
    """
    first = task.objectives[0].column
    row = result.row
    row["leaks"] = _leak(spec.configuration, task)
    row["objective"] = row.get(first)
    missing = [value is None or not np.isfinite(value) for value in objectives_of(row, task)]
    judged = spec.role != "null" and row["status"] not in ("failed", "pruned")
    if judged and any(missing):
        which = task.objectives[missing.index(True)].column
        why = f"the objective {which} is {row.get(which)}"
        row |= {"status": "failed", "error_kind": "ObjectiveUndefined", "error": why}
    for clustering in result.clusterings:
        clustering["objective"] = clustering.get(first, row.get(first))


def objectives_of(row: Mapping[str, Any], task: Task) -> list[Any]:
    """Return the values of the task's objectives in the row of a trial, None where unknown."""
    return [row.get(objective.column) for objective in task.objectives]


def candidates(spec: TrialSpec, result: TrialResult, task: Task) -> Iterator[Candidate]:
    """Yield clusterings that may win: guards held, objectives known, no label leaked."""
    if result.row["leaks"]:
        return
    seconds = seconds_of(result.row)
    for clustering in result.clusterings:
        values = objectives_of(ChainMap(clustering, result.row), task)
        if clustering["status"] == "complete" and None not in values:
            configuration = _with_clustering(spec.configuration, clustering)
            yield Candidate(spec.trial, spec.role, configuration, tuple(values), seconds)


def seconds_of(row: Row) -> float:
    """Return the seconds that a trial took of its worker; 0 if it could not run."""
    return float(row.get("train_seconds") or 0) + float(row.get("score_seconds") or 0)


def _leak(configuration: Configuration, task: Task) -> str | None:
    """Return the primary label, if the model is given it or what determines it."""
    condition = configuration.settings.get("condition")
    return task.label if condition in task.leaking else None


def _with_clustering(configuration: Configuration, clustering: Row) -> Configuration:
    """Return the configuration with the clusterer and count of one clustering."""
    return replace(
        configuration,
        clusterer=clustering["clusterer"],
        n_clusters=clustering["n_clusters"],
    )
