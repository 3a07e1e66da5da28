"""The plain autoencoder: the same network as `mlp_vae`, with points for codes and no KL term."""

from __future__ import annotations

from models.mlp_vae import build_mlp
from models.neural import MLP_SHAPE, NeuralFamily

FAMILY = NeuralFamily("autoencoder", build_mlp, stochastic=False, extra=MLP_SHAPE)
