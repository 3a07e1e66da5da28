"""Families trained by gradient descent: what they share, so that each declares its difference.

TensorFlow is imported when a family is fitted or restored, never before.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from data import Songs
from models.family import (
    BETA,
    LATENT_SIZE,
    Arrays,
    Epoch,
    Hyperparameter,
    Schedule,
    Settings,
    Shapes,
    inputs_of,
)

if TYPE_CHECKING:
    from models.networks import Network
    from models.training import Program

TRAINING = (
    Hyperparameter("learning_rate", 1e-3, "step size of Adam", low=1e-5, high=1e-1, log=True),
    Hyperparameter(
        "batch_size", 64, "songs per gradient step", low=2, high=4096, log=True, when="compile"
    ),
)
MLP_SHAPE = (
    Hyperparameter(
        "width",
        256,
        "units of the first hidden layer",
        low=16,
        high=4096,
        log=True,
        when="compile",
    ),
    Hyperparameter("depth", 2, "hidden layers", low=0, high=6, when="compile"),
)


Build = Callable[[Shapes, Settings, int, bool], "Network"]
"""Shapes, settings, widest latent, stochastic -> the network."""


@dataclass(frozen=True)
class NeuralFamily:
    """A family whose encoder and decoder are Keras networks.

    Attributes
    ----------
    build : makes the network; imports Keras itself, so that declaring a family does not.
    stochastic : whether codes are distributions with a KL term, or points.
    extra : hyperparameters beside latent size, beta, learning rate and batch size.
    """

    name: str
    build: Build
    inputs: tuple[str, ...] = ("audio",)
    stochastic: bool = True
    extra: tuple[Hyperparameter, ...] = ()

    @property
    def hyperparameters(self) -> tuple[Hyperparameter, ...]:
        beta = (BETA,) if self.stochastic else ()
        return (LATENT_SIZE, *beta, *TRAINING, *self.extra)

    def program(self, shapes: Shapes, settings: Settings, widest: int, songs: int) -> Program:
        """The compiled program for these inputs, from this process's cache where it has one."""
        from models.training import PROGRAMS, Loss, Program

        compiled_in = tuple(
            (h.name, settings[h.name]) for h in self.hyperparameters if h.when == "compile"
        )
        return PROGRAMS.get(
            (self.name, compiled_in, tuple(sorted(shapes.items())), widest, songs),
            lambda: Program(
                self.build(shapes, settings, widest, self.stochastic),
                Loss(self.stochastic),
                min(int(settings["batch_size"]), max(songs, 1)),
                widest,
            ),
        )

    def fit(
        self, train: Songs, validation: Songs, settings: Settings, seed: int, schedule: Schedule
    ) -> Generator[Epoch, None, NeuralEncoder]:
        """See `models.family.Family.fit`."""
        data, held_out = inputs_of(train, self.inputs), inputs_of(validation, self.inputs)
        shapes = {name: array.shape[1:] for name, array in data.items()}
        widest = max(schedule.widest, int(settings["latent_size"]))
        program = self.program(shapes, settings, widest, len(train))
        yield from program.train(data, held_out, settings, seed, schedule)
        return NeuralEncoder(self, settings, shapes, program.sliced_weights(), program)

    def restore(self, settings: Settings, shapes: Shapes, arrays: Arrays) -> NeuralEncoder:
        """See `models.family.Family.restore`."""
        program = self.program(shapes, settings, int(settings["latent_size"]), 0)
        weights = [arrays[name] for name in sorted(arrays)]
        return NeuralEncoder(self, settings, shapes, weights, program)


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
        program: Program,
    ) -> None:
        self.family = family.name
        self.settings = settings
        self.shapes = shapes
        self._family = family
        self._weights = weights
        self._shared = program

    def _program(self) -> Program:
        self._shared.load(self._weights, int(self.settings["latent_size"]))
        return self._shared

    def encode(self, songs: Songs) -> np.ndarray:
        """See `models.family.Encoder.encode`."""
        return self._program().encode(inputs_of(songs, self._family.inputs))["mean"]

    def decode(self, codes: np.ndarray, songs: Songs) -> Arrays:
        """See `models.family.Encoder.decode`."""
        return self._program().decode(codes)

    def kl(self, songs: Songs) -> np.ndarray | None:
        """See `models.family.Encoder.kl`."""
        if not self._family.stochastic:
            return None
        code = self._program().encode(inputs_of(songs, self._family.inputs))
        variance = np.exp(code["log_variance"])
        return 0.5 * (variance + code["mean"] ** 2 - 1.0 - code["log_variance"])

    def arrays(self) -> Arrays:
        """See `models.family.Encoder.arrays`."""
        return {f"{index:03d}": weight for index, weight in enumerate(self._weights)}
