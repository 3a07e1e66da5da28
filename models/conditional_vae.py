"""A VAE whose encoder and decoder are both given a label of each song (Sohn et al. 2015).

The code need not repeat what the label says: codes of a model that is given the language differ
less by language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.errors import ModelError
from models.family import Arrays, Settings, Shapes
from models.hyperparameters import Hyperparameter
from models.neural import NeuralFamily

if TYPE_CHECKING:
    from data import Songs

CONDITION = Hyperparameter("condition", "language", "label column that the model is given")

VALUES = "condition_values"
"""Name under which the known values are saved, as UTF-8 bytes."""

MOST_BYTES = 2**24
"""Most bytes of all values, each taking as many as the longest; as text they are four times as
large."""


@dataclass(frozen=True)
class ConditionalFamily(NeuralFamily):
    """Adds the input "condition": one label column, one-hot over the values of training songs.

    A song with any other value, or none, has zeros alone.
    """

    def refusal(self, songs: Songs, settings: Settings) -> str | None:
        """See `models.family.Family.refusal`."""
        column = settings["condition"]
        values = _known_values(songs, column)
        if not len(values):
            have = ", ".join(songs.labels) or "none"
            return (
                f"{self.name} needs the label {column!r}, of which these songs have no value; "
                f"name another in `condition` (they have {have})"
            )
        if values.nbytes > MOST_BYTES:
            return f"the values of the label {column!r} take more than {MOST_BYTES} bytes"
        return super().refusal(songs, settings)

    def known(self, train: Songs, settings: Settings) -> Arrays:
        """Return the known values."""
        return {VALUES: _known_values(train, settings["condition"])}

    def check(self, learned: Arrays, shapes: Shapes, settings: Settings) -> None:
        """Refuse what `learn` cannot have given."""
        others = {name: array for name, array in learned.items() if name != VALUES}
        super().check(others, shapes, settings)
        values = learned.get(VALUES, np.zeros(0))
        if values.shape != shapes["condition"] or values.dtype.kind != "S":
            raise ModelError(f"{VALUES} are not those of its condition")
        if values.nbytes > MOST_BYTES:
            raise ModelError(f"{VALUES} take more than {MOST_BYTES} bytes")
        try:
            np.char.decode(values, "utf-8")
        except UnicodeDecodeError:
            raise ModelError(f"{VALUES} are not in UTF-8") from None

    def shapes(self, train: Songs, learned: Arrays) -> dict[str, tuple[int, ...]]:
        """Return shape of every input of one song."""
        return {**super().shapes(train, learned), "condition": (len(learned[VALUES]),)}

    def gather(self, songs: Songs, shapes: Shapes, settings: Settings, learned: Arrays) -> Arrays:
        """Return what the network is given of `songs`."""
        known = np.char.decode(learned[VALUES], "utf-8")
        values = songs.labels.get(settings["condition"], np.full(len(songs), ""))
        condition = (np.asarray(values)[:, None] == known).astype(np.float32)
        return {**super().gather(songs, shapes, settings, learned), "condition": condition}


def _known_values(songs: Songs, column: str) -> np.ndarray:
    """Return the distinct values of a label column, sorted, as UTF-8 bytes; "" is none."""
    values = sorted({str(value) for value in songs.labels.get(column, ())} - {""})
    return np.char.encode(np.array(values, dtype=str), "utf-8")


FAMILY = ConditionalFamily("conditional_vae", extra=(CONDITION,), beside=("condition",))
