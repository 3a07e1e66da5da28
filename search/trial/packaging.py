"""The last part of a trial: arrays and files that the run keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

import numpy as np

from evaluation.assignment import to_arrays
from evaluation.clusterers import Fitted
from evaluation.score import OwnClusters
from models import Assigns, Encoder, ModelError, dump
from search.trial.inputs import TrialInputs
from search.trial.reconstructions import pictures
from search.trial.records import TrialResult, TrialSpec
from search.trial.scoring import Scored
from search.trial.viewing import ViewedSongs

CLUSTERER, REDUCER = "clusterer", "reducer"
"""Groups of arrays kept with a finalist."""


def package(
    result: TrialResult,
    scored: Scored,
    encoder: Encoder,
    spec: TrialSpec,
    inputs: TrialInputs,
) -> None:
    """Put what is kept beside the rows into a result: more of a finalist than of others."""
    viewed = inputs.viewed[spec.configuration.view]
    if spec.role != "null":
        result.codes = _in_order(scored.codes, inputs)
    if spec.role == "finalist":
        result.partitions = scored.partitions.astype(np.int16)
        clusters = _clusters_of(scored.fitted, scored.spaces, encoder, viewed)
        result.clusters = _in_order(clusters, inputs)
        kept = {REDUCER: scored.reducer.arrays()}
        if isinstance(scored.fitted, Fitted):
            kept[CLUSTERER] = to_arrays(scored.fitted.rule)
        notes = {"reducer": spec.configuration.reducer, "seed": spec.seed}
        with suppress(ModelError):  # it is larger than `models.load` takes: all else is kept
            result.model = dump(encoder, viewed.presentation, kept, **notes)
    if spec.pictures:
        result.pictures = pictures(encoder, viewed.pictured)


def _clusters_of(
    fitted: Fitted | OwnClusters,
    spaces: Mapping[str, np.ndarray],
    encoder: Encoder,
    viewed: ViewedSongs,
) -> dict[str, np.ndarray]:
    """Return clusters of the songs of every part."""
    if isinstance(fitted, Fitted):
        return {part: fitted.predict(space) for part, space in spaces.items()}
    assert isinstance(encoder, Assigns)
    return {part: encoder.assign(songs) for part, songs in viewed.parts.items()}


def _in_order(parts: Mapping[str, np.ndarray], inputs: TrialInputs) -> np.ndarray:
    """Return arrays of the parts as one array with rows as in the collection."""
    first = next(iter(parts.values()))
    whole = np.empty((inputs.count, *first.shape[1:]), first.dtype)
    for part, rows in inputs.rows.items():
        whole[rows] = parts[part]
    return whole
