"""A saved encoder together with how songs are presented to it, for songs of any collection."""

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
class SongEncoder:
    """An encoder for songs as `data.load` gives them.

    Attributes
    ----------
    encoder : for songs that the presentation has been applied to.
    presentation : fitted on the songs that the encoder was trained on.
    kept : group -> name -> array that was saved beside it, such as those of its clusterer.
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
        """Return codes (n, latent_size) of songs.

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
        """Return songs as the encoder takes them."""
        return self.presentation.apply(checked_songs(songs))

    def decode(self, codes: np.ndarray, songs: Songs) -> Arrays:
        """Return inputs, as the encoder takes them, reconstructed from `codes`."""
        return self.encoder.decode(codes, self.present(songs))

    def kl(self, songs: Songs) -> np.ndarray | None:
        """Return the KL divergence of each song; see `models.family.Encoder.kl`."""
        return self.encoder.kl(self.present(songs))

    def arrays(self) -> Arrays:
        """Return the fitted parameters of the encoder."""
        return self.encoder.arrays()
