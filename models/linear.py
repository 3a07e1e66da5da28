"""Families without training: principal components, and the features as they are."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models.errors import ModelError
from models.family import Arrays, Settings, Shapes
from models.hyperparameters import LATENT_SIZE, Hyperparameter
from models.inputs import (
    all_finite,
    check_shapes,
    checked_codes,
    checked_songs,
    inputs_of,
    missing_input,
    used_inputs,
)
from models.numbers import checked_seed
from models.schedule import Epoch, Schedule
from models.settings import completed

if TYPE_CHECKING:
    from data import Songs


@dataclass(frozen=True)
class LinearFamily:
    """Codes are an orthonormal projection of the flattened inputs, or the inputs themselves."""

    name: str
    hyperparameters: tuple[Hyperparameter, ...] = ()
    inputs: tuple[str, ...] = ("audio",)
    optional: tuple[str, ...] = ("lyrics",)

    def refusal(self, songs: Songs, settings: Settings) -> str | None:
        """See `models.family.Family.refusal`."""
        return missing_input(self, checked_songs(songs))

    def fit(
        self, train: Songs, validation: Songs, settings: Settings, seed: int, schedule: Schedule
    ) -> Generator[Epoch, None, LinearEncoder]:
        """See `models.family.Family.fit`; no epochs."""
        yield from ()
        settings, seed = completed(self, settings), checked_seed(seed)
        if reason := self.refusal(train, settings):
            raise ModelError(reason)
        if not len(train):
            raise ModelError(f"{self.name} needs songs to be fitted on")
        shapes = {name: getattr(train, name).shape[1:] for name in used_inputs(self, train)}
        arrays: Arrays = {}
        if "latent_size" in settings:
            from sklearn.decomposition import PCA

            flat = flatten(train, shapes)
            size = min(settings["latent_size"], *flat.shape)
            pca = PCA(size, random_state=seed % 2**32).fit(flat)
            arrays = {"mean": pca.mean_, "components": pca.components_}
        return LinearEncoder(self, settings, shapes, arrays)

    def restore(self, settings: Settings, shapes: Shapes, arrays: Arrays) -> LinearEncoder:
        """See `models.family.Family.restore`."""
        settings = completed(self, settings)
        check_shapes(self, shapes)
        size = sum(math.prod(shape) for shape in shapes.values())
        expected, most = {}, 0
        if "latent_size" in settings:
            components, most = arrays.get("components", np.zeros(0)), settings["latent_size"]
            expected = {"mean": (size,), "components": (len(np.atleast_1d(components)), size)}
        found = {name: array.shape for name, array in arrays.items() if array.dtype.kind == "f"}
        few = not expected or 1 <= expected["components"][0] <= most
        if len(found) < len(arrays) or found != expected or not few:
            raise ModelError(f"the arrays are not those of a {self.name} of {size} features")
        if not all(map(all_finite, arrays.values())):
            raise ModelError(f"the arrays of the {self.name} are not finite")
        return LinearEncoder(self, settings, shapes, arrays)


class LinearEncoder:
    """Codes are `(x - mean) @ components.T`, or x where there are no components."""

    def __init__(
        self, family: LinearFamily, settings: Settings, shapes: Shapes, arrays: Arrays
    ) -> None:
        self.family = family.name
        self.settings = settings
        self.shapes = shapes
        self._arrays = arrays

    def encode(self, songs: Songs) -> np.ndarray:
        """See `models.family.Encoder.encode`."""
        flat = flatten(songs, self.shapes)
        with np.errstate(over="ignore", invalid="ignore"):  # of numbers far from any song's
            if self._arrays:
                flat = (flat - self._arrays["mean"]) @ self._arrays["components"].T
            return flat.astype(np.float32, copy=False)

    def decode(self, codes: np.ndarray, songs: Songs) -> Arrays:
        """See `models.family.Encoder.decode`."""
        size = sum(math.prod(shape) for shape in self.shapes.values())
        width = len(self._arrays["components"]) if self._arrays else size
        codes = checked_codes(codes, width, songs)
        if self._arrays:
            codes = codes @ self._arrays["components"] + self._arrays["mean"]
        ends = np.cumsum([math.prod(shape) for shape in self.shapes.values()])
        parts = np.split(codes, ends[:-1], axis=1)
        return {
            name: part.reshape(-1, *shape).astype(np.float32, copy=False)
            for (name, shape), part in zip(self.shapes.items(), parts, strict=True)
        }

    def kl(self, songs: Songs) -> None:
        """Return None: there is no posterior."""
        return None

    def arrays(self) -> Arrays:
        """See `models.family.Encoder.arrays`."""
        return self._arrays


def flatten(songs: Songs, shapes: Shapes) -> np.ndarray:
    """Return the inputs named in `shapes` side by side, (n, features)."""
    inputs = inputs_of(songs, shapes)
    return np.hstack(
        [inputs[name].reshape(len(songs), math.prod(shape)) for name, shape in shapes.items()]
    )


PCA_FAMILY = LinearFamily("pca", (LATENT_SIZE,))
RAW_FAMILY = LinearFamily("raw")
