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
from search.tasks.task import Task

REFERENCE_VIEW = "standard"
"""The reference space is that of the standardised inputs, whatever view a trial chooses."""


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
    shown : view name -> the songs under it.
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
    rows = {part: np.flatnonzero(songs.split == part) for part in PARTS}
    wanted = dict.fromkeys((*task.views, REFERENCE_VIEW))
    viewed = {view: show(songs, rows, view, task.center_languages) for view in wanted}
    inputs = blocks(viewed[REFERENCE_VIEW], rows, len(songs))
    reference = build_reference(inputs, songs.split)
    return TrialInputs(
        {view: viewed[view] for view in task.views},
        reference,
        null_dispersions(reference.parts["validation"].points, task.counts, task.seed),
        null_references(inputs, songs.split, task.seed, task.null_collections),
        rows,
    )


def show(
    songs: Songs, rows: dict[str, np.ndarray], view: str, center_languages: bool
) -> ViewedSongs:
    """Return the songs under one view, fitted on the training songs."""
    raw = {part: songs.select(positions) for part, positions in rows.items()}
    presentation = fit(view, raw["train"], center_languages)
    parts = {part: presentation.apply(some) for part, some in raw.items()}
    train = parts["train"]
    means = {"audio": train.audio.mean(axis=0)}
    if train.lyrics is not None:
        means["lyrics"] = train.lyrics[train.has_lyrics].mean(axis=0)
    return ViewedSongs(parts, presentation, means)


def blocks(viewed: ViewedSongs, rows: dict[str, np.ndarray], count: int) -> list[np.ndarray]:
    """Return each input of the songs as one matrix, rows as in the collection."""
    inputs = ["audio"] if viewed.parts["train"].lyrics is None else ["audio", "lyrics"]
    matrices = []
    for name in inputs:
        width = getattr(viewed.parts["train"], name)[0].size
        matrix = np.empty((count, width), np.float32)
        for part, positions in rows.items():
            matrix[positions] = getattr(viewed.parts[part], name).reshape(len(positions), width)
        matrices.append(matrix)
    return matrices
