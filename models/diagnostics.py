"""What an encoder keeps of songs: reconstruction, KL divergence, active units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from models.distances import error_of_outputs
from models.family import Encoder, Measures
from models.inputs import SONG_INPUTS

if TYPE_CHECKING:
    from data import Songs

ACTIVE_VARIANCE = 0.01
"""A unit is active when its mean's variance over songs exceeds this (Burda et al. 2016)."""


def diagnose(
    encoder: Encoder, codes: np.ndarray, songs: Songs, spreads: Mapping[str, float], seed: int
) -> dict[str, float | int | list[float] | None]:
    """Return columns that describe `encoder` on `songs`, whose codes are given.

    Parameters
    ----------
    codes : (n, latent_size), of these songs.
    spreads : input name -> sum of squared differences between these songs, those that have it,
        and its mean over the training songs: the prediction that R2 is against.
    seed : of the permutation of codes for `shuffle_drop`.

    Returns
    -------
    reconstruction_loss : half the squared error summed over features, mean over songs.
    kl : KL divergence, sum over dimensions, mean over songs; None for a family without.
    kl_per_dimension : what each dimension has of it, (latent_size,).
    r2 : share of the inputs' variance explained, at most 1.
    shuffle_drop : what is lost of it when every song gets another song's code.
    active_units : dimensions whose code varies over songs by more than 0.01. Against a standard
        normal prior the KL divergence of each is above half of that: it is at least half the mean
        square of the code.
    """
    order = np.random.default_rng(seed).permutation(len(codes))
    own = _error(encoder, codes, songs)
    wrong = _error(encoder, codes[order], songs)
    spread = sum(spreads[name] for name in SONG_INPUTS if name in encoder.shapes)
    kl = encoder.kl(songs)
    return {
        "reconstruction_loss": 0.5 * own / len(codes),
        "kl": None if kl is None else float(kl.sum(axis=1).mean()),
        "kl_per_dimension": None if kl is None else kl.mean(axis=0, dtype=np.float64).tolist(),
        "r2": 1.0 - own / spread if spread else 0.0,
        "shuffle_drop": (wrong - own) / spread if spread else 0.0,
        "active_units": int((codes.var(axis=0) > ACTIVE_VARIANCE).sum()),
    }


def _error(encoder: Encoder, codes: np.ndarray, songs: Songs) -> float:
    """Return the sum of squared differences between songs and what is decoded for them."""
    if isinstance(encoder, Measures):
        return encoder.squared_error(codes, songs)
    outputs = encoder.decode(codes, songs)
    return error_of_outputs({name: getattr(songs, name) for name in outputs}, outputs, songs)
