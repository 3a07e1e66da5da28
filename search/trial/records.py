"""What one trial is asked to do, and what came of it: the records that cross the cluster."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np

from evaluation.clusterers import CLUSTERERS
from evaluation.guards import recorded_failures
from evaluation.honesty import HONESTY
from evaluation.reducers import REDUCERS
from evaluation.score import OWN
from models import FAMILIES
from search.study.space import Configuration, column_of

Row = dict[str, Any]
Split = Literal["validation", "test"]

_TRACEBACK_FRAMES = 3
"""Frames of a traceback that the column `error` keeps, the last ones."""

_OUT_OF_MEMORY = ("MemoryError", "OutOfMemoryError", "ResourceExhaustedError")
"""Python's, Ray's and TensorFlow's exceptions for want of memory."""

_NOT_OF_TRIALS = frozenset(
    (
        *("trial", "role", "seed", "split", "n_clusters_found", "coverage", "balance"),
        *("smallest_cluster", "silhouette_songs", "bic", "gap", "prediction_strength"),
    )
)
"""Columns of one clustering that the table `trials` does not repeat."""


@dataclass(frozen=True)
class TrialSpec:
    """What one trial is to do.

    Attributes
    ----------
    trial : number in the run; Optuna's for a search, below zero for baselines. A finalist or a
        null trial has that of the trial whose configuration it takes.
    curves : whether every cluster count is held against chance, which is dear.
    pictures : whether songs and what the model makes of them are brought back.
    halved : whether it trains with half the batch size, since memory did not hold the whole.
    kept_from : how far above chance coherence must be for its model to be brought back; of those
        that are no finalists.
    """

    trial: int
    role: Literal["search", "baseline", "finalist", "null"]
    configuration: Configuration
    seed: int
    curves: bool = False
    pictures: bool = False
    halved: bool = False
    kept_from: float = float("inf")

    @property
    def settings(self) -> Mapping[str, Any]:
        """The hyperparameters that it trains with."""
        settings = self.configuration.settings
        if not self.halved:
            return settings
        return {**settings, "batch_size": max(1, settings["batch_size"] // 2)}

    @property
    def can_halve(self) -> bool:
        """Whether there is a batch size left to halve."""
        return not self.halved and "batch_size" in self.configuration.settings

    @property
    def splits(self) -> tuple[Split, ...]:
        """The parts whose songs are scored; the row of the trial is of the first.

        Test songs are looked at once, when a finalist has been chosen on validation songs.
        """
        of_role: dict[str, tuple[Split, ...]] = {
            "finalist": ("test", "validation"),
            "null": ("test",),
        }
        return of_role.get(self.role, ("validation",))

    @property
    def key(self) -> tuple[str, int, int]:
        """What tells this trial from every other of its run."""
        return self.role, self.trial, self.seed

    @property
    def columns(self) -> Row:
        """The columns that begin every row about this trial."""
        return {"trial": self.trial, "role": self.role, "seed": self.seed}


@dataclass
class TrialResult:
    """What came of a trial.

    Attributes
    ----------
    row : of the table `trials`.
    clusterings, epochs : rows of these tables.
    codes : (songs, latent_size) float32, rows as in the collection; None if there are none.
    clusters : (songs,) the cluster of every song, -1 for noise; finalists only.
    model : suffix -> content of the encoder's files; of finalists, and where it is among the best.
    pictures : see `search.trial.reconstructions`; the first seed of a finalist only.
    partitions : (clusterings, songs) int16 clusters of all songs, in the order of the rows of
        validation songs; where a clustering held every guard, and of finalists.
    bases : (base counts, songs) int16, see `evaluation.base_partitions`; with the model of a
        trial that is no finalist.
    reduced : (songs, d) float32, the codes as the clusterers saw them; where a reducer made them
        others.
    """

    row: Row
    clusterings: Sequence[Row] = field(default_factory=list)
    epochs: list[Row] = field(default_factory=list)
    codes: np.ndarray | None = None
    clusters: np.ndarray | None = None
    model: dict[str, bytes] | None = None
    pictures: dict[str, np.ndarray] | None = None
    partitions: np.ndarray | None = None
    bases: np.ndarray | None = None
    reduced: np.ndarray | None = None

    @property
    def without_arrays(self) -> TrialResult:
        """The same without the arrays that are on the disk once it is kept."""
        kept = replace(self, codes=None, partitions=None, bases=None, reduced=None)
        return replace(kept, model=None, pictures=None)

    @property
    def violations(self) -> dict[str, float]:
        """Guard that failed -> by how much, of the clustering that was asked for."""
        return {each.guard: each.violation for each in recorded_failures(self.row)}


@dataclass(frozen=True)
class IntermediateResult:
    """The score of a trial before its end.

    Attributes
    ----------
    step : epochs after warm-up.
    value : coherence at a fixed count.
    result : what is left of the trial if it ends here.
    """

    step: int
    value: float
    result: TrialResult


def failed(spec: TrialSpec, kind: str, error: str) -> TrialResult:
    """Return the result of a trial that could not even run, as when its worker died.

    Parameters
    ----------
    kind : class of the exception, or a name of that form.
    error : one sentence.
    """
    row = {"status": "failed", "error_kind": kind, "error": f"{kind}: {error}"}
    return TrialResult(initial_row(spec) | row)


def failure(error: Exception) -> Row:
    """Return the columns of a trial that ended with an exception: its last frames as well."""
    frames = traceback.format_exception(error)[-1 - _TRACEBACK_FRAMES : -1]
    kind = type(error).__name__
    text = f"{kind}: {error}\n{''.join(frames)}"
    return {"status": "failed", "error_kind": kind, "error": text}


def out_of_memory(result: TrialResult) -> bool:
    """Return whether a trial failed for want of memory, of the machine or of the GPU."""
    return result.row.get("error_kind") in _OUT_OF_MEMORY


def initial_row(spec: TrialSpec) -> Row:
    """Return the row of a trial before anything is known of it."""
    configuration = spec.configuration
    return {
        **spec.columns,
        "family": configuration.family,
        "view": configuration.view,
        "reducer": configuration.reducer,
        "comparable": REDUCERS[configuration.reducer].comparable,
        **{
            column_of(one): spec.settings.get(one.name)
            for one in FAMILIES[configuration.family].hyperparameters
        },
        "clusterer": configuration.clusterer,
        "n_clusters": configuration.n_clusters,
        "started": datetime.now(UTC),
        "host": platform.node(),
    }


def finalize(result: TrialResult, configuration: Configuration) -> None:
    """Put the clustering that the configuration asks for into the trial's row."""
    asked_for = result.clusterings[index_of(result.clusterings, configuration)]
    columns = {name: value for name, value in asked_for.items() if name not in _NOT_OF_TRIALS}
    result.row |= dict.fromkeys(HONESTY) | columns


def reuse(spec: TrialSpec, source: TrialResult) -> TrialResult:
    """Return the result of a trial whose model was trained before, from its clusterings.

    The clusterings themselves stay with the trial that trained the model.
    """
    result = replace(source.without_arrays, row=source.row | initial_row(spec))
    result.row |= {"reused_from": source.row["trial"], "train_seconds": 0.0, "score_seconds": 0.0}
    if source.clusterings:
        finalize(result, spec.configuration)
    return replace(result, clusterings=[], epochs=[])


def index_of(rows: Sequence[Row], configuration: Configuration) -> int:
    """Return where among `rows` the clustering stands that the configuration asks for.

    A clusterer that finds its own count has one row, which answers for every count, and so have
    the clusters of the encoder's own. Of several parts of the songs the first counts.
    """
    counted = takes_count(configuration.clusterer)
    return next(
        index
        for index, row in enumerate(rows)
        if row["clusterer"] == configuration.clusterer
        and (not counted or row["n_clusters"] == configuration.n_clusters)
    )


def highest_excess(clusterings: Sequence[Row]) -> float:
    """Return how far above chance the best clustering is that held every guard; NaN of none.

    No label takes part in that, whatever the objective is.
    """
    values = [row.get("coherence_excess") for row in clusterings if row["status"] == "complete"]
    return max((value for value in values if value is not None), default=float("nan"))


def takes_count(clusterer: str) -> bool:
    """Return whether a clusterer makes as many clusters as it is asked for.

    An encoder's own clusters are as many as it found.
    """
    known = CLUSTERERS.get(clusterer)
    return clusterer != OWN and (known is None or known.takes_count)
