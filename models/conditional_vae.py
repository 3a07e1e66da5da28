"""A VAE that is told a label of each song, in its encoder and in its decoder (Sohn et al. 2015).

What the label says the code need not repeat: codes of a model that is told the language differ
less by language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.errors import ModelError
from models.family import Arrays, Hyperparameter, Settings, Shapes
from models.neural import NeuralFamily

if TYPE_CHECKING:
    from data import Songs

CONDITION = Hyperparameter("condition", "language", "label column that the model is told")

VALUES = "condition_values"
"""Name under which the known values are saved, as UTF-8 bytes."""

LONGEST_VALUE = 2**16
"""Most bytes of one value: all take as many as the longest, and four times that in memory."""


@dataclass(frozen=True)
class ConditionalFamily(NeuralFamily):
    """Adds the input "condition", a 1 at the place of the song's value of one label column.

    The values are those of the training songs; any other, or none, is all zeros.
    """

    def refusal(self, songs: Songs, settings: Settings) -> str | None:
        """See `models.family.Family.refusal`."""
        column = settings["condition"]
        if not known_values(songs, column):
            have = ", ".join(songs.labels) or "none"
            return (
                f"{self.name} is told the label {column!r}, of which these songs have no value; "
                f"name another in `condition` (they have {have})"
            )
        return super().refusal(songs, settings)

    def learn(self, train: Songs, settings: Settings) -> Arrays:
        """The known values."""
        values = known_values(train, settings["condition"])
        return {VALUES: np.char.encode(np.array(values), "utf-8")}

    def check(self, learned: Arrays, shapes: Shapes) -> None:
        """Refuse what `learn` cannot have given."""
        values = learned.get(VALUES, np.zeros(0))
        if len(learned) != 1 or values.shape != shapes["condition"] or values.dtype.kind != "S":
            raise ModelError(f"{VALUES} are not those of its condition")
        if values.dtype.itemsize > LONGEST_VALUE:
            raise ModelError(f"{VALUES} hold one of more than {LONGEST_VALUE} bytes")
        try:
            np.char.decode(values, "utf-8")
        except UnicodeDecodeError:
            raise ModelError(f"{VALUES} are not in UTF-8") from None

    def shapes(self, train: Songs, learned: Arrays) -> dict[str, tuple[int, ...]]:
        """Shape of every input of one song."""
        return {**super().shapes(train, learned), "condition": (len(learned[VALUES]),)}

    def gather(self, songs: Songs, shapes: Shapes, settings: Settings, learned: Arrays) -> Arrays:
        """What the network is given of `songs`."""
        known = np.char.decode(learned[VALUES], "utf-8")
        values = songs.labels.get(settings["condition"], np.full(len(songs), ""))
        condition = (np.asarray(values)[:, None] == known).astype(np.float32)
        return {**super().gather(songs, shapes, settings, learned), "condition": condition}


def known_values(songs: Songs, column: str) -> list[str]:
    """Distinct values of a label column, sorted; "" is none."""
    return sorted({str(value) for value in songs.labels.get(column, ())} - {""})


FAMILY = ConditionalFamily("conditional_vae", extra=(CONDITION,), beside=("condition",))
