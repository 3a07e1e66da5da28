"""What a run folder remembers of its trials, as the results that made it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import overload

import numpy as np
import pandas as pd
import pyarrow as pa

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
    clusterings = clusterings_of(store)
    clusters = assigned(store)
    found = {}
    for row in rows_of(store, "trials"):
        key = _key_of(row)
        from_row(row)  # of a family that there is
        row = {"guard": None, "leaks": None, **row}
        rows = clusterings.get(key, ())
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
    return _made(found) if found else []


def _made(table: pa.Table) -> list[Row]:
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in table.to_pylist()
    ]


def _key_of(row: Row) -> Key:
    """Return the key of the trial that a row is about."""
    return row["role"], row["trial"], row["seed"]


class StoredRows(Sequence[Row]):
    """Rows of a table that are made when they are asked for.

    A row as a dictionary takes four times as much as in the table, and a run has as many rows of
    clusterings as trials, clusterers and counts.

    Parameters
    ----------
    places : (n,) int, rising
        Which rows of the table.
    """

    def __init__(self, table: pa.Table, places: np.ndarray) -> None:
        self._table = table
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return _made(self._table.take(self._places[place]))
        (row,) = _made(self._table.slice(int(self._places[place]), 1))
        return row

    def __iter__(self) -> Iterator[Row]:
        return iter(self[:])


def clusterings_of(store: RunStore) -> dict[Key, Sequence[Row]]:
    """Return the rows of the table `clusterings` by the trial that they are of."""
    table = store.table("clusterings")
    if table is None:
        return {}
    keys = table.select(["role", "trial", "seed"]).to_pandas().astype({"role": str})
    places = keys.groupby(["role", "trial", "seed"]).indices
    return {key: StoredRows(table, np.sort(found)) for key, found in places.items()}


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
