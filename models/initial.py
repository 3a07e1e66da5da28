"""Starting weights, drawn so that a masked wide latent starts as the small latent would.

Every draw depends on the seed, the place of the weight in the network and the *active* latent
size alone: fans count active units, and only active units receive values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class WeightSpec:
    """Where a weight stands.

    Attributes
    ----------
    shape : of the weight, at the widest latent.
    latent_axis : axis along which it has one entry per latent dimension, or None.
    start : "glorot" for kernels, else the constant to fill in.
    """

    shape: tuple[int, ...]
    latent_axis: int | None = None
    start: str | float = "glorot"

    def active(self, latent_size: int) -> tuple[int, ...]:
        """Return the shape once the latent has `latent_size` dimensions."""
        return tuple(
            latent_size if axis == self.latent_axis else n for axis, n in enumerate(self.shape)
        )

    def slices(self, latent_size: int) -> tuple[slice, ...]:
        """Return where the active entries stand in the weight."""
        return tuple(slice(n) for n in self.active(latent_size))

    def widened(self, active: np.ndarray) -> np.ndarray:
        """Return the weight at the widest latent: `active`, and 0 for every inactive entry."""
        if active.shape == self.shape:
            return np.asarray(active, np.float32)  # no copy: it may be most of a network
        wide = np.zeros(self.shape, np.float32)
        wide[tuple(slice(n) for n in active.shape)] = active
        return wide


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """Return fan in and fan out of a kernel: dense (in, out) or convolution (..., in, out)."""
    field = int(np.prod(shape[:-2])) if len(shape) > 2 else 1
    return field * shape[-2], field * shape[-1]


def draw(places: Sequence[WeightSpec], seed: int, latent_size: int) -> list[np.ndarray]:
    """Draw a float32 array for each specification; inactive latent entries are 0.

    Kernels are uniform within sqrt(6 / (fan in + fan out)) (Glorot and Bengio 2010).
    """
    arrays = []
    for index, place in enumerate(places):
        shape = place.active(latent_size)
        if place.start == "glorot":
            limit = np.sqrt(6.0 / sum(fans(shape)))
            active = np.random.default_rng([seed, index]).uniform(-limit, limit, shape)
        else:
            active = np.full(shape, place.start)
        arrays.append(place.widened(active))
    return arrays
