"""The variational autoencoder with dense layers (Kingma and Welling 2014)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.family import Settings, Shapes
from models.neural import MLP_SHAPE, NeuralFamily

if TYPE_CHECKING:
    from models.networks import Network


def build_mlp(shapes: Shapes, settings: Settings, widest: int, stochastic: bool) -> Network:
    """A dense network of `depth` hidden layers, the first `width` units wide."""
    from models.networks import mlp, mlp_widths

    widths = mlp_widths(int(settings["width"]), int(settings["depth"]))
    return mlp(shapes["audio"], widths, widest, stochastic)


FAMILY = NeuralFamily("mlp_vae", build_mlp, extra=MLP_SHAPE)
