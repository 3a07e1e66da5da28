"""Every clustering of a run among which known songs can choose."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from results.columns import ResultsError
from results.schema import CONSENSUS, SPLITS
from results.store import RunStore
from search.experiment.consensus import TRIAL as CONSENSUS_TRIAL
from search.experiment.history import Key, clusterings_of, rows_of
from search.trial.records import Row

_METHOD = ("family", "view", "reducer", "comparable", "latent_size", "beta", "condition")
"""Columns of a trial that say what its clusterings are of."""


@dataclass(frozen=True)
class CollectionOfRun:
    """What a run folder says of its songs.

    Attributes
    ----------
    ids, split : (songs,)
    labels : label -> (songs,), "" where unknown.
    titles : (songs,), or None.
    """

    ids: np.ndarray
    split: np.ndarray
    labels: Mapping[str, np.ndarray]
    titles: np.ndarray | None

    @classmethod
    def of(cls, store: RunStore) -> CollectionOfRun:
        """Return the songs of a run; ResultsError where it has none yet."""
        table = store.table("songs")
        if table is None:
            raise ResultsError(f"Run {store.run} has no songs yet: let its search begin first.")
        columns = {name: _texts(table[name].to_pylist()) for name in table.column_names}
        ids, split = columns.pop("id"), columns.pop("split")
        if not {*split} <= {*SPLITS}:
            raise ResultsError(f"The table songs of {store.folder} has songs of no part.")
        return cls(ids, split, titles=columns.pop("title", None), labels=columns)

    def among(self, songs: list[str]) -> np.ndarray:
        """Return which songs (songs,) are among those of some ids."""
        return np.isin(self.ids, songs)


def _texts(values: list[str | None]) -> np.ndarray:
    return np.array([value or "" for value in values], str)


@dataclass(frozen=True)
class Clusterings:
    """Clusterings of all songs that held every guard, by models that were given no label.

    Attributes
    ----------
    rows : one of each, with what tells its model from others, and its scores on validation songs.
    partitions : (clusterings, songs) int16.
    """

    rows: list[Row]
    partitions: np.ndarray

    def at(self, places: list[int]) -> Clusterings:
        """Return some of them."""
        return Clusterings([self.rows[place] for place in places], self.partitions[places])

    @property
    def coherence(self) -> np.ndarray:
        """Coherence above chance (clusterings,) of the validation songs."""
        values = [row.get("coherence_excess") for row in self.rows]
        return np.array([-np.inf if value is None else value for value in values])


def clusterings_kept(store: RunStore, *, with_consensus: bool = True) -> Clusterings:
    """Return all clusterings of the searched trials, the baselines and the consensus of a run.

    Raises
    ------
    ResultsError
        When there are none, or the run folder lacks a file of them.
    """
    every = clusterings_of(store)
    found = [*_of_models(store, every), *(_of_consensus(store, every) if with_consensus else ())]
    if not found:
        raise ResultsError(
            f"Run {store.run} has no clustering that held every guard: known songs have nothing "
            "to choose from."
        )
    rows, partitions = zip(*found, strict=True)
    return Clusterings([*rows], np.stack(partitions))


def _of_models(
    store: RunStore, every: Mapping[Key, Sequence[Row]]
) -> Iterator[tuple[Row, np.ndarray]]:
    for trial in rows_of(store, "trials"):
        key = trial["role"], trial["trial"], trial["seed"]
        if trial["role"] not in ("search", "baseline") or trial.get("leaks"):
            continue
        rows = [row for row in every.get(key, ()) if row["split"] == "validation"]
        if not any(row["status"] == "complete" for row in rows):
            continue
        method = {name: trial.get(name) for name in _METHOD}
        yield from _complete(store, [{**method, **row} for row in rows], key[1], None)


def _of_consensus(
    store: RunStore, every: Mapping[Key, Sequence[Row]]
) -> Iterator[tuple[Row, np.ndarray]]:
    """Yield the consensus of the first seed at every count."""
    seeds = sorted(key[2] for key in every if key[0] == CONSENSUS)
    if not seeds or not store.has_partitions(CONSENSUS_TRIAL, seeds[0]):
        return  # a run from before these were kept
    found = every[CONSENSUS, CONSENSUS_TRIAL, seeds[0]]
    rows = [{"family": CONSENSUS, **row} for row in found if row["split"] == "validation"]
    yield from _complete(store, rows, CONSENSUS_TRIAL, seeds[0])


def _complete(
    store: RunStore, rows: list[Row], trial: int, seed: int | None
) -> Iterator[tuple[Row, np.ndarray]]:
    """Yield the rows of which every guard held, each with its clusters."""
    partitions = store.partitions(trial, seed)
    if len(partitions) != len(rows):
        raise ResultsError(
            f"The run has {len(rows)} clusterings of trial {trial} and partitions of "
            f"{len(partitions)}: take the run folder as it was."
        )
    for row, clusters in zip(rows, partitions, strict=True):
        if row["status"] == "complete":
            yield row, clusters
