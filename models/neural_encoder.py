"""A trained network as an encoder: its weights, and the program that applies them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.family import Arrays, Settings, Shapes
from models.hyperparameters import LATENT_SIZE

if TYPE_CHECKING:
    from data import Songs
    from models.neural import NeuralFamily
    from models.training import Program

WIDEST = "widest"
"""Name under which is saved how wide the latent was built. Sums over another width may be rounded
differently, and a saved encoder shall give the very same codes."""


class NeuralEncoder:
    """A trained network, kept as the weights of its active latent dimensions.

    The weights live apart from the program that applies them, so that all encoders of a process
    share one.
    """

    def __init__(
        self,
        family: NeuralFamily,
        settings: Settings,
        shapes: Shapes,
        weights: list[np.ndarray],
        learned: Arrays,
        program: Program,
    ) -> None:
        self.family = family.name
        self.settings = settings
        self.shapes = shapes
        self._family = family
        self.weights = weights
        self._learned = learned
        self._shared = program

    def encode(self, songs: Songs) -> np.ndarray:
        """See `models.family.Encoder.encode`."""
        return self.distribution(songs)["mean"]

    def decode(self, codes: np.ndarray, songs: Songs) -> Arrays:
        """See `models.family.Encoder.decode`."""
        return self.program().decode(codes, self.given(songs))

    def kl(self, songs: Songs) -> np.ndarray | None:
        """See `models.family.Encoder.kl`."""
        if not self._family.stochastic:
            return None
        code = self.distribution(songs)
        variance = np.exp(code["log_variance"])
        return 0.5 * (variance + code["mean"] ** 2 - 1.0 - code["log_variance"])

    def arrays(self) -> Arrays:
        """See `models.family.Encoder.arrays`."""
        names = weight_names(len(self.weights))
        widest = np.array(self._shared.widest, np.float32)
        return {**dict(zip(names, self.weights, strict=True)), **self._learned, WIDEST: widest}

    def distribution(self, songs: Songs) -> Arrays:
        """The code's "mean" and, if the family is stochastic, "log_variance"."""
        return self.program().encode(self.given(songs))

    def given(self, songs: Songs) -> Arrays:
        """What the network is given of `songs`."""
        return self._family.gather(songs, self.shapes, self.settings, self._learned)

    def program(self) -> Program:
        """The shared program with this encoder's weights in place."""
        self._shared.load(self.weights, int(self.settings["latent_size"]))
        return self._shared


def weight_names(count: int) -> list[str]:
    """Names of weights in a file, in the network's order."""
    return [f"weight_{index:03d}" for index in range(count)]


def widest_of(arrays: Arrays, latent_size: int) -> int:
    """How wide the latent was built, as the arrays of an encoder say."""
    widest = LATENT_SIZE.check(arrays.get(WIDEST, np.zeros(())).item())
    if latent_size > widest:
        raise ValueError(f"{WIDEST} is {widest} at a latent size of {latent_size}")
    return widest
