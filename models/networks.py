"""Keras networks that families are built from, with latent-facing layers the engine knows by name.

The engine masks unused latent dimensions; it recognises the layers that touch the latent by the
names given here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import keras

CODE_MEAN = "code_mean"
CODE_LOG_VARIANCE = "code_log_variance"
FROM_CODE = "from_code"

LOG_VARIANCE_BOUND = 10.0
"""Log variances are clipped to +-10, far outside what training reaches, so exp stays finite."""


@dataclass(frozen=True)
class Network:
    """The two halves of an autoencoder.

    Attributes
    ----------
    encoder : dictionary of inputs -> {"mean", and "log_variance" if stochastic}, (batch, latent).
    decoder : {"code": (batch, latent)} -> dictionary of reconstructed inputs.
    """

    encoder: keras.Model
    decoder: keras.Model

    @property
    def weights(self) -> list[keras.Variable]:
        return [*self.encoder.trainable_variables, *self.decoder.trainable_variables]


def mlp_widths(width: int, depth: int) -> list[int]:
    """Hidden layer widths, each half of the one before, at least 16 units."""
    return [max(16, width >> level) for level in range(depth)]


def code_outputs(
    hidden: keras.KerasTensor, widest: int, stochastic: bool
) -> dict[str, keras.KerasTensor]:
    """The layers that end an encoder: the posterior's mean and, if stochastic, log variance."""
    outputs = {"mean": keras.layers.Dense(widest, name=CODE_MEAN)(hidden)}
    if stochastic:
        raw = keras.layers.Dense(widest, name=CODE_LOG_VARIANCE)(hidden)
        bounded = keras.ops.clip(raw, -LOG_VARIANCE_BOUND, LOG_VARIANCE_BOUND)
        outputs["log_variance"] = bounded
    return outputs


def mlp(shape: Sequence[int], widths: Sequence[int], widest: int, stochastic: bool) -> Network:
    """Dense encoder and its mirror image; the output is linear (a Gaussian decoder).

    `shape` is that of one song's audio; `widths` are the hidden layers' units from the input on;
    `widest` is the number of latent units built.
    """
    audio = keras.Input(tuple(shape), name="audio")
    hidden = keras.layers.Flatten()(audio)
    for units in widths:
        hidden = keras.layers.Dense(units, activation="relu")(hidden)
    encoder = keras.Model({"audio": audio}, code_outputs(hidden, widest, stochastic))

    code = keras.Input((widest,), name="code")
    back = list(reversed(widths))
    hidden = code
    for position, units in enumerate(back):
        name = FROM_CODE if position == 0 else None
        hidden = keras.layers.Dense(units, activation="relu", name=name)(hidden)
    size = math.prod(shape)
    flat = keras.layers.Dense(size, name=None if back else FROM_CODE)(hidden)
    decoder = keras.Model({"code": code}, {"audio": keras.layers.Reshape(tuple(shape))(flat)})
    return Network(encoder, decoder)
