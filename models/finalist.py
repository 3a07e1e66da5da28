"""A saved encoder together with how songs must be presented to it: new songs in, codes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.errors import ModelError
from models.family import Arrays, Encoder, Settings, Shapes
from models.inputs import all_finite, checked_songs

if TYPE_CHECKING:
    import numpy as np

    from data import Songs
    from data.presentation import Presentation


@dataclass(frozen=True)
class Finalist:
    """An encoder for songs as they are in a collection.

    Attributes
    ----------
    encoder : for songs already presented.
    presentation : fitted on the songs that the encoder was trained on.
    kept : what was saved beside it, such as its clusterer, as arrays by group and name.
    """

    encoder: Encoder
    presentation: Presentation
    kept: Mapping[str, Arrays] = field(default_factory=dict)

    @property
    def family(self) -> str:
        """Name of the family."""
        return self.encoder.family

    @property
    def settings(self) -> Settings:
        """Every hyperparameter of the encoder."""
        return self.encoder.settings

    @property
    def shapes(self) -> Shapes:
        """Shapes of the inputs once presented."""
        return self.encoder.shapes

    def encode(self, songs: Songs) -> np.ndarray:
        """Codes (n, latent_size) of songs as `data.load` gives them.

        Raises
        ------
        ModelError, data.DataError
            When the songs are not of the layout that it takes, or the codes are not finite.
        """
        codes = self.encoder.encode(self.present(songs))
        if not all_finite(codes):
            raise ModelError(f"the {self.family} gives these songs codes that are not finite")
        return codes

    def present(self, songs: Songs) -> Songs:
        """Songs as the encoder sees them."""
        return self.presentation.apply(checked_songs(songs))

    def reconstruct(self, songs: Songs) -> Arrays:
        """The songs' inputs as the encoder sees them, encoded and decoded again."""
        presented = self.present(songs)
        return self.encoder.decode(self.encoder.encode(presented), presented)

    def decode(self, codes: np.ndarray, songs: Songs) -> Arrays:
        """Inputs, as the encoder sees them, of `codes`."""
        return self.encoder.decode(codes, self.present(songs))

    def kl(self, songs: Songs) -> np.ndarray | None:
        """See `models.family.Encoder.kl`."""
        return self.encoder.kl(self.present(songs))

    def arrays(self) -> Arrays:
        """Fitted parameters of the encoder."""
        return self.encoder.arrays()
