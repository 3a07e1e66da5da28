"""Networks that families are built from, with latent-facing layers the engine knows by name.

The engine masks unused latent dimensions; it recognises the weights that have an axis of them by
the names given here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import keras
import tensorflow as tf
from keras import layers

from models.backbones import backbone
from models.family import Settings, Shapes
from models.initial import WeightSpec

CODE_MEAN = "code_mean"
CODE_LOG_VARIANCE = "code_log_variance"
FROM_CODE = "from_code"
MIXTURE = "mixture"
"""Names of the layers that touch the latent."""

LATENT_AXES = {
    (CODE_MEAN, "kernel"): 1,
    (CODE_MEAN, "bias"): 0,
    (CODE_LOG_VARIANCE, "kernel"): 1,
    (CODE_LOG_VARIANCE, "bias"): 0,
    (FROM_CODE, "kernel"): 0,
    (MIXTURE, "means"): 1,
    (MIXTURE, "log_variances"): 1,
}
"""Start of a layer's name, kind of weight -> the axis with one entry per latent dimension."""

LOG_VARIANCE_BOUND = 10.0
"""Log variances are clipped to +-10, far outside what training reaches, so exp stays finite."""


class Scale:
    """How large an input is to the layers, in variables that are set for each model.

    Attributes
    ----------
    down : (), what the encoder's layers see the input times.
    up : (features,), what the decoder's output is times.
    """

    def __init__(self, features: int) -> None:
        self.down = tf.Variable(1.0, trainable=False)
        self.up = tf.Variable(tf.ones(features), trainable=False)


@dataclass(frozen=True)
class Network:
    """The two halves of an autoencoder.

    Batch normalisation is refused: the songs that fill up a last batch would count in it.

    Attributes
    ----------
    encoder : dictionary of inputs -> {"mean", and "log_variance" if stochastic}, (batch, latent).
    decoder : {"code": (batch, latent), and what it is conditioned on} -> reconstructed inputs.
    prior : weights of a learned prior.
    scales : input name -> its scale; an input that has none is seen and given as it is.
    """

    encoder: keras.Model
    decoder: keras.Model
    prior: tuple[keras.Variable, ...] = ()
    scales: Mapping[str, Scale] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.encoder.non_trainable_weights or self.decoder.non_trainable_weights:
            raise ValueError("a network may not have weights that are not trained by gradients")

    @property
    def weights(self) -> list[keras.Variable]:
        """All weights, in a fixed order."""
        return [
            *self.encoder.trainable_weights,
            *self.decoder.trainable_weights,
            *self.prior,
        ]

    @property
    def outputs(self) -> int:
        """Numbers that all layers together give for one song."""
        every = [layer for model in (self.encoder, self.decoder) for layer in model.layers]
        outputs = [output for layer in every for output in keras.tree.flatten(layer.output)]
        return sum(math.prod(output.shape[1:]) for output in outputs)

    def encode(self, inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Return the code's distribution, from those of `inputs` that the encoder takes."""
        given = {name: inputs[name] for name in self.encoder.input}
        return self.encoder(
            given | {name: given[name] * scale.down for name, scale in self.scales.items()}
        )

    def decode(self, code: tf.Tensor, inputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Return reconstructed inputs, by name."""
        given = {**inputs, "code": code}
        outputs = self.decoder({name: given[name] for name in self.decoder.input})
        return outputs | {name: outputs[name] * scale.up for name, scale in self.scales.items()}


def weight_spec(weight: keras.Variable) -> WeightSpec:
    """Return what a Keras weight is, by the names that this module gives to layers."""
    layer, kind = weight.path.split("/")[-2:]
    axes = [LATENT_AXES[key] for key in LATENT_AXES if layer.startswith(key[0]) and key[1] == kind]
    latent_axis = axes[0] if axes else None
    start: str | float = "glorot" if kind == "kernel" else (1.0 if kind == "gamma" else 0.0)
    return WeightSpec(tuple(weight.shape), latent_axis, start)


def joint(shapes: Shapes, settings: Settings, widest: int, stochastic: bool) -> Network:
    """Build one encoder of all inputs and one decoder of audio and lyrics.

    Audio passes through the backbone that `settings` ask for. Lyrics and condition, where
    `shapes` have them, join behind it; the decoder is given the condition again.
    """
    given = input_tensors(shapes)
    trunk = backbone(shapes["audio"], settings)
    hidden = trunk.down(given["audio"])
    beside = []
    if "lyrics" in shapes:
        beside.append(lyrics_units(given, int(settings["width"]) // 2))
    if "condition" in shapes:
        beside.append(given["condition"])
    if beside:
        hidden = layers.Concatenate()([hidden, *beside])
        hidden = layers.Dense(int(settings["width"]), activation="relu")(hidden)
    encoder = keras.Model(given, posterior(hidden, widest, stochastic))
    return Network(encoder, decoder(shapes, settings, widest))


def decoder(shapes: Shapes, settings: Settings, widest: int) -> keras.Model:
    """Build the decoder of audio and, where `shapes` have them, lyrics from code and condition."""
    code = keras.Input((widest,), name="code")
    given = {"code": code}
    if "condition" in shapes:
        given["condition"] = keras.Input(tuple(shapes["condition"]), name="condition")

    def start(units: int, name: str) -> keras.KerasTensor:
        hidden = layers.Dense(units, name=f"{FROM_CODE}_{name}")(code)
        if "condition" not in given:
            return hidden
        shift = layers.Dense(units, use_bias=False)(given["condition"])
        return layers.Add()([hidden, shift])

    trunk = backbone(shapes["audio"], settings)
    outputs = {"audio": trunk.up(start(trunk.units, "audio"))}
    if "lyrics" in shapes:
        hidden = layers.ReLU()(start(int(settings["width"]) // 2, "lyrics"))
        hidden = layers.Dense(shapes["lyrics"][0])(hidden)
        # Keras orders weights by depth, and files of older models have them at this one.
        outputs["lyrics"] = layers.Identity()(hidden)
    return keras.Model(given, outputs)


def input_tensors(shapes: Shapes) -> dict[str, keras.KerasTensor]:
    """Make a Keras input for each input; lyrics are accompanied by `has_lyrics`."""
    sizes = {name: tuple(shape) for name, shape in shapes.items()}
    if "lyrics" in sizes:
        sizes["has_lyrics"] = (1,)
    return {name: keras.Input(size, name=name) for name, size in sizes.items()}


def lyrics_units(given: Mapping[str, keras.KerasTensor], units: int) -> keras.KerasTensor:
    """Return hidden units of the lyrics and whether there are any; all 0 for a song without."""
    hidden = layers.Dense(units, activation="relu")(given["lyrics"])
    masked = layers.Multiply()([hidden, given["has_lyrics"]])
    return layers.Concatenate()([masked, given["has_lyrics"]])


def posterior(
    hidden: keras.KerasTensor, widest: int, stochastic: bool, of: str = "all"
) -> dict[str, keras.KerasTensor]:
    """Add the last layers of an encoder: the posterior's mean and, if stochastic, log variance."""
    outputs = {"mean": layers.Dense(widest, name=f"{CODE_MEAN}_{of}")(hidden)}
    if stochastic:
        raw = layers.Dense(widest, name=f"{CODE_LOG_VARIANCE}_{of}")(hidden)
        bounded = keras.ops.clip(raw, -LOG_VARIANCE_BOUND, LOG_VARIANCE_BOUND)
        outputs["log_variance"] = bounded
    return outputs


def product(
    experts: Sequence[tuple[Mapping[str, keras.KerasTensor], keras.KerasTensor | None]],
) -> dict[str, keras.KerasTensor]:
    """Return the normalised product of Gaussians: precisions add up, and weigh the means.

    `experts` are a posterior each, and (batch, 1) of 1 and 0 that says for which songs it counts;
    None for an expert that always does.
    """
    total, weighted = 0.0, 0.0
    for outputs, present in experts:
        precision = keras.ops.exp(-outputs["log_variance"])
        if present is not None:
            precision = precision * present
        total = total + precision
        weighted = weighted + precision * outputs["mean"]
    return {"mean": weighted / total, "log_variance": -keras.ops.log(total)}
