"""The variational autoencoder that convolves over mels and frames."""

from models.neural import NeuralFamily

FAMILY = NeuralFamily("conv_vae", optional=(), backbone="conv")
