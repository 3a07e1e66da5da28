"""Hyperparameters that families share, each declared once."""

from __future__ import annotations

from models.family import Hyperparameter

LATENT_SIZE = Hyperparameter(
    "latent_size", 16, "number of latent dimensions (units)", low=1, high=512, log=True
)
BETA = Hyperparameter(
    "beta", 1.0, "weight of the KL divergence in the loss", low=1e-4, high=1e4, log=True
)
TRAINING = (
    Hyperparameter("learning_rate", 1e-3, "step size of Adam", low=1e-5, high=1e-1, log=True),
    Hyperparameter(
        "batch_size", 64, "songs per gradient step", low=2, high=4096, log=True, when="compile"
    ),
)
BACKBONE = Hyperparameter(
    "backbone",
    "auto",
    "network of the audio: convolutional for maps and dense for vectors, or one of the two",
    choices=("auto", "mlp", "conv"),
    when="compile",
)
MLP_SHAPE = (
    Hyperparameter(
        "width", 256, "units of the first dense layer", low=16, high=4096, log=True, when="compile"
    ),
    Hyperparameter("depth", 2, "dense layers of the mlp backbone", low=0, high=6, when="compile"),
)
CONV_SHAPE = (
    Hyperparameter(
        "filters", 16, "filters of the first stage", low=2, high=256, log=True, when="compile"
    ),
    Hyperparameter("stages", 4, "convolutions of stride 2", low=1, high=6, when="compile"),
    Hyperparameter("residual", 0, "residual blocks in each stage", low=0, high=4, when="compile"),
)
BACKBONES = {
    "auto": (BACKBONE, *MLP_SHAPE, *CONV_SHAPE),
    "mlp": MLP_SHAPE,
    "conv": CONV_SHAPE,
}
WARM_UP = Hyperparameter(
    "warm_up", 10, "epochs over which beta grows from 0 to its value", low=0, high=1000
)
"""Without it the penalty can switch dimensions off before they have learned anything. Seen with
convolutions on 8x8 images: no active unit of ten in four of four seeds, all ten with it."""

SMALLEST_MAP = 8
"""Shortest side, in mels or frames, of what can be convolved."""


def is_map(shape: tuple[int, ...]) -> bool:
    """Whether one song's audio can be convolved."""
    return len(shape) == 2 and min(shape) >= SMALLEST_MAP
