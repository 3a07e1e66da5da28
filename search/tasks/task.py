"""The record of a task: everything that decides a search, apart from the songs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from evaluation.objective import OBJECTIVES, Objective
from models import FAMILIES
from search.tasks.kinds import KINDS
from search.tasks.ranges import Range
from search.tasks.sources import Source

MOST = {
    "trials": 10_000,
    "epochs": 100_000,
    "early_stopping": 100_000,
    "finalists": 1_000,
    "finalist_seeds": 1_000,
    "finalist_share": 1,
    "null_collections": 1_000,
    "seed": 10**9,
}
"""Key -> its largest value: what is beyond it would never end, or is a slip of the hand.

Seeds beyond 32 bits are refused by scikit-learn.
"""

LEAST = {
    **dict.fromkeys(MOST, 0),
    **dict.fromkeys(("trials", "epochs", "finalists"), 1),
}
"""Key -> its smallest value."""


@dataclass(frozen=True)
class Task:
    """Everything that decides a search, apart from the songs.

    Attributes
    ----------
    families, baselines : names in `models.FAMILIES`; the first are searched, the second compared.
    reference_views : views in whose spaces clusters of every view are judged; their mean counts.
    clusters : smallest and largest cluster count; every count between is scored.
    center_languages : whether lyrics lose the mean of their language, their first direction.
    label : column that `ari` and its kin are against; never seen by the search.
    epochs, early_stopping : see `models.Schedule`.
    objective : name in `OBJECTIVES`, or several joined by commas for a Pareto search.
    guards : names in `evaluation.guards.GUARDS` of what a clustering must hold to win.
    finalists : how many of the best models are trained again on fresh seeds, beside baselines.
    finalist_seeds : fresh seeds of each; 0 = no finalists.
    finalist_share : the most of the search's own time that finalists may take; 0 = no bound.
    scheduler : "asha" ends trials early whose coherence is behind; "none" lets all run.
    null_collections : Gaussian collections on which the winner is trained for a zero; 0 = none.
    space : hyperparameter -> range, for every family that has it.
    family_space : family -> hyperparameter -> range, for that family alone.
    family_views : family -> the views it can be given; all of them where it is not named.
    leaking : label columns that determine the primary label, as the songs have it.
    sources : files of the modules that parts of one's own are in.
    """

    name: str
    inputs: tuple[str, ...]
    families: tuple[str, ...]
    baselines: tuple[str, ...]
    views: tuple[str, ...]
    reference_views: tuple[str, ...]
    reducers: tuple[str, ...]
    clusterers: tuple[str, ...]
    clusters: tuple[int, int]
    center_languages: bool
    label: str
    objective: str
    guards: tuple[str, ...]
    trials: int
    scheduler: str
    seed: int
    epochs: int
    early_stopping: int
    finalists: int
    finalist_seeds: int
    finalist_share: float
    null_collections: int
    space: Mapping[str, Range] = field(default_factory=dict)
    family_space: Mapping[str, Mapping[str, Range]] = field(default_factory=dict)
    family_views: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    leaking: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def names(self) -> dict[str, Any]:
        """The keys by which parts are named, with their values."""
        return {key: getattr(self, key) for kind in KINDS.values() for key in kind.keys}

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """What the search maximises or minimises; the first one ranks."""
        return tuple(OBJECTIVES[name] for name in self.objective.split(","))

    @property
    def counts(self) -> range:
        """Every cluster count that is scored."""
        return range(self.clusters[0], self.clusters[1] + 1)

    @property
    def widest(self) -> int:
        """The largest latent size of the space: the one size that networks are compiled for."""
        latent = self.space.get("latent_size", Range())
        return int(max([latent.high, *latent.choices]))

    def views_of(self, family: str) -> tuple[str, ...]:
        """Return the views that songs can be presented to `family` in."""
        return self.family_views.get(family, self.views)

    def ranges(self, family: str) -> dict[str, Range]:
        """Return the ranges searched for `family`, its own before the common ones."""
        names = {h.name for h in FAMILIES[family].hyperparameters}
        common = {name: found for name, found in self.space.items() if name in names}
        return {**common, **self.family_space.get(family, {})}

    def for_view(self, view: str) -> Task:
        """Return the task with this view alone, for the families that can be given it."""
        own = {
            family: tuple(one for one in views if one == view)
            for family, views in self.family_views.items()
        }
        return replace(self, views=(view,), family_views=own)

    def as_json(self) -> dict[str, Any]:
        """Return the task as JSON values, from which `from_json` makes it again."""
        described = asdict(replace(self, sources=()))
        for name in ("family_views", "leaking", "sources"):  # follow from the songs, and the names
            del described[name]
        return described
