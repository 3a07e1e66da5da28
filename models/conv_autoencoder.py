"""The network of `conv_vae` with points for codes, and no KL term."""

from models.neural import NeuralFamily, deterministic

FAMILY = NeuralFamily(
    "conv_autoencoder", optional=(), backbone="conv", loss=deterministic, stochastic=False
)
