"""The last part of a trial: arrays and files that the run keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import numpy as np

from evaluation.assignment import to_arrays
from evaluation.base_partitions import BasePartitions
from evaluation.clusterers import Fitted
from evaluation.known_songs import AGREEMENT
from evaluation.reducers import NONE
from evaluation.score import OwnClusters
from models import Assigns, Encoder, ModelError, dump
from models.family import Arrays
from search.tasks.task import Task
from search.trial.inputs import TrialInputs
from search.trial.reconstructions import pictures
from search.trial.records import TrialResult, TrialSpec, highest_excess
from search.trial.scoring import Scored
from search.trial.viewing import ViewedSongs

CLUSTERER, REDUCER, BASES = "clusterer", "reducer", "bases"
"""Groups of arrays kept with a model."""


def package(
    result: TrialResult,
    scored: Scored,
    encoder: Encoder,
    spec: TrialSpec,
    inputs: TrialInputs,
    task: Task,
) -> None:
    """Put what is kept beside the rows into a result: more of a finalist than of others."""
    viewed = inputs.viewed[spec.configuration.view]
    if spec.role != "null":
        result.codes = _in_order(scored.codes, inputs)
        feasible = any(row["status"] == "complete" for row in result.clusterings)
        held_against = any(one.column == AGREEMENT for one in task.objectives)
        if feasible or spec.role == "finalist" or held_against:
            result.partitions = _in_order(_partitions(scored, encoder, viewed), inputs).T
            if spec.configuration.reducer != NONE:
                result.reduced = _in_order(scored.spaces, inputs).astype(np.float32)
    if spec.role == "finalist":
        assert result.partitions is not None
        result.clusters = result.partitions[scored.asked_for].astype(np.int32)
        fitted = scored.fitted[scored.asked_for]
        rule = {CLUSTERER: to_arrays(fitted.rule)} if isinstance(fitted, Fitted) else {}
        result.model = _dumped(encoder, viewed, scored, spec, rule)
    elif spec.role != "null" and highest_excess(result.clusterings) >= spec.kept_from:
        bases = BasePartitions.fit(scored.spaces["train"], task.counts, spec.seed)
        result.model = _dumped(encoder, viewed, scored, spec, {BASES: bases.arrays()})
        if result.model is not None:
            found = {part: bases.assign(space).T for part, space in scored.spaces.items()}
            result.bases = _in_order(found, inputs).T
    if spec.pictures:
        result.pictures = pictures(encoder, viewed.pictured)


def _dumped(
    encoder: Encoder,
    viewed: ViewedSongs,
    scored: Scored,
    spec: TrialSpec,
    kept: Mapping[str, Arrays],
) -> dict[str, bytes] | None:
    """Return the files of a model with what finds its clusters; None where it is too large."""
    notes = {"reducer": spec.configuration.reducer, "seed": spec.seed}
    with suppress(ModelError):  # it is larger than `models.load` takes: all else is kept
        kept = {REDUCER: scored.reducer.arrays(), **kept}
        return dump(encoder, viewed.presentation, kept, **notes)
    return None


def _partitions(scored: Scored, encoder: Encoder, viewed: ViewedSongs) -> dict[str, np.ndarray]:
    """Return clusters (n, clusterings) int16 of the songs of every part."""

    def predicted(part: str, fitted: Fitted | OwnClusters) -> np.ndarray:
        if isinstance(fitted, Fitted):
            return fitted.predict(scored.spaces[part])
        assert isinstance(encoder, Assigns)
        return encoder.assign(viewed.parts[part])

    others = {
        part: np.stack([predicted(part, one) for one in scored.fitted], axis=1, dtype=np.int16)
        for part in scored.spaces
        if part != "validation"
    }
    return {**others, "validation": scored.validation.T.astype(np.int16)}


def _in_order(parts: Mapping[str, np.ndarray], inputs: TrialInputs) -> np.ndarray:
    """Return arrays of the parts as one array with rows as in the collection."""
    first = next(iter(parts.values()))
    whole = np.empty((inputs.count, *first.shape[1:]), first.dtype)
    for part, rows in inputs.rows.items():
        whole[rows] = parts[part]
    return whole
