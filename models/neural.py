"""Families trained by gradient descent: what they share, so that each declares its difference.

TensorFlow is imported when a family is fitted or restored, never before.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models.family import (
    Arrays,
    Epoch,
    Hyperparameter,
    Schedule,
    Settings,
    Shapes,
)
from models.hyperparameters import (
    BACKBONES,
    BETA,
    LATENT_SIZE,
    SMALLEST_MAP,
    TRAINING,
    WARM_UP,
    is_map,
)
from models.inputs import inputs_of, missing_input, used_inputs
from models.neural_encoder import WIDEST, NeuralEncoder, weight_names, widest_of
from models.phase import Phase

if TYPE_CHECKING:
    from data import Songs
    from models.losses import Batch, Terms
    from models.networks import Network
    from models.training import Program

Build = Callable[["Shapes", "Settings", int, bool], "Network"]
"""Shapes, settings, widest latent, stochastic -> the network."""

Loss = Callable[["Network", "Batch"], "Terms"]
"""See `models.losses`."""


def joint(shapes: Shapes, settings: Settings, widest: int, stochastic: bool) -> Network:
    """See `models.networks.joint`."""
    from models import networks

    return networks.joint(shapes, settings, widest, stochastic)


def variational(network: Network, batch: Batch) -> Terms:
    """See `models.losses.variational`."""
    from models import losses

    return losses.variational(network, batch)


def deterministic(network: Network, batch: Batch) -> Terms:
    """See `models.losses.deterministic`."""
    from models import losses

    return losses.deterministic(network, batch)


@dataclass(frozen=True)
class NeuralFamily:
    """A family whose encoder and decoder are Keras networks.

    Attributes
    ----------
    inputs, optional : see `models.family.Family`.
    backbone : "mlp", "conv", or "auto" for a hyperparameter that chooses.
    build, loss : the network and the loss; they import Keras and TensorFlow when they are called,
        so that declaring a family does not.
    stochastic : whether codes are distributions with a KL term, or points.
    extra : hyperparameters that other families do not have. The loss finds every numeric one of
        run time among `Batch.scalars`.
    tuned : defaults other than the usual ones, by name.
    """

    name: str
    inputs: tuple[str, ...] = ("audio",)
    optional: tuple[str, ...] = ("lyrics",)
    backbone: str = "auto"
    build: Build = joint
    loss: Loss = variational
    stochastic: bool = True
    extra: tuple[Hyperparameter, ...] = ()
    tuned: Mapping[str, Any] = field(default_factory=dict)

    @property
    def hyperparameters(self) -> tuple[Hyperparameter, ...]:
        """See `models.family.Family`."""
        beta = (BETA, WARM_UP) if self.stochastic else ()
        own = (LATENT_SIZE, *beta, *TRAINING, *BACKBONES[self.backbone], *self.extra)
        return tuple(replace(h, default=self.tuned.get(h.name, h.default)) for h in own)

    def refusal(self, songs: Songs, settings: Settings) -> str | None:
        """See `models.family.Family.refusal`."""
        shape = songs.audio.shape[1:]
        if settings.get("backbone", self.backbone) == "conv" and not is_map(shape):
            kind = "x".join(map(str, shape)) if len(shape) > 1 else f"vectors of {shape[0]}"
            least = f"{SMALLEST_MAP}x{SMALLEST_MAP}"
            return f"{self.name} convolves maps of {least} or more, and these songs are {kind}"
        return missing_input(self, songs)

    def fit(
        self, train: Songs, validation: Songs, settings: Settings, seed: int, schedule: Schedule
    ) -> Generator[Epoch, None, NeuralEncoder]:
        """See `models.family.Family.fit`."""
        if reason := self.refusal(train, settings):
            raise ValueError(reason)
        if not len(train) or not len(validation):
            raise ValueError(f"{self.name} needs songs to train on and songs to validate on")
        learned = self.learn(train, settings)
        shapes = self.shapes(train, learned)
        data = self.gather(train, shapes, settings, learned)
        held_out = self.gather(validation, shapes, settings, learned)
        widest = max(schedule.widest, int(settings["latent_size"]))
        program = self.program(shapes, settings, widest, len(train))
        program.reset(seed, int(settings["latent_size"]))
        yield from self.train(program, data, held_out, settings, seed, schedule)
        weights = program.sliced_weights()
        return self.encoder(settings, shapes, weights, learned, program)

    def train(
        self,
        program: Program,
        data: Arrays,
        held_out: Arrays,
        settings: Settings,
        seed: int,
        schedule: Schedule,
    ) -> Generator[Epoch, None, None]:
        """Train the fresh program: one phase, unless a family has more."""
        scalars = self.scalars(settings)
        phase = Phase(schedule.epochs, schedule.patience, scalars, looks=schedule.looks)
        yield from program.train(data, held_out, phase, seed)

    def scalars(self, settings: Settings) -> dict[str, float]:
        """The run-time hyperparameters that are numbers."""
        return {
            h.name: float(settings[h.name])
            for h in self.hyperparameters
            if h.when == "run" and h.kind is not str
        }

    def built_for(self, settings: Settings) -> dict[str, Any]:
        """The settings that need another program."""
        return {h.name: settings[h.name] for h in self.hyperparameters if h.when == "compile"}

    def program(self, shapes: Shapes, settings: Settings, widest: int, songs: int) -> Program:
        """The compiled program for these inputs, from this process's cache where it has one."""
        from models.programs import PROGRAMS
        from models.training import Program

        built_for = self.built_for(settings)
        complete = {"backbone": self.backbone, **settings, **built_for}
        return PROGRAMS.get(
            (self.name, *built_for.items(), *sorted(shapes.items()), widest, songs),
            lambda: Program(
                self.build(shapes, complete, widest, self.stochastic),
                self.loss,
                min(int(settings["batch_size"]), max(songs, 1)),
                widest,
            ),
        )

    def learn(self, train: Songs, settings: Settings) -> Arrays:
        """What has to be known of the training songs beside weights, saved with them."""
        return {}

    def check(self, learned: Arrays, shapes: Shapes) -> None:
        """Refuse what `learn` cannot have given."""
        if learned:
            raise ValueError(f"{', '.join(learned)}: a {self.name} has no such arrays")

    def shapes(self, train: Songs, learned: Arrays) -> dict[str, tuple[int, ...]]:
        """Shape of every input of one song."""
        return {name: getattr(train, name).shape[1:] for name in used_inputs(self, train)}

    def gather(self, songs: Songs, shapes: Shapes, settings: Settings, learned: Arrays) -> Arrays:
        """What the network is given of `songs`."""
        return inputs_of(songs, shapes)

    def encoder(
        self,
        settings: Settings,
        shapes: Shapes,
        weights: list[np.ndarray],
        learned: Arrays,
        program: Program,
    ) -> NeuralEncoder:
        """The encoder of these weights."""
        return NeuralEncoder(self, settings, shapes, weights, learned, program)

    def restore(self, settings: Settings, shapes: Shapes, arrays: Arrays) -> NeuralEncoder:
        """See `models.family.Family.restore`."""
        latent_size = int(settings["latent_size"])
        program = self.program(shapes, settings, widest_of(arrays, latent_size), 0)
        names = weight_names(len(program.places))
        learned = {n: array for n, array in arrays.items() if n not in {*names, WIDEST}}
        self.check(learned, shapes)
        for name, place in zip(names, program.places, strict=True):
            array = arrays.get(name, np.zeros(0))
            if array.shape != place.active(latent_size) or array.dtype.kind != "f":
                raise ValueError(f"{name} is not a weight of such a {self.name}")
        weights = [arrays[name] for name in names]
        return self.encoder(settings, shapes, weights, learned, program)
