"""The variational autoencoder with dense layers (Kingma and Welling 2014)."""

from models.neural import NeuralFamily

FAMILY = NeuralFamily("mlp_vae", backbone="mlp")
