"""The plain autoencoder: points for codes, and no KL term."""

from models.neural import NeuralFamily, deterministic

FAMILY = NeuralFamily("autoencoder", loss=deterministic, stochastic=False)
