"""The principal components of training songs, in which dense networks read and write.

A rotation changes neither a squared error nor what dense layers can say, and a few hundred songs
span a few hundred of the thousands of numbers in a map: layers between components have that many
weights less. What a song has outside of the components costs it a constant, which is counted.

Scale matters to Adam, which is not blind to rotations (arXiv 2410.19964): components go in over
the root mean square of their standard deviations, and come out times the deviation of each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from models.distances import energy
from models.errors import ModelError
from models.family import Arrays
from models.inputs import all_finite
from models.remembering import REMEMBERED

MOST_SONGS = 2048
"""Songs that components are found on at most: a sample where there are more."""

MOST_NUMBERS = 2**26
"""Numbers in all components at most, 256 MiB: of very long songs fewer components are kept."""

FEWEST = 32
"""Components come in few sizes, this one and then 48, 64, 96, 128, ..., so that views and like
collections share a compiled program."""

TOGETHER = 2**24
"""Numbers of songs that are projected at once; 64 MiB."""

MEAN, COMPONENTS, DEVIATIONS = "mean", "components", "deviations"
"""Ends of the names under which the arrays of a basis are saved."""


@dataclass(frozen=True, eq=False)
class Basis:
    """Orthonormal directions, in the order of falling variance.

    Attributes
    ----------
    mean : (features,), of the training songs.
    components : (r, features), orthonormal rows.
    deviations : (r,), standard deviation of the training songs along each.
    """

    mean: np.ndarray
    components: np.ndarray
    deviations: np.ndarray

    @property
    def scale(self) -> float:
        """Root mean square of the deviations; 1 where songs do not differ."""
        return math.sqrt(np.mean(np.square(self.deviations, dtype=np.float64))) or 1.0

    def project(self, array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return components (n, r) of songs, and half the energy (n, 1) that they leave out."""
        return REMEMBERED.get(self._project, self.components, array)

    def _project(self, array: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        flat = array.reshape(len(array), len(self.mean))
        inside = np.empty((len(flat), len(self.components)), np.float32)
        outside = np.empty((len(flat), 1), np.float32)
        together = max(1, TOGETHER // flat.shape[1])
        for start in range(0, len(flat), together):
            rows = slice(start, start + together)
            centred = flat[rows] - self.mean
            inside[rows] = centred @ self.components.T
            left = energy(centred) - energy(inside[rows])
            outside[rows, 0] = 0.5 * np.maximum(left, 0.0)
        return inside, outside

    def restore(self, inside: np.ndarray) -> np.ndarray:
        """Return songs (n, features) from their components."""
        return inside @ self.components + self.mean

    def arrays(self, name: str) -> Arrays:
        """Return what to save of the basis of the input `name`."""
        return {
            f"{name}_{MEAN}": self.mean,
            f"{name}_{COMPONENTS}": self.components,
            f"{name}_{DEVIATIONS}": self.deviations,
        }


def fit(array: np.ndarray, has: np.ndarray | None, variance_kept: float) -> Basis:
    """Find the components that hold a share of the variance of training songs.

    Parameters
    ----------
    array : (n, ...), one row a song.
    has : (n,), the songs that count; None for all.
    variance_kept : in (0, 1]; 1 keeps every direction in which the songs differ.
    """
    return REMEMBERED.get(lambda array: _fit(array, has, variance_kept), variance_kept, array)


def _fit(array: np.ndarray, has: np.ndarray | None, variance_kept: float) -> Basis:
    rows = some_rows(np.ones(len(array), bool) if has is None else has)
    flat = array.reshape(len(array), -1)[rows]
    features = flat.shape[1]
    if not len(flat):
        flat = np.zeros((1, features), np.float32)
    mean = flat.mean(axis=0, dtype=np.float64).astype(np.float32)
    centred = flat - mean
    wide = features > len(centred)
    variances, vectors = np.linalg.eigh(_products(centred if wide else centred.T))
    variances, vectors = np.maximum(variances[::-1], 0.0), vectors[:, ::-1]
    count = components_kept(variances, variance_kept, most_components(len(centred), features))
    directions = centred.T @ vectors[:, :count].astype(np.float32) if wide else vectors[:, :count]
    # What is divided by a small deviation is only nearly orthogonal; QR makes it so again.
    components = np.ascontiguousarray(np.linalg.qr(directions)[0].T, np.float32)
    return Basis(mean, components, (centred @ components.T).std(axis=0))


def some_rows(has: np.ndarray) -> np.ndarray:
    """Return the rows, rising, on which a basis of the songs that count (n,) is found."""
    rows = np.flatnonzero(has)
    if len(rows) > MOST_SONGS:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST_SONGS, replace=False))
    return rows


def _products(rows: np.ndarray) -> np.ndarray:
    """Return the inner products of all rows in float64, from columns block by block."""
    total = np.zeros((len(rows), len(rows)))
    together = max(1, TOGETHER // len(rows))
    for start in range(0, rows.shape[1], together):
        some = rows[:, start : start + together].astype(np.float64)
        total += some @ some.T
    return total


def most_components(songs: int, features: int) -> int:
    """Return the number of components that so many songs have at most."""
    affordable = max(1, MOST_NUMBERS // features)
    return max(1, min(songs, features, MOST_SONGS, affordable))


def components_kept(variances: np.ndarray, variance_kept: float, most: int) -> int:
    """Return the least size of which components hold the share; see `FEWEST`.

    Parameters
    ----------
    variances : of all components, falling.
    """
    shares = np.cumsum(variances) / (variances.sum() or 1.0)
    enough = int(np.searchsorted(shares, min(variance_kept, shares[-1]) - 1e-12)) + 1
    size = FEWEST
    while size < enough:
        half = size // 2
        size += half if size & (size - 1) == 0 else half * 2 // 3
    return min(most, size)


def read(name: str, arrays: Arrays, features: int) -> Basis:
    """Return the basis of the input `name` from the arrays of a model.

    Raises
    ------
    ModelError
        When they are not those of a basis of so many features.
    """
    found = of(name, arrays)
    count = found.deviations.size
    shapes = found.mean.shape, found.components.shape, found.deviations.shape
    fits = shapes == ((features,), (count, features), (count,)) and 0 < count <= features
    every = found.arrays(name).values()
    if not fits or any(array.dtype != np.float32 for array in every):
        raise ModelError(f"the components of its {name} are not those of {features} features")
    if not all(map(all_finite, every)) or (found.deviations < 0).any():
        raise ModelError(f"the components of its {name} are not finite")
    return found


def is_there(name: str, arrays: Arrays) -> bool:
    """Return whether the basis of the input `name` is among the arrays of a model."""
    return all(f"{name}_{part}" in arrays for part in (MEAN, COMPONENTS, DEVIATIONS))


def of(name: str, arrays: Arrays) -> Basis:
    """Return the basis of the input `name`, which is among the arrays of a model."""
    return Basis(*(arrays[f"{name}_{part}"] for part in (MEAN, COMPONENTS, DEVIATIONS)))
