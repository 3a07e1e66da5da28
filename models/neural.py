"""Families trained by gradient descent: what they share, so that each declares its difference.

TensorFlow is imported when a family is fitted or restored, never before.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from models import bases
from models.bases import Bases
from models.components import ComponentSongs, shape_of
from models.errors import ModelError, shown
from models.family import Arrays, Settings, Shapes
from models.hyperparameters import BACKBONES, BETA, LATENT_SIZE, TRAINING, WARM_UP, Hyperparameter
from models.importing import import_tensorflow
from models.inputs import (
    SMALLEST_MAP,
    check_shapes,
    checked_songs,
    is_map,
    missing_input,
    used_inputs,
)
from models.neural_encoder import NeuralEncoder, learned_of, weights_of, widest_of
from models.numbers import checked_seed
from models.phase import Phase
from models.schedule import Epoch, Schedule
from models.settings import completed
from models.size import affordable_width, check_size

if TYPE_CHECKING:
    from data import Songs
    from models.initial import WeightSpec
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
    auto : what "auto" is for maps; anything else has dense layers.
    build, loss : the network and the loss; they import Keras and TensorFlow when they are called,
        so that declaring a family does not.
    stochastic : whether codes are distributions with a KL term, or points.
    extra : hyperparameters that other families do not have. The loss finds every numeric one of
        run time among `Batch.scalars`.
    beside : inputs that are made of the songs' labels.
    tuned : defaults other than the usual ones, by name.
    """

    name: str
    inputs: tuple[str, ...] = ("audio",)
    optional: tuple[str, ...] = ("lyrics",)
    backbone: str = "auto"
    auto: str = "mlp"
    build: Build = joint
    loss: Loss = variational
    stochastic: bool = True
    extra: tuple[Hyperparameter, ...] = ()
    beside: tuple[str, ...] = ()
    tuned: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def hyperparameters(self) -> tuple[Hyperparameter, ...]:
        """See `models.family.Family`."""
        beta = (BETA, WARM_UP) if self.stochastic else ()
        own = (LATENT_SIZE, *beta, *TRAINING, *BACKBONES[self.backbone], *self.extra)
        return tuple(replace(h, default=self.tuned.get(h.name, h.default)) for h in own)

    def refusal(self, songs: Songs, settings: Settings) -> str | None:
        """See `models.family.Family.refusal`."""
        songs = checked_songs(songs)
        if songs.audio is None:
            return missing_input(self, songs)
        shape = shape_of(songs, "audio")
        convolves = self.backbone_of(shape, settings) == "conv"
        if convolves and isinstance(songs, ComponentSongs):
            return f"{self.name} convolves maps, and these songs are components"
        return self.misfit(shape, settings) or missing_input(self, songs)

    def misfit(self, shape: tuple[int, ...], settings: Settings) -> str | None:
        """Return one sentence that says why it takes no audio of this shape; None if it does."""
        if self.backbone_of(shape, settings) == "conv" and not is_map(shape):
            kind = "x".join(map(str, shape)) if len(shape) > 1 else f"vectors of {shape[0]}"
            least = f"{SMALLEST_MAP}x{SMALLEST_MAP}"
            return f"{self.name} convolves maps of {least} or more, and these songs are {kind}"
        return None

    def backbone_of(self, shape: tuple[int, ...], settings: Settings) -> str:
        """Return the backbone for audio of this shape: "mlp" or "conv"."""
        chosen = str(settings.get("backbone", self.backbone))
        if chosen == "auto":
            return self.auto if is_map(shape) else "mlp"
        return chosen

    def fit(
        self, train: Songs, validation: Songs, settings: Settings, seed: int, schedule: Schedule
    ) -> Generator[Epoch, None, NeuralEncoder]:
        """See `models.family.Family.fit`."""
        settings, seed = completed(self, settings), checked_seed(seed)
        if reason := self.refusal(train, settings):
            raise ModelError(reason)
        if not isinstance(schedule, Schedule):
            raise ModelError(f"{self.name} needs a models.Schedule to train by")
        if not len(train) or not len(checked_songs(validation)):
            raise ModelError(f"{self.name} needs songs to train on and songs to validate on")
        learned = self.learn(train, settings)
        shapes = self.shapes(train, learned)
        data = self.gather(train, shapes, settings, learned)
        held_out = self.gather(validation, shapes, settings, learned)
        widest = LATENT_SIZE.check(max(schedule.widest, settings["latent_size"]))
        found = Bases.of(learned)
        program = self.program(found.given(shapes), settings, widest, len(train))
        program.reset(seed, int(settings["latent_size"]), found.scales(shapes))
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
        """Return the run-time hyperparameters that are numbers."""
        return {
            h.name: float(settings[h.name])
            for h in self.hyperparameters
            if h.when == "run" and h.kind is not str
        }

    def built_for(self, settings: Settings) -> dict[str, Any]:
        """Return the settings that need another program."""
        return {h.name: settings[h.name] for h in self.hyperparameters if h.when == "compile"}

    def program(self, shapes: Shapes, settings: Settings, widest: int, songs: int) -> Program:
        """Return the compiled program for these inputs, from the cache of this process if there.

        Parameters
        ----------
        shapes : of what the network is given, see `models.bases`.

        Raises
        ------
        ModelError
            When its network would have too many weights; before it is built.
        """
        import_tensorflow()
        from models.programs import PROGRAMS
        from models.training import Program

        def built() -> Program:
            check_size(self.name, self.weight_specs(shapes, settings, widest), shapes)
            batch_size = min(int(settings["batch_size"]), max(songs, 1))
            return Program(self.network(shapes, settings, widest), self.loss, batch_size, widest)

        built_for = self.built_for(settings).items()
        key = (self.name, *built_for, *sorted(shapes.items()), widest, songs)
        return PROGRAMS.get(key, built)

    def network(self, shapes: Shapes, settings: Settings, widest: int) -> Network:
        """Return the network for these inputs, with its starting weights."""
        import_tensorflow()
        from models.networks import Scale

        complete = {
            **settings,
            **self.built_for(settings),
            "backbone": self.backbone_of(shapes["audio"], settings),
        }
        network = self.build(shapes, complete, widest, self.stochastic)
        vectors = [name for name in network.decoder.output if len(shapes[name]) == 1]
        return replace(network, scales={name: Scale(shapes[name][0]) for name in vectors})

    def weight_specs(self, shapes: Shapes, settings: Settings, widest: int) -> list[WeightSpec]:
        """Return what the weights of that network would be; none of them takes memory."""
        import_tensorflow()
        import keras

        from models.networks import weight_spec

        with keras.StatelessScope(initialize_variables=False):
            return [
                weight_spec(weight) for weight in self.network(shapes, settings, widest).weights
            ]

    def learn(self, train: Songs, settings: Settings) -> Arrays:
        """Learn what has to be known of training songs beside weights; it is saved with them.

        Where layers are dense there is a basis of each input.
        """
        known = self.known(train, settings)
        shapes = self.shapes(train, known)
        if self.backbone_of(shapes["audio"], settings) == "conv":
            return known
        found = bases.learn(train, shapes, float(settings["variance_kept"]))
        return {**known, **found.arrays()}

    def known(self, train: Songs, settings: Settings) -> Arrays:
        """Return what has to be known of the labels of training songs."""
        return {}

    def check(self, learned: Arrays, shapes: Shapes, settings: Settings) -> None:
        """Refuse what `learn` cannot have given.

        A network without bases is given whole songs, as all were once.
        """
        dense = self.backbone_of(shapes["audio"], settings) == "mlp"
        expected = bases.read(learned, shapes).arrays() if dense else {}
        if extra := learned.keys() - expected.keys():
            raise ModelError(f"a {self.name} has no arrays {shown(sorted(extra))}")

    def shapes(self, train: Songs, learned: Arrays) -> dict[str, tuple[int, ...]]:
        """Return shape of every input of one song."""
        return {name: shape_of(train, name) for name in used_inputs(self, train)}

    def gather(self, songs: Songs, shapes: Shapes, settings: Settings, learned: Arrays) -> Arrays:
        """Return what the network is given of `songs`."""
        return Bases.of(learned).gather(songs, shapes)

    def encoder(
        self,
        settings: Settings,
        shapes: Shapes,
        weights: list[np.ndarray],
        learned: Arrays,
        program: Program,
    ) -> NeuralEncoder:
        """Return the encoder of these weights."""
        return NeuralEncoder(self, settings, shapes, weights, learned, program)

    def restore(self, settings: Settings, shapes: Shapes, arrays: Arrays) -> NeuralEncoder:
        """See `models.family.Family.restore`."""
        settings = completed(self, settings)
        check_shapes(self, shapes, self.beside)
        if reason := self.misfit(tuple(shapes["audio"]), settings):
            raise ModelError(reason)
        latent_size = settings["latent_size"]
        widest = widest_of(arrays, latent_size)
        learned = learned_of(arrays)
        self.check(learned, shapes, settings)
        given = Bases.of(learned).given(shapes)
        specs = self.weight_specs(given, settings, widest)
        weights = weights_of(arrays, specs, latent_size, self.name)
        widest = affordable_width(specs, latent_size, widest)
        program = self.program(given, settings, widest, 0)
        return self.encoder(settings, shapes, weights, learned, program)
