"""The training engine: one compiled program serves every run-time setting of a family.

A program is compiled once per family, compile-time hyperparameters, input shapes and number of
training songs. Latent size, seed and all other hyperparameters are its inputs: the latent is
built at the widest size asked of it and a mask switches dimensions off, in the code and in every
sum over dimensions. Weights and optimiser are reset in place between trials. Order and noise are
drawn here and not by the device, so that they depend on the seed alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Mapping
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from models.adam import Adam
from models.bases import Scales
from models.compiling import Compiled
from models.family import Arrays
from models.feeding import applied_together, batches, blocks, count_of, device, joined
from models.initial import draw
from models.losses import Batch, Loss
from models.networks import Network, weight_spec
from models.phase import Phase, Scalars
from models.schedule import Diverged, Epoch

XLA = {"CPU": False, "GPU": True}
"""Whether XLA compiles the epoch, by device. On one CPU core an epoch of 576 songs of 64x128 took
`mlp` .22 s with it and .21 s without, after 1.2 s more of compiling, and `conv` 38 s and .64 s:
XLA does not hand the gradients of convolutions to oneDNN. GPUs: not measured."""


class Means(NamedTuple):
    """Terms of the loss, means over songs."""

    reconstruction: float
    kl: float
    penalty: float

    @property
    def loss(self) -> float:
        return self.reconstruction + self.penalty


class Program:
    """A network, its optimiser and the compiled functions that train and apply it."""

    def __init__(self, network: Network, loss: Loss, batch_size: int, widest: int) -> None:
        self.network = network
        self.loss = loss
        self.batch_size = batch_size
        self.widest = widest
        self.specs = [weight_spec(weight) for weight in network.weights]
        self.together = applied_together(network.outputs)
        self._train = Compiled(self._steps, xla=XLA[device()])
        self._measure = Compiled(self._sums, any_count=True)
        self._encode = Compiled(network.encode, any_count=True)
        self._decode = Compiled(network.decode, any_count=True)
        self._owner: object = None

    # -- weights ---------------------------------------------------------------------------

    @cached_property
    def optimizer(self) -> Adam:
        """Made at the first training: a network that is only applied does without its memory."""
        return Adam(self.network.weights)

    @cached_property
    def _best(self) -> tuple[Callable[[], None], Callable[[], None]]:
        """What keeps the weights in place as the best ones so far, and what puts those back."""
        kept = [tf.Variable(tf.zeros(spec.shape)) for spec in self.specs]
        weights = self.network.weights
        return (
            Compiled(partial(assign, kept, weights)),
            Compiled(partial(assign, weights, kept)),
        )

    def reset(self, seed: int, latent_size: int, scales: Scales | None = None) -> None:
        """Start a trial: fresh weights for `seed` with `latent_size` active dimensions."""
        self._take(object(), draw(self.specs, seed, latent_size), latent_size, scales or {})
        self.optimizer.forget()

    def sliced_weights(self) -> list[np.ndarray]:
        """Return the weights without inactive latent dimensions: those of the small network."""
        sliced = [
            weight.numpy()[spec.slices(self.latent_size)]
            for weight, spec in zip(self.network.weights, self.specs, strict=True)
        ]
        self._owner = sliced
        return sliced

    def load(
        self, sliced: list[np.ndarray], latent_size: int, scales: Scales | None = None
    ) -> None:
        """Put weights of a small network in place, unless they are there already."""
        if self._owner is not sliced:
            pairs = zip(self.specs, sliced, strict=True)
            weights = (spec.widened(array) for spec, array in pairs)
            self._take(sliced, weights, latent_size, scales or {})

    def _take(
        self, owner: object, weights: Iterable[np.ndarray], latent_size: int, scales: Scales
    ) -> None:
        self._owner = owner
        for name, scale in self.network.scales.items():
            down, up = scales.get(name, (1.0, 1.0))
            scale.down.assign(down)
            scale.up.assign(np.broadcast_to(up, scale.up.shape))
        self.latent_size = latent_size
        self.mask = tf.constant(np.arange(self.widest) < latent_size, tf.float32)
        for weight, array in zip(self.network.weights, weights, strict=True):
            weight.assign(array)

    # -- compiled functions ----------------------------------------------------------------

    def step(self, batch: Batch) -> tf.Tensor:
        """Take a gradient step; return sums of the loss's terms over the songs present, (3,)."""
        weights = self.network.weights
        with tf.GradientTape() as tape:
            terms = self.loss(self.network, batch)
            losses = batch.present * (terms.reconstruction + terms.penalty)
            loss = tf.reduce_sum(losses) / tf.reduce_sum(batch.present)
        gradients = tape.gradient(loss, weights, unconnected_gradients="zero")
        self.optimizer.apply(gradients, batch.scalars["learning_rate"])
        return tf.stack([tf.reduce_sum(batch.present * term) for term in terms])

    def _steps(
        self,
        data: Mapping[str, tf.Tensor],
        order: tf.Tensor,
        present: tf.Tensor,
        noise: tf.Tensor,
        mask: tf.Tensor,
        scalars: Mapping[str, tf.Tensor],
    ) -> tf.Tensor:
        """Take a step for each row of `order` (steps, batch); return sums of the terms."""
        sums = tf.zeros(3)
        for index in tf.range(order.shape[0]):
            inputs = {name: tf.gather(array, order[index]) for name, array in data.items()}
            sums += self.step(Batch(inputs, present[index], noise[index], mask, scalars))
        return sums

    def _sums(
        self,
        inputs: Mapping[str, tf.Tensor],
        noise: tf.Tensor,
        mask: tf.Tensor,
        scalars: Mapping[str, tf.Tensor],
    ) -> tf.Tensor:
        present = tf.ones_like(noise[:, 0])
        terms = self.loss(self.network, Batch(inputs, present, noise, mask, scalars))
        return tf.stack([tf.reduce_sum(term) for term in terms])

    # -- training --------------------------------------------------------------------------

    def train(
        self, data: Arrays, held_out: Arrays, phase: Phase, seed: int
    ) -> Generator[Epoch, None, None]:
        """Train on from the weights in place, yield every epoch, end at those of the best one.

        The last batch of an epoch is filled up with songs that do not count, so every step has
        the same shape and every song counts once. Validation losses are of codes drawn with the
        same noise in every epoch, at the full beta; they are compared once it is reached.

        Raises
        ------
        Diverged
            At the first epoch whose loss is NaN or infinite.
        RuntimeError
            When another encoder of this program was used between two epochs.
        """
        owner, count = self._owner, count_of(data)
        lowest, waited = np.inf, 0
        keep, put_back = self._best
        keep()
        for number in range(phase.first, phase.first + phase.epochs):
            started = time.perf_counter()
            trained = self._epoch(data, np.random.default_rng([seed, number, 1]), phase.at(number))
            held = self.measure(held_out, phase.scalars, count, seed)
            if not np.isfinite([trained.loss, held.loss]).all():
                raise Diverged(f"the loss was not finite at epoch {number}: lower learning_rate")
            if number <= phase.warm or held.loss < lowest:
                lowest, waited = held.loss, 0
                keep()
            else:
                waited += 1
            yield Epoch(
                epoch=number,
                loss=trained.loss,
                reconstruction_loss=trained.reconstruction,
                kl=trained.kl,
                validation_loss=held.loss,
                validation_reconstruction_loss=held.reconstruction,
                validation_kl=held.kl,
                seconds=time.perf_counter() - started,
                codes=self._codes(data, held_out) if number in phase.looks else None,
            )
            if self._owner is not owner:
                raise RuntimeError("an encoder was used while another one of its kind trained")
            if phase.patience and waited >= phase.patience:
                break
        put_back()

    def _codes(self, data: Arrays, held_out: Arrays) -> Arrays:
        parts = {"train": data, "validation": held_out}
        return {part: self.encode(inputs)["mean"] for part, inputs in parts.items()}

    def _epoch(self, data: Arrays, random: np.random.Generator, scalars: Scalars) -> Means:
        count = count_of(data)
        given = self._scalars(scalars, count)
        sums = np.zeros(3)
        for block in blocks(data, random.permutation(count), self.batch_size):
            noise = self._noise(random, *block.order.shape)
            sums += self._train(
                block.inputs, block.order, block.present, noise, self.mask, given
            ).numpy()
        return Means(*map(float, sums / count))

    def measure(self, data: Arrays, scalars: Scalars, songs: int, seed: int) -> Means:
        """Return terms of the loss on `data` under noise that depends on the seed alone."""
        random, given = np.random.default_rng([seed, 0, 1]), self._scalars(scalars, songs)
        sums = np.zeros(3)
        for inputs in batches(data, self.together):
            noise = self._noise(random, count_of(inputs))
            sums += self._measure(inputs, noise, self.mask, given).numpy()
        return Means(*map(float, sums / count_of(data)))

    def _noise(self, random: np.random.Generator, *shape: int) -> tf.Tensor:
        """Draw standard normal (*shape, widest): a number per dimension in use, then zeros."""
        noise = np.zeros((*shape, self.widest), np.float32)
        noise[..., : self.latent_size] = random.standard_normal(
            (*shape, self.latent_size), np.float32
        )
        return tf.constant(noise)

    def _scalars(self, scalars: Scalars, songs: int) -> dict[str, tf.Tensor]:
        given = {**scalars, "songs": songs}
        return {name: tf.constant(value, tf.float32) for name, value in given.items()}

    # -- application -----------------------------------------------------------------------

    def encode(self, data: Arrays) -> Arrays:
        """Return code "mean", and "log_variance" where there is one, (n, latent_size) each."""
        outputs = joined([self._encode(batch) for batch in batches(data, self.together)])
        return {name: array[:, : self.latent_size] for name, array in outputs.items()}

    def decode(self, codes: np.ndarray, data: Arrays) -> Arrays:
        """Return inputs reconstructed from codes (n, latent_size) and what `data` adds to them."""
        wide = np.zeros((len(codes), self.widest), np.float32)
        wide[:, : codes.shape[1]] = codes
        needed = {name: data[name] for name in self.network.decoder.input if name != "code"}
        pieces = batches({**needed, "code": wide}, self.together)
        return joined([self._decode(piece["code"], piece) for piece in pieces])


def assign(targets: list, values: list) -> None:
    """Copy each of `values` into the variable in its place."""
    for target, value in zip(targets, values, strict=True):
        target.assign(tf.convert_to_tensor(value))
