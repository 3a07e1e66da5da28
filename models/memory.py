"""What a family takes of a GPU's memory while it trains: a bound from its network, by counting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from models.bases import most_given
from models.family import Family, Settings
from models.gpu import CONTEXT_BYTES
from models.neural import NeuralFamily

if TYPE_CHECKING:
    from data import Songs

COPIES_OF_WEIGHTS = 6
"""Weights, gradients, the two means of Adam, the best weights so far, and one in passing."""

COPIES_OF_OUTPUTS = 3
"""Outputs of a layer, their gradients, and one in passing."""


def training_bytes(family: Family, train: Songs, settings: Settings, widest: int) -> int:
    """Return bytes that training takes; 0 for a family that does not train on a device.

    Weights and outputs of all layers are counted as if none were freed early, and dense layers as
    if songs had as many components as they can have, so it is an upper bound but for what the
    libraries of a GPU set aside for themselves.

    Parameters
    ----------
    train : the training songs, of which only shapes and labels count.
    settings : complete, see `models.family.defaults`.
    widest : latent size that the network is built for.
    """
    from models.feeding import RESIDENT_BYTES

    if not isinstance(family, NeuralFamily) or family.refusal(train, settings):
        return 0
    shapes = family.shapes(train, family.known(train, settings))
    dense = family.backbone_of(shapes["audio"], settings) == "mlp"
    given = most_given(shapes, len(train)) if dense else shapes
    program = family.program(
        given, settings, max(widest, int(settings["latent_size"])), len(train)
    )
    network = program.network
    weights = sum(int(np.prod(weight.shape)) for weight in network.weights)
    songs = len(train) * sum(int(np.prod(shape)) for shape in given.values())
    together = max(program.batch_size * COPIES_OF_OUTPUTS, program.together)
    counted = weights * COPIES_OF_WEIGHTS + network.outputs * together
    # float32 takes four bytes; songs that are too many lie on the device block by block.
    return CONTEXT_BYTES + 4 * counted + min(4 * songs, RESIDENT_BYTES["GPU"])
