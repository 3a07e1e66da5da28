"""What every trial of a run shares: the songs as presented, and the spaces they are compared in.

Made once per run, put into Ray's object store once, mapped by every worker.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from data import Songs
from data.songs import PARTS
from evaluation.null_collections import Chance, chance_coherence
from evaluation.nulls import null_dispersions
from evaluation.reference import Reference, build_reference
from models import FAMILIES, defaults
from models.linear import LinearFamily
from models.neural import NeuralFamily
from search.tasks.task import Task
from search.trial.viewing import Collection, Take, View, ViewedSongs


@dataclass(frozen=True)
class TrialInputs:
    """What every trial of a run shares.

    Attributes
    ----------
    viewed : view name -> the songs under it.
    references : reference view -> the fixed space in which partitions of all trials are compared.
    null_dispersions : (counts,) of the task in the first of them, see `evaluation.nulls`.
    chance : coherence of songs without clusters in these spaces.
    rows : part -> positions of its songs in the whole collection.
    """

    viewed: dict[str, ViewedSongs]
    references: dict[str, Reference]
    null_dispersions: np.ndarray
    chance: Chance
    rows: dict[str, np.ndarray]

    @property
    def first_reference(self) -> Reference:
        """The space in which silhouettes and gaps are taken."""
        return next(iter(self.references.values()))

    @property
    def count(self) -> int:
        """Number of songs."""
        return sum(len(rows) for rows in self.rows.values())


def prepare(
    songs: Songs, task: Task, take: Take | None = None, chance: Chance | None = None
) -> TrialInputs:
    """Present the songs under every view of the task and fix the reference spaces.

    Where no model of the task needs whole songs, they are presented as components.

    Parameters
    ----------
    take : the songs at some positions, where the inputs of `songs` are not those that are meant.
    chance : coherence by chance, where it is known.
    """
    collection = collect(songs, take)
    ordered = collection.in_order()
    split = ordered.split
    fitted = {
        view: View.fit(view, collection, task.center_languages)
        for view in dict.fromkeys((*task.views, *task.reference_views))
    }
    compared = {view: fitted[view].compared for view in task.reference_views}
    groups = {task.reference_views[0]: ordered.groups}
    references = {
        view: build_reference(inputs, split, groups=groups.get(view))
        for view, inputs in compared.items()
    }
    first = references[task.reference_views[0]].parts["validation"]
    share = common_share(task, {view: fitted[view].inputs["audio"].shape for view in task.views})
    return TrialInputs(
        {view: fitted[view].songs(share, task.label) for view in task.views},
        references,
        null_dispersions(first.points, task.counts, task.seed),
        chance or chance_coherence(compared, split, task.counts, task.seed),
        dict(collection.rows),
    )


def collect(songs: Songs, take: Take | None = None) -> Collection:
    """Return the songs of a run in the order of their parts; see `prepare`."""
    rows = {part: np.flatnonzero(songs.split == part) for part in PARTS}
    return Collection(songs.without_inputs(), take or songs.select, rows)


def common_share(task: Task, shapes: dict[str, tuple[int, ...]]) -> float | None:
    """Return the share of the variance that components hold for every model of the task.

    None where there is no such share, or a model needs whole songs.

    Parameters
    ----------
    shapes : view name -> shape of one song's audio under it.
    """
    shares = set()
    for name in (*task.families, *task.baselines):
        family, searched = FAMILIES[name], task.ranges(name)
        usual = defaults(family, {})
        if "latent_size" not in usual:
            return None  # its codes are the songs themselves
        if isinstance(family, LinearFamily):
            continue
        if not isinstance(family, NeuralFamily):
            return None  # of somebody's own, and not made for components
        chosen = {
            setting: searched[setting].choices if setting in searched else (usual.get(setting),)
            for setting in ("backbone", "variance_kept")
        }
        backbones = [{**usual, "backbone": one or family.backbone} for one in chosen["backbone"]]
        for view, settings in product(task.views_of(name), backbones):
            if family.backbone_of(shapes[view], settings) == "conv":
                return None
        if not chosen["variance_kept"]:
            return None  # any number of a range
        shares |= {*chosen["variance_kept"]}
    return shares.pop() if len(shares) == 1 else None
