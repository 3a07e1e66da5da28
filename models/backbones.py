"""Backbones: how audio becomes a vector of hidden units and comes back; dense or convolutional."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import layers

from models.family import Settings

SMALLEST_SIDE = 2
"""Convolutions halve a map as often as asked, until its shorter side would be below this."""

WIDEST_STAGE = 8
"""A stage has twice the filters of the one before, up to this many times those of the first."""


@dataclass(frozen=True)
class Backbone:
    """The two ways between songs of one shape and hidden units.

    Attributes
    ----------
    name : "mlp" or "conv".
    down : (batch, *shape) -> (batch, hidden).
    units : hidden units that `up` starts from.
    up : (batch, units), before their activation -> (batch, *shape), linear.
    """

    name: str
    down: Callable[[keras.KerasTensor], keras.KerasTensor]
    units: int
    up: Callable[[keras.KerasTensor], keras.KerasTensor]


def backbone(shape: tuple[int, ...], settings: Settings) -> Backbone:
    """Build the backbone that the settings name, "mlp" or "conv"."""
    if settings["backbone"] == "mlp":
        return _mlp(shape, int(settings["width"]), int(settings["depth"]))
    return _convolutional(
        shape, int(settings["filters"]), int(settings["stages"]), int(settings["residual"])
    )


def _mlp(shape: tuple[int, ...], width: int, depth: int) -> Backbone:
    """Build `depth` dense layers, each half as wide as the one before, at least 16 units."""
    widths = [max(16, width >> level) for level in range(depth)]
    size = math.prod(shape)

    def down(audio: keras.KerasTensor) -> keras.KerasTensor:
        hidden = layers.Flatten()(audio)
        for units in widths:
            hidden = layers.Dense(units, activation="relu")(hidden)
        return hidden

    def up(hidden: keras.KerasTensor) -> keras.KerasTensor:
        if widths:
            hidden = layers.ReLU()(hidden)
            for units in reversed(widths[:-1]):
                hidden = layers.Dense(units, activation="relu")(hidden)
            hidden = layers.Dense(size)(hidden)
        return layers.Reshape(shape)(hidden)

    return Backbone("mlp", down, widths[-1] if widths else size, up)


def _convolutional(shape: tuple[int, ...], filters: int, stages: int, residual: int) -> Backbone:
    """Build convolutions of stride 2 over (mels, frames), and their mirror image.

    Any map of 8x8 or more will do: an odd side is halved upwards, and what the way back has too
    much is cut off. `residual` blocks follow each stage (He et al. 2016).
    """
    sides = [shape]
    while len(sides) <= stages and min(sides[-1]) > SMALLEST_SIDE:
        sides.append(tuple(-(-side // 2) for side in sides[-1]))
    widths = [filters * min(2**stage, WIDEST_STAGE) for stage in range(len(sides) - 1)]
    smallest = (*sides[-1], widths[-1])

    def down(audio: keras.KerasTensor) -> keras.KerasTensor:
        maps = layers.Reshape((*shape, 1))(audio)
        for width in widths:
            maps = layers.Conv2D(width, 3, 2, padding="same", activation="relu")(maps)
            maps = _residual_blocks(maps, residual)
        return layers.Flatten()(maps)

    def up(hidden: keras.KerasTensor) -> keras.KerasTensor:
        maps = layers.Reshape(smallest)(layers.ReLU()(hidden))
        for width, side in zip([*widths[-2::-1], 1], sides[-2::-1], strict=True):
            maps = _residual_blocks(maps, residual)
            maps = layers.Conv2DTranspose(width, 3, 2, padding="same")(maps)
            if maps.shape[1:3] != side:
                maps = maps[:, : side[0], : side[1]]
            if width > 1:
                maps = layers.ReLU()(maps)
        return layers.Reshape(shape)(maps)

    return Backbone("conv", down, math.prod(smallest), up)


def _residual_blocks(maps: keras.KerasTensor, count: int) -> keras.KerasTensor:
    """Apply `count` blocks: two convolutions whose result is added to their input."""
    width = maps.shape[-1]
    for _ in range(count):
        inner = layers.Conv2D(width, 3, padding="same", activation="relu")(maps)
        inner = layers.Conv2D(width, 3, padding="same")(inner)
        maps = layers.ReLU()(layers.Add()([maps, inner]))
    return maps
