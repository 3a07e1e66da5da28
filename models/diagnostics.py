"""What an encoder keeps of songs: reconstruction, KL divergence, active units."""

from __future__ import annotations

import numpy as np

from data import Songs
from models.family import Arrays, Encoder

ACTIVE_VARIANCE = 0.01
"""A unit is active when its mean's variance over songs exceeds this (Burda et al. 2016)."""


def diagnose(
    encoder: Encoder, codes: np.ndarray, songs: Songs, train_means: Arrays, seed: int
) -> dict[str, float | int | None]:
    """Columns that describe `encoder` on `songs`, whose codes are given.

    Parameters
    ----------
    codes : (n, latent_size), of these songs.
    train_means : mean of each input over the training songs: the prediction that R2 is against.
    seed : of the permutation of codes for `r2_shuffled`.

    Returns
    -------
    reconstruction_loss : half the squared error summed over features, mean over songs.
    kl : KL divergence, sum over dimensions, mean over songs; None for a family without.
    r2, r2_shuffled : share of the inputs' variance explained (at most 1) from each song's own
        code and from another song's.
    active_units : dimensions whose code varies over songs by more than 0.01.
    """
    outputs = encoder.decode(codes, songs)
    shuffled = np.random.default_rng(seed).permutation(len(codes))
    wrong = encoder.decode(codes[shuffled], songs)
    targets = {name: getattr(songs, name) for name in outputs}
    error = sum(squared_error(targets[name], outputs[name]) for name in outputs)
    wrong_error = sum(squared_error(targets[name], wrong[name]) for name in outputs)
    spread = sum(squared_error(targets[name], train_means[name][None]) for name in outputs)
    kl = encoder.kl(songs)
    return {
        "reconstruction_loss": 0.5 * error / len(codes),
        "kl": None if kl is None else float(kl.sum(axis=1).mean()),
        "r2": 1.0 - error / spread if spread else 0.0,
        "r2_shuffled": 1.0 - wrong_error / spread if spread else 0.0,
        "active_units": int((codes.var(axis=0) > ACTIVE_VARIANCE).sum()),
    }


def squared_error(target: np.ndarray, output: np.ndarray) -> float:
    """Sum of squared differences, accumulated in float64."""
    return float(np.sum(np.square(target - output), dtype=np.float64))
