"""Families without training: principal components, and the features as they are."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from models import bases
from models.bases import Bases
from models.components import ComponentSongs, shape_of
from models.distances import error_of_outputs
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
class Projection:
    """Codes are `(x - mean) @ components.T`, of the inputs x side by side; without both, x.

    Attributes
    ----------
    mean : (features,), of the training songs; None for the features themselves.
    components : (d, features), orthonormal rows; None likewise.
    """

    mean: np.ndarray | None = None
    components: np.ndarray | None = None

    def encode(self, flat: np.ndarray) -> np.ndarray:
        """Return codes (n, d) float32 of inputs side by side (n, features)."""
        with np.errstate(over="ignore", invalid="ignore"):  # of numbers far from any song's
            if self.components is not None:
                flat = (flat - self.mean) @ self.components.T
            return flat.astype(np.float32, copy=False)

    def decode(self, codes: np.ndarray, shapes: Shapes) -> Arrays:
        """Return inputs of these shapes from codes."""
        if self.components is not None:
            codes = codes @ self.components + self.mean
        parts = np.split(codes, _ends(shapes)[:-1], axis=1)
        return {
            name: part.reshape(-1, *shape).astype(np.float32, copy=False)
            for (name, shape), part in zip(shapes.items(), parts, strict=True)
        }

    def restored(self, found: Bases, shapes: Shapes) -> Projection:
        """Return the projection of whole inputs of these shapes, where this is of components."""
        if self.mean is None or self.components is None:
            return self
        ends = _ends(found.given(shapes))[:-1]
        of_inputs = [found[name] for name in shapes]
        means = [
            one.restore(mean)
            for one, mean in zip(of_inputs, np.split(self.mean, ends), strict=True)
        ]
        directions = [
            part @ one.components
            for one, part in zip(of_inputs, np.split(self.components, ends, axis=1), strict=True)
        ]
        return Projection(np.concatenate(means), np.concatenate(directions, axis=1))


@dataclass(frozen=True)
class LinearFamily:
    """Codes are an orthonormal projection of the flattened inputs, or the inputs themselves.

    Of songs that come as components the directions are found among these, and are as exact as the
    components are many: 32 or more where the songs have so many dimensions.
    """

    name: str
    hyperparameters: tuple[Hyperparameter, ...] = ()
    inputs: tuple[str, ...] = ("audio",)
    optional: tuple[str, ...] = ("lyrics",)

    def refusal(self, songs: Songs, settings: Settings) -> str | None:
        """See `models.family.Family.refusal`."""
        songs = checked_songs(songs)
        if isinstance(songs, ComponentSongs) and "latent_size" not in settings:
            return f"{self.name} takes whole songs, and these songs are components"
        return missing_input(self, songs)

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
        shapes = {name: shape_of(train, name) for name in used_inputs(self, train)}
        found = Bases()
        if isinstance(train, ComponentSongs):
            found = bases.learn(train, shapes, train.variance_kept)
        fitted = Projection()
        if "latent_size" in settings:
            from sklearn.decomposition import PCA

            flat = _flat(train, shapes, found)
            size = min(settings["latent_size"], *flat.shape)
            pca = PCA(size, random_state=seed % 2**32).fit(flat)
            fitted = Projection(pca.mean_, pca.components_)
        return LinearEncoder(self, settings, shapes, fitted, found)

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
        return LinearEncoder(self, settings, shapes, Projection(**arrays), Bases())


class LinearEncoder:
    """A projection of whole songs, and of their components where it was found among these.

    Parameters
    ----------
    fitted : of what songs were given as when it was fitted.
    found : the bases of their components; empty where they were whole.
    """

    def __init__(
        self,
        family: LinearFamily,
        settings: Settings,
        shapes: Shapes,
        fitted: Projection,
        found: Bases,
    ) -> None:
        self.family = family.name
        self.settings = settings
        self.shapes = shapes
        self._bases = found
        self._fitted = fitted
        self._whole = fitted.restored(found, shapes) if found else fitted

    def encode(self, songs: Songs) -> np.ndarray:
        """See `models.family.Encoder.encode`."""
        if isinstance(songs, ComponentSongs):
            return self._fitted.encode(_flat(songs, self.shapes, self._bases))
        return self._whole.encode(_flat(songs, self.shapes, Bases()))

    def decode(self, codes: np.ndarray, songs: Songs) -> Arrays:
        """See `models.family.Encoder.decode`."""
        return self._whole.decode(self._checked(codes, songs), self.shapes)

    def squared_error(self, codes: np.ndarray, songs: Songs) -> float:
        """See `models.family.Measures.squared_error`: of components found among these."""
        codes = self._checked(codes, songs)
        if isinstance(songs, ComponentSongs):
            given = self._bases.gather(songs, self.shapes)
            outputs = self._fitted.decode(codes, self._bases.given(self.shapes))
        else:
            given = inputs_of(songs, self.shapes)
            outputs = self._whole.decode(codes, self.shapes)
        return error_of_outputs(given, outputs, songs)

    def kl(self, songs: Songs) -> None:
        """Return None: there is no posterior."""
        return None

    def arrays(self) -> Arrays:
        """See `models.family.Encoder.arrays`."""
        if self._whole.mean is None or self._whole.components is None:
            return {}
        return {"mean": self._whole.mean, "components": self._whole.components}

    def _checked(self, codes: np.ndarray, songs: Songs) -> np.ndarray:
        components = self._whole.components
        width = _ends(self.shapes)[-1] if components is None else len(components)
        return checked_codes(codes, width, songs)


def _ends(shapes: Shapes) -> np.ndarray:
    """Return where each input ends among the inputs side by side."""
    return np.cumsum([math.prod(shape) for shape in shapes.values()])


def _flat(songs: Songs, shapes: Shapes, found: Bases) -> np.ndarray:
    """Return the inputs named in `shapes` side by side, (n, features)."""
    whole = not isinstance(songs, ComponentSongs)
    inputs = inputs_of(songs, shapes) if whole else found.gather(songs, shapes)
    wide = (inputs[name] for name in shapes)
    return np.hstack([array.reshape(len(songs), math.prod(array.shape[1:])) for array in wide])


PCA_FAMILY = LinearFamily("pca", (LATENT_SIZE,))
RAW_FAMILY = LinearFamily("raw")
