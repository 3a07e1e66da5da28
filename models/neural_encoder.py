"""A trained network as an encoder: its weights, and the program that applies them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from models.bases import Bases
from models.distances import error_of_outputs
from models.errors import ModelError, shown
from models.family import Arrays, Settings, Shapes
from models.hyperparameters import LATENT_SIZE
from models.inputs import all_finite, checked_codes

if TYPE_CHECKING:
    from data import Songs
    from models.initial import WeightSpec
    from models.training import Program

WEIGHT = "weight_"
"""Start of the name under which a weight is saved."""

WIDEST = "widest"
"""Name under which the width of the latent is saved that the network was built for.

Sums over another width may be rounded differently, and a saved encoder gives the very same codes.
"""


class _Family(Protocol):
    """What an encoder needs of the family that it is of."""

    @property
    def name(self) -> str: ...

    @property
    def stochastic(self) -> bool: ...

    def gather(self, songs: Songs, shapes: Shapes, settings: Settings, learned: Arrays) -> Arrays:
        """Return what the network is given of `songs`."""


class NeuralEncoder:
    """A trained network, kept as the weights of its active latent dimensions.

    The weights live apart from the program that applies them, so that all encoders of a process
    share one.
    """

    def __init__(
        self,
        family: _Family,
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
        codes = checked_codes(codes, int(self.settings["latent_size"]), songs)
        outputs = self.program().decode(codes, self.given(songs))
        return Bases.of(self._learned).restore(outputs, self.shapes)

    def squared_error(self, codes: np.ndarray, songs: Songs) -> float:
        """See `models.family.Measures.squared_error`: found among the components."""
        codes = checked_codes(codes, int(self.settings["latent_size"]), songs)
        given = self.given(songs)
        return error_of_outputs(given, self.program().decode(codes, given), songs)

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
        """Return the code's "mean" and, if the family is stochastic, "log_variance"."""
        return self.program().encode(self.given(songs))

    def given(self, songs: Songs) -> Arrays:
        """Return what the network is given of `songs`."""
        return self._family.gather(songs, self.shapes, self.settings, self._learned)

    def program(self) -> Program:
        """Return the shared program with this encoder's weights in place."""
        scales = Bases.of(self._learned).scales(self.shapes)
        self._shared.load(self.weights, int(self.settings["latent_size"]), scales)
        return self._shared


def weight_names(count: int) -> list[str]:
    """Return names of weights in a file, in the network's order."""
    return [f"{WEIGHT}{index:03d}" for index in range(count)]


def widest_of(arrays: Arrays, latent_size: int) -> int:
    """Return how wide the latent was built, as the arrays of an encoder say.

    Raises
    ------
    ModelError
        When they say nothing that it can be.
    """
    said = arrays.get(WIDEST)
    if said is None or said.shape != ():
        raise ModelError(f"{WIDEST}, the width of the latent, is no number")
    try:
        widest = LATENT_SIZE.check(said.item())
    except ModelError as error:
        raise ModelError(f"{WIDEST}: {error}") from None
    if latent_size > widest:
        raise ModelError(f"{WIDEST} is {widest} at a latent size of {latent_size}")
    return widest


def learned_of(arrays: Arrays) -> Arrays:
    """Return what was learned beside weights."""
    return {
        name: array
        for name, array in arrays.items()
        if name != WIDEST and not name.startswith(WEIGHT)
    }


def weights_of(
    arrays: Arrays, specs: Sequence[WeightSpec], latent_size: int, family: str
) -> list[np.ndarray]:
    """Return the weights in `arrays`, in the network's order.

    Raises
    ------
    ModelError
        When a weight is missing or too many, or cannot stand in its place.
    """
    names = weight_names(len(specs))
    weights = []
    for name, spec in zip(names, specs, strict=True):
        array, expected = arrays.get(name), spec.active(latent_size)
        if array is None or array.shape != expected or array.dtype.kind != "f":
            raise ModelError(f"{name} is not a weight {expected} of such a {family}")
        if array.dtype.itemsize != 4 or not all_finite(array):
            raise ModelError(f"{name} of the {family} is not of finite float32 numbers")
        weights.append(np.ascontiguousarray(array, np.float32).reshape(expected))
    if extra := {name for name in arrays if name.startswith(WEIGHT)} - {*names}:
        raise ModelError(f"a {family} has no weights {shown(sorted(extra))}")
    return weights
