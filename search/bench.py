"""What every trial of a run shares: the songs as presented, and the space they are compared in.

Made once by the driver, put into Ray's object store once, mapped by every worker.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data import Songs, views
from data.songs import PARTS
from evaluation.reference import Reference, build_reference
from search.task import Task

REFERENCE_VIEW = "standard"
"""The reference space is that of the standardised inputs, whatever view a trial chooses."""


@dataclass(frozen=True)
class Presentation:
    """The songs under one view, part by part, and what R2 is measured against.

    Attributes
    ----------
    parts : "train", "validation", "test" -> songs.
    view : the fitted view.
    train_means : input name -> mean over the training songs.
    """

    parts: dict[str, Songs]
    view: views.View
    train_means: dict[str, np.ndarray]


@dataclass(frozen=True)
class Bench:
    """What every trial of a run shares.

    Attributes
    ----------
    presentations : view name -> the songs under it.
    reference : the fixed space in which partitions of all trials are compared.
    rows : part -> positions of its songs in the whole collection.
    """

    presentations: dict[str, Presentation]
    reference: Reference
    rows: dict[str, np.ndarray]

    @property
    def count(self) -> int:
        """Number of songs."""
        return sum(len(rows) for rows in self.rows.values())


def prepare(songs: Songs, task: Task) -> Bench:
    """Present the songs under every view of the task and fix the reference space."""
    rows = {part: np.flatnonzero(songs.split == part) for part in PARTS}
    wanted = dict.fromkeys((*task.views, REFERENCE_VIEW))
    presentations = {name: present(songs, rows, name) for name in wanted}
    standard = presentations[REFERENCE_VIEW].parts
    block = np.empty((len(songs), standard["train"].audio[0].size), np.float32)
    for part, positions in rows.items():
        block[positions] = standard[part].audio.reshape(len(positions), -1)
    reference = build_reference([block], songs.split)
    searched = {name: presentations[name] for name in task.views}
    return Bench(searched, reference, rows)


def present(songs: Songs, rows: dict[str, np.ndarray], name: str) -> Presentation:
    """The songs under one view, fitted on the training songs."""
    raw = {part: songs.select(positions) for part, positions in rows.items()}
    view = views.fit(name, raw["train"].audio)
    parts = {part: some.replace(audio=view.apply(some.audio)) for part, some in raw.items()}
    return Presentation(parts, view, {"audio": parts["train"].audio.mean(axis=0)})
