"""What every trial of a run shares: the songs as presented, and the space they are compared in.

Made once per run, put into Ray's object store once, mapped by every worker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data import Songs
from data.presentation import Presentation, fit
from data.songs import PARTS
from evaluation.null_collections import null_references
from evaluation.nulls import null_dispersions
from evaluation.reference import Reference, build_reference
from evaluation.sampling import some_training
from search.tasks.task import Task

REFERENCE_VIEW = "standard"
"""The reference space is that of the standardised inputs, whatever view a trial chooses."""

MOST_FITTED = 10_000
"""Training songs that a view is fitted on at most: a sample where there are more."""

TOGETHER = 1_000
"""Songs that are presented at once, so that no second copy of all songs is made."""


@dataclass(frozen=True)
class ViewedSongs:
    """The songs under one view, part by part, and what R2 is measured against.

    Attributes
    ----------
    parts : "train", "validation", "test" -> songs as a family sees them.
    presentation : how they came to look so.
    train_means : input name -> mean over the training songs that have it.
    """

    parts: dict[str, Songs]
    presentation: Presentation
    train_means: dict[str, np.ndarray]


@dataclass(frozen=True)
class TrialInputs:
    """What every trial of a run shares.

    Attributes
    ----------
    viewed : view name -> the songs under it.
    reference : the fixed space in which partitions of all trials are compared.
    null_dispersions : (counts,) of the task, see `evaluation.nulls`.
    null_collections : reference spaces of Gaussian collections like these songs.
    rows : part -> positions of its songs in the whole collection.
    """

    viewed: dict[str, ViewedSongs]
    reference: Reference
    null_dispersions: np.ndarray
    null_collections: Sequence[Reference]
    rows: dict[str, np.ndarray]

    @property
    def count(self) -> int:
        """Number of songs."""
        return sum(len(rows) for rows in self.rows.values())


def prepare(songs: Songs, task: Task) -> TrialInputs:
    """Present the songs under every view of the task and fix the reference space."""
    rows = rows_of(songs)
    order = np.concatenate([*rows.values()])
    wanted = dict.fromkeys((*task.views, REFERENCE_VIEW))
    shown = {view: show(songs, order, view, task.center_languages) for view in wanted}
    inputs, split = matrices(shown[REFERENCE_VIEW].songs), songs.split[order]
    reference = build_reference(inputs, split)
    return TrialInputs(
        {view: _in_parts(shown[view], rows) for view in task.views},
        reference,
        null_dispersions(reference.parts["validation"].points, task.counts, task.seed),
        null_references(inputs, split, task.seed, task.null_collections),
        rows,
    )


def rows_of(songs: Songs) -> dict[str, np.ndarray]:
    """Return the positions of the songs of each part."""
    return {part: np.flatnonzero(songs.split == part) for part in PARTS}


@dataclass(frozen=True)
class Shown:
    """Songs in some order as they are presented."""

    songs: Songs
    presentation: Presentation


def show(songs: Songs, order: np.ndarray, view: str, center_languages: bool) -> Shown:
    """Return the songs in this order under one view, fitted on the training songs."""
    train = some_training(songs.split, MOST_FITTED, seed=0)
    presentation = fit(view, songs.select(train), center_languages)
    shown: dict[str, np.ndarray] = {}
    for start in range(0, len(order), TOGETHER):
        piece = presentation.apply(songs.select(order[start : start + TOGETHER]))
        for name in ("audio", "lyrics"):
            array = getattr(piece, name)
            if array is not None:
                if name not in shown:
                    shown[name] = np.empty((len(order), *array.shape[1:]), np.float32)
                shown[name][start : start + TOGETHER] = array
    # What is replaced is not copied before.
    bare = songs.replace(audio=np.empty((len(songs), 1), np.float32), lyrics=None)
    return Shown(
        bare.select(order).replace(audio=shown["audio"], lyrics=shown.get("lyrics")), presentation
    )


def matrices(songs: Songs) -> list[np.ndarray]:
    """Return each input of the songs as one matrix (n, features)."""
    inputs = [songs.audio] if songs.lyrics is None else [songs.audio, songs.lyrics]
    return [array.reshape(len(songs), -1) for array in inputs]


def _in_parts(shown: Shown, rows: dict[str, np.ndarray]) -> ViewedSongs:
    """Return the songs of each part, which lie one after another; nothing is copied."""
    edges = np.cumsum([0, *map(len, rows.values())])
    spans = map(slice, edges[:-1], edges[1:])
    parts = {part: shown.songs.select(span) for part, span in zip(rows, spans, strict=True)}
    train = parts["train"]
    means = {"audio": train.audio.mean(axis=0)}
    if train.lyrics is not None:
        means["lyrics"] = train.lyrics[train.has_lyrics].mean(axis=0)
    return ViewedSongs(parts, shown.presentation, means)
