"""One encoder per input, joined as a product of experts (Wu and Goodman 2018).

A song without lyrics has its audio's expert alone. No song lacks audio, so the prior need not be
an expert.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.family import Settings, Shapes
from models.neural import NeuralFamily

if TYPE_CHECKING:
    from models.networks import Network


def build(shapes: Shapes, settings: Settings, widest: int, stochastic: bool) -> Network:
    """Build an encoder for audio, one for lyrics, and the decoder of `models.networks`."""
    import keras

    from models.backbones import backbone
    from models.networks import Network, decoder, input_tensors, lyrics_units, posterior, product

    given = input_tensors(shapes)
    trunk = backbone(shapes["audio"], settings)
    audio = posterior(trunk.down(given["audio"]), widest, stochastic, "audio")
    hidden = lyrics_units(given, int(settings["width"]) // 2)
    lyrics = posterior(hidden, widest, stochastic, "lyrics")
    combined = product([(audio, None), (lyrics, given["has_lyrics"])])
    return Network(keras.Model(given, combined), decoder(shapes, settings, widest))


FAMILY = NeuralFamily("poe_vae", inputs=("audio", "lyrics"), optional=(), build=build)
