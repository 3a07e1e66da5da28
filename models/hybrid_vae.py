"""One code of audio and lyrics, whose branches join early in one encoder."""

from models.neural import NeuralFamily

FAMILY = NeuralFamily("hybrid_vae", inputs=("audio", "lyrics"), optional=())
