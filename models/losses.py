"""Losses of a batch of songs, one function each; what they share is written once.

The reconstruction loss of a song is half the squared error summed over features: a Gaussian
decoder of unit variance, up to a constant. What is added to it is a family's penalty.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import tensorflow as tf

from models.networks import Network


@dataclass(frozen=True)
class Batch:
    """What a loss is given.

    Attributes
    ----------
    inputs : input name -> (batch, ...).
    present : (batch,), 0 for a song that only fills the batch up, else 1.
    noise : (batch, widest) standard normal; 0 at unused dimensions.
    mask : (widest,), 1 for a latent dimension in use, else 0.
    scalars : the family's run-time hyperparameters by name, and `songs`, the training songs.
    """

    inputs: Mapping[str, tf.Tensor]
    present: tf.Tensor
    noise: tf.Tensor
    mask: tf.Tensor
    scalars: Mapping[str, tf.Tensor]


class Terms(NamedTuple):
    """Per song, (batch,) each: the loss is `reconstruction + penalty`; `kl` is reported too."""

    reconstruction: tf.Tensor
    kl: tf.Tensor
    penalty: tf.Tensor


Loss = Callable[[Network, Batch], Terms]


class Sample(NamedTuple):
    """The posterior of each song and a code drawn from it, (batch, widest) each."""

    mean: tf.Tensor
    log_variance: tf.Tensor
    code: tf.Tensor


def deterministic(network: Network, batch: Batch) -> Terms:
    """Return reconstruction from the code mean, and no penalty."""
    reconstruction = reconstruct(network, batch, network.encode(batch.inputs)["mean"])
    nothing = tf.zeros_like(reconstruction)
    return Terms(reconstruction, nothing, nothing)


def variational(network: Network, batch: Batch) -> Terms:
    """Penalise by beta times the KL divergence (Kingma and Welling 2014; Higgins et al. 2017)."""
    posterior = sample(network, batch)
    kl = masked_sum(gaussian_kl(posterior.mean, posterior.log_variance), batch.mask)
    reconstruction = reconstruct(network, batch, posterior.code)
    return Terms(reconstruction, kl, batch.scalars["beta"] * kl)


def sample(network: Network, batch: Batch) -> Sample:
    """Encode, and add to the mean the batch's noise times the standard deviation."""
    outputs = network.encode(batch.inputs)
    mean, log_variance = outputs["mean"], outputs["log_variance"]
    return Sample(mean, log_variance, mean + tf.exp(0.5 * log_variance) * batch.noise)


def reconstruct(network: Network, batch: Batch, code: tf.Tensor) -> tf.Tensor:
    """Return reconstruction loss of each song from its code, (batch,)."""
    return half_squared_error(batch.inputs, network.decode(code * batch.mask, batch.inputs))


def half_squared_error(
    targets: Mapping[str, tf.Tensor], outputs: Mapping[str, tf.Tensor]
) -> tf.Tensor:
    """Return half the squared error summed over features of all inputs, (batch,).

    To it comes what the song has of an input `x` outside of the components that are its target
    (`x_outside`). An input that a song does not have (`has_x` is 0) costs it nothing.
    """
    total = tf.constant(0.0)
    for name, output in outputs.items():
        squares = tf.square(targets[name] - output)
        error = 0.5 * tf.reduce_sum(squares, axis=range(1, len(squares.shape)))
        if f"{name}_outside" in targets:
            error += targets[f"{name}_outside"][:, 0]
        if f"has_{name}" in targets:
            error *= targets[f"has_{name}"][:, 0]
        total += error
    return total


def gaussian_kl(mean: tf.Tensor, log_variance: tf.Tensor) -> tf.Tensor:
    """Return KL divergence of N(mean, exp(log_variance)) from N(0, 1), elementwise (nats)."""
    return 0.5 * (tf.exp(log_variance) + tf.square(mean) - 1.0 - log_variance)


def normal_log_density(value: tf.Tensor, mean: tf.Tensor, log_variance: tf.Tensor) -> tf.Tensor:
    """Return log density of N(mean, exp(log_variance)) at `value`, elementwise."""
    squared = tf.square(value - mean) * tf.exp(-log_variance)
    return -0.5 * (math.log(2.0 * math.pi) + log_variance + squared)


def masked_sum(values: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Return sum over the last axis of what the mask lets through."""
    return tf.reduce_sum(mask * values, axis=-1)
