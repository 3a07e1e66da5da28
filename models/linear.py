"""Families without training: principal components, and the features as they are."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from data import Songs
from models.family import (
    LATENT_SIZE,
    Arrays,
    Epoch,
    Hyperparameter,
    Schedule,
    Settings,
    Shapes,
    inputs_of,
)


@dataclass(frozen=True)
class LinearFamily:
    """Codes are an orthonormal projection of the flattened inputs, or the inputs themselves."""

    name: str
    hyperparameters: tuple[Hyperparameter, ...] = ()
    inputs: tuple[str, ...] = ("audio",)

    def fit(
        self, train: Songs, validation: Songs, settings: Settings, seed: int, schedule: Schedule
    ) -> Generator[Epoch, None, LinearEncoder]:
        """See `models.family.Family.fit`; no epochs."""
        yield from ()
        inputs = inputs_of(train, self.inputs)
        shapes = {name: array.shape[1:] for name, array in inputs.items()}
        arrays: Arrays = {}
        if "latent_size" in settings:
            from sklearn.decomposition import PCA

            flat = flatten(inputs)
            size = min(int(settings["latent_size"]), *flat.shape)
            pca = PCA(size, random_state=seed % 2**32).fit(flat)
            arrays = {"mean": pca.mean_, "components": pca.components_}
        return LinearEncoder(self, settings, shapes, arrays)

    def restore(self, settings: Settings, shapes: Shapes, arrays: Arrays) -> LinearEncoder:
        """See `models.family.Family.restore`."""
        return LinearEncoder(self, settings, shapes, arrays)


class LinearEncoder:
    """Codes are `(x - mean) @ components.T`, or x where there are no components."""

    def __init__(
        self, family: LinearFamily, settings: Settings, shapes: Shapes, arrays: Arrays
    ) -> None:
        self.family = family.name
        self.settings = settings
        self.shapes = shapes
        self._inputs = family.inputs
        self._arrays = arrays

    def encode(self, songs: Songs) -> np.ndarray:
        """See `models.family.Encoder.encode`."""
        flat = flatten(inputs_of(songs, self._inputs))
        if self._arrays:
            flat = (flat - self._arrays["mean"]) @ self._arrays["components"].T
        return flat.astype(np.float32, copy=False)

    def decode(self, codes: np.ndarray, songs: Songs) -> Arrays:
        """See `models.family.Encoder.decode`."""
        if self._arrays:
            codes = codes @ self._arrays["components"] + self._arrays["mean"]
        sizes = [int(np.prod(self.shapes[name])) for name in self._inputs]
        parts = np.split(codes, np.cumsum(sizes)[:-1], axis=1)
        return {
            name: part.reshape(-1, *self.shapes[name])
            for name, part in zip(self._inputs, parts, strict=True)
        }

    def kl(self, songs: Songs) -> None:
        """There is no posterior."""
        return None

    def arrays(self) -> Arrays:
        """See `models.family.Encoder.arrays`."""
        return self._arrays


def flatten(inputs: Arrays) -> np.ndarray:
    """All inputs side by side, (n, features)."""
    return np.hstack([array.reshape(len(array), -1) for array in inputs.values()])


PCA_FAMILY = LinearFamily("pca", (LATENT_SIZE,))
RAW_FAMILY = LinearFamily("raw")
