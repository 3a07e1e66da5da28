"""A stretch of training and what it is run with; most families have one, `vade` has two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Scalars = Mapping[str, float]
"""Run-time hyperparameter -> value."""


@dataclass(frozen=True)
class Phase:
    """A stretch of training under one objective.

    Attributes
    ----------
    epochs : the most epochs.
    patience : epochs without a lower validation loss after which it ends; 0 = never.
    scalars : what the loss is given, and learning_rate. `beta` grows linearly from 0 to its value
        over the first `warm_up` epochs (Bowman et al. 2016), half of all epochs at most.
    first : number of the first epoch.
    looks : see `models.Schedule`.
    """

    epochs: int
    patience: int
    scalars: Scalars
    first: int = 1
    looks: tuple[int, ...] = ()

    @property
    def warm(self) -> int:
        """Number of the first epoch at the full beta."""
        return self.first + int(min(self.scalars.get("warm_up", 0), self.epochs // 2))

    def at(self, number: int) -> dict[str, float]:
        """Return the scalars of the epoch of this number."""
        scalars = dict(self.scalars)
        if number < self.warm:
            scalars["beta"] *= (number - self.first) / (self.warm - self.first)
        return scalars
