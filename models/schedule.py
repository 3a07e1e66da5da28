"""How long a network may train, and what is known of every epoch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.errors import ModelError, shown
from models.numbers import is_whole


class Diverged(ArithmeticError):
    """The training loss became NaN or infinite."""


@dataclass(frozen=True)
class Schedule:
    """How long a network may train.

    Attributes
    ----------
    epochs : the most epochs, at least 1.
    patience : epochs without a lower validation loss after which training stops; 0 = never.
    widest : the largest latent size that the same compiled program shall serve; 0 = the asked.
    looks : epochs at the end of which the codes are wanted too.

    Raises
    ------
    ModelError
        When a value is not of these.
    """

    epochs: int = 40
    patience: int = 8
    widest: int = 0
    looks: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("patience", 0), ("widest", 0)):
            value = getattr(self, name)
            if not is_whole(value) or value < least:
                raise ModelError(
                    f"a schedule's {name} is {shown(value)}: give a whole number from {least} on"
                )
        if not isinstance(self.looks, tuple) or not all(map(is_whole, self.looks)):
            raise ModelError(
                f"a schedule's looks are {shown(self.looks)}: give the numbers of epochs, a tuple"
            )


@dataclass(frozen=True)
class Epoch:
    """Losses of one epoch; sums over features, means over songs (nats).

    `codes`, of "train" and "validation" songs, are there at epochs that `Schedule.looks` names.
    """

    epoch: int
    loss: float
    reconstruction_loss: float
    kl: float
    validation_loss: float
    validation_reconstruction_loss: float
    validation_kl: float
    seconds: float
    codes: dict[str, np.ndarray] | None = None

    @property
    def columns(self) -> dict[str, float]:
        """Everything but the codes, by name."""
        return {name: value for name, value in vars(self).items() if name != "codes"}
