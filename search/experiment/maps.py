"""Where the songs lie for each method of a comparison, and which of them to look at first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.base_partitions import every_base_count
from evaluation.consensus import co_association_space
from evaluation.exemplars import Exemplars
from results.arrays import read_array, read_arrays
from results.layout import codes_file, consensus_file
from results.schema import BORDER, CONSENSUS, EXEMPLAR, TABLES
from results.store import MEMBERS, RunStore
from search.experiment.clusterings import CollectionOfRun
from search.experiment.consensus import TRIAL as CONSENSUS_TRIAL
from search.tasks.task import Task

MOST_METHODS = 6
"""Methods that are mapped: the consensus, then the first of the comparison."""

MOST_ROWS = 200_000
"""Songs times methods, so that a report of very many songs fits into memory."""


@dataclass(frozen=True)
class MappedMethod:
    """One method on its first seed, and the space in which its songs lie.

    Attributes
    ----------
    clusters : (songs,), -1 for noise.
    agreement : (songs,); None but for a consensus.
    codes : (songs, d). Of a consensus those in which songs lie apart as its models part them.
    """

    name: str
    trial: int
    seed: int
    n_clusters: int
    clusters: np.ndarray
    agreement: np.ndarray | None
    codes: np.ndarray

    @property
    def columns(self) -> dict[str, str | int]:
        """What its rows in a table have in common."""
        return {"method": self.name, "trial": self.trial, "seed": self.seed}


def mapped_methods(store: RunStore, ids: np.ndarray, task: Task) -> list[MappedMethod]:
    """Return the methods to map, the consensus first; none where there is no comparison.

    Parameters
    ----------
    ids : (songs,) in the order of the codes.
    """
    comparison, assignments = store.table("comparison"), store.table("assignments")
    if comparison is None or assignments is None:
        return []
    compared = comparison.select(["family", "trial"]).to_pylist()
    order = sorted(compared, key=lambda row: row["family"] != CONSENSUS)  # else as they come
    table = assignments.to_pandas()
    found = []
    most = min(MOST_METHODS, max(1, MOST_ROWS // len(ids)))
    for trial in [row["trial"] for row in order][:most]:
        own = table[table["trial"] == trial]
        if own.empty:
            continue
        own = own[own["seed"] == own["seed"].min()].set_index("id").reindex(ids)
        first = own.iloc[0]
        agreement = own.get("agreement")
        found.append(
            MappedMethod(
                str(first["method"]),
                int(trial),
                int(first["seed"]),
                int(first["n_clusters"]),
                own["cluster"].to_numpy(np.int64),
                None if trial != CONSENSUS_TRIAL else agreement.to_numpy(float),
                _codes(store, task, int(trial), int(first["seed"])),
            )
        )
    return found


def _codes(store: RunStore, task: Task, trial: int, seed: int) -> np.ndarray:
    if trial != CONSENSUS_TRIAL:
        return read_array(codes_file(store.folder, trial, seed))
    kept = read_arrays(consensus_file(store.folder, seed))
    every = every_base_count(task.counts)
    places = [every.index(count) for count in kept["counts"].tolist()]
    bases = [store.base_partitions(trial) for trial in kept[MEMBERS].tolist()]
    return co_association_space(np.concatenate([one[places] for one in bases if one is not None]))


def map_columns(
    method: MappedMethod,
    collection: CollectionOfRun,
    points: Mapping[str, np.ndarray],
    look_at: Mapping[int, Exemplars],
    artists: list[str] | None,
    clips: Mapping[int, str],
) -> dict[str, Sequence[object]]:
    """Return the rows of a method in the table `map`, as columns.

    Parameters
    ----------
    points : way -> (songs, 2), NaN where a song was not laid out.
    look_at : exemplars by cluster.
    clips : row of a song -> path of its clip.
    """
    songs = len(collection.ids)
    marked: list[str | None] = [None] * songs
    for one in look_at.values():
        for row in one.exemplars:
            marked[row] = EXEMPLAR
        if one.border is not None:
            marked[one.border] = BORDER
    columns: dict[str, Sequence[object]] = {
        "id": collection.ids.tolist(),
        "split": collection.split.tolist(),
        **{name: [value] * songs for name, value in method.columns.items()},
        "n_clusters": [method.n_clusters] * songs,
        "cluster": method.clusters.tolist(),
        "exemplar": marked,
    }
    if collection.titles is not None:
        columns["title"] = _known(collection.titles.tolist())
    if artists is not None:
        columns["artist"] = _known(artists)
    if method.agreement is not None:
        columns["agreement"] = method.agreement.tolist()
    for way, flat in points.items():
        for axis, values in zip("xy", flat.T, strict=True):
            columns[f"{way}_{axis}"] = [None if np.isnan(one) else float(one) for one in values]
    if clips:
        columns["audio_path"] = [clips.get(row) for row in range(songs)]
    taken = {column.name for column in TABLES["map"].columns}
    return columns | {
        name: _known(values.tolist())
        for name, values in collection.labels.items()
        if name not in taken
    }


def joined(parts: Sequence[Mapping[str, Sequence[object]]]) -> dict[str, list[object]]:
    """Return the rows of several methods as one table; what a method lacks is missing."""
    names = dict.fromkeys(name for part in parts for name in part)
    return {
        name: [value for part in parts for value in part.get(name, [None] * len(part["id"]))]
        for name in names
    }


def _known(texts: list[str]) -> list[str | None]:
    """Return texts with None in the place of those that are missing."""
    return [text or None for text in texts]
