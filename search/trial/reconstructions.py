"""What a finalist makes of songs, as arrays that the report draws."""

from __future__ import annotations

import numpy as np

from data import Songs
from models import Encoder

FIGURES = "songs-"
"""Name of the figures, before the number of the trial."""

N_SONGS = 4
"""Songs that are drawn."""

N_STEPS = 5
"""Codes on the line between two songs, both ends among them."""


def pictures(encoder: Encoder, songs: Songs) -> dict[str, np.ndarray] | None:
    """Return songs, their reconstructions, and codes between the first and the last decoded.

    Parameters
    ----------
    songs : as the encoder sees them, whole; a few, see `distinct`.

    Returns
    -------
    ids (k,), originals and reconstructions (k, mels, frames), interpolation (steps, mels, frames),
    float16; None for songs that are not maps.
    """
    if songs.audio is None or songs.audio.ndim != 3 or not len(songs):
        return None
    codes = encoder.encode(songs)
    shares = np.linspace(0, 1, N_STEPS, dtype=np.float32)[:, None]
    between = (1 - shares) * codes[0] + shares * codes[-1]
    # The inputs that a family decodes with beside the code are the first song's all along.
    conditions = songs.select(np.zeros(N_STEPS, int))
    maps = {
        "originals": songs.audio,
        "reconstructions": encoder.decode(codes, songs)["audio"],
        "interpolation": encoder.decode(between, conditions)["audio"],
    }
    return {"ids": songs.ids, **{name: each.astype(np.float16) for name, each in maps.items()}}


def distinct(songs: Songs, label: str) -> np.ndarray:
    """Return rows of a few songs, the first of each value of a label before others."""
    values = songs.labels.get(label, np.full(len(songs), ""))
    _, first = np.unique(values, return_index=True)
    order = [*sorted(first), *np.setdiff1d(np.arange(len(songs)), first)]
    return np.array(order[:N_SONGS], int)
