"""What a run folder remembers of its trials, as the results that made it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import count

import numpy as np
import pandas as pd

from results.columns import ResultsError
from results.store import RunStore
from search.study.space import Configuration, baseline_configurations, from_row
from search.tasks.ranges import brief
from search.tasks.task import Task
from search.trial.records import Row, TrialResult

Key = tuple[str, int, int]
"""Role, trial and seed: see `TrialSpec.key`."""


def trial_results(store: RunStore) -> dict[Key, TrialResult]:
    """Return every trial that has ended, by its key, without codes and models.

    Raises
    ------
    results.ResultsError
        When the tables do not go together, as no search leaves them.
    """
    try:
        return remembered(store)
    except (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError) as error:
        if isinstance(error, ResultsError):
            raise
        raise ResultsError(
            f"The tables of {store.folder} cannot be gone on with ({type(error).__name__}: "
            f"{brief(str(error))}): bring back the run folder as it was, or begin a new run."
        ) from None


def remembered(store: RunStore) -> dict[Key, TrialResult]:
    """Return `trial_results` of tables that go together."""
    clusterings = _by_key(rows_of(store, "clusterings"))
    clusters = assigned(store)
    found = {}
    for row in rows_of(store, "trials"):
        key = _key_of(row)
        from_row(row)  # of a family that there is
        row = {"guard": None, "leaks": None, **row}
        rows = clusterings[key]
        again = row["role"] == "finalist" and row["status"] != "failed"
        found[key] = TrialResult(
            row,
            rows,
            clusters=clusters[key[1:]] if again else None,
            partitions=store.partitions(*key[1:]) if again else None,
        )
    return found


def searched(found: dict[Key, TrialResult]) -> dict[int, Configuration]:
    """Return configurations of the searched trials among `trial_results`, by number."""
    return {
        trial: from_row(result.row)
        for (role, trial, _), result in found.items()
        if role == "search"
    }


def baselines(task: Task, past: Mapping[Key, TrialResult]) -> dict[int, Configuration]:
    """Return configurations of the baselines by number, from -1 down.

    A run that is given more trials may get more of them: those that have ended stay, under their
    numbers.
    """
    found = {
        trial: from_row(result.row)
        for (role, trial, _), result in sorted(past.items(), reverse=True)
        if role == "baseline"
    }
    wanted = [one for family in task.baselines for one in baseline_configurations(task, family)]
    beyond = count(min([-len(wanted), *found]) - 1, -1)
    for index, configuration in enumerate(wanted):
        if configuration not in found.values():
            number = -1 - index
            found[next(beyond) if number in found else number] = configuration
    return found


def rows_of(store: RunStore, table: str) -> list[Row]:
    """Return rows of a table; a value that is missing is a key that is missing."""
    found = store.table(table)
    rows = found.to_pylist() if found else []
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def _key_of(row: Row) -> Key:
    """Return the key of the trial that a row is about."""
    return row["role"], row["trial"], row["seed"]


def _by_key(rows: list[Row]) -> dict[Key, list[Row]]:
    """Return rows of one trial together."""
    found: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        found[_key_of(row)].append(row)
    return found


def assigned(store: RunStore) -> dict[tuple[int, int], np.ndarray]:
    """Return clusters (songs,) by trial and seed, in the order of the table `songs`."""
    songs, found = store.table("songs"), store.table("assignments")
    if songs is None or found is None:
        return {}
    ids = pd.Index(songs["id"].to_pandas())
    frame = found.select(["trial", "seed", "id", "cluster"]).to_pandas()
    clusters = {}
    for key, rows in frame.groupby(["trial", "seed"]):
        clusters[key] = np.full(len(ids), -1)
        clusters[key][ids.get_indexer(rows["id"])] = rows["cluster"]
    return clusters
