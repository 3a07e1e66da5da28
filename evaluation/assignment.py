"""How a fitted clusterer gives a cluster to any song: three rules made of plain arrays.

A rule holds arrays and nothing else, so a finalist is saved without pickle:
``numpy.savez(path, **to_arrays(rule))`` and ``from_arrays(numpy.load(path))`` bring it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

Array = NDArray[Any]
NOISE = -1


class Rule(Protocol):
    """Anything that gives each code a cluster."""

    def assign(self, codes: Array) -> Array: ...


@dataclass(frozen=True)
class NearestCentre:
    """Each code goes to the nearest of ``centres`` (k, d), by Euclidean distance."""

    centres: Array

    def assign(self, codes: Array) -> Array:
        # Measured from the middle of the centres: far from the origin, norms would cancel.
        middle = self.centres.mean(axis=0)
        centres, codes = self.centres - middle, codes - middle
        half_norms = 0.5 * np.einsum("kd,kd->k", centres, centres)
        return np.argmin(half_norms - codes @ centres.T, axis=1).astype(np.int32)


@dataclass(frozen=True)
class HighestPosterior:
    """Each code goes to the Gaussian component with the highest posterior probability.

    ``log_weights`` (k,), ``means`` (k, d) and ``factors`` (k, d, d), the Cholesky factors of
    the precision matrices (precision = factor @ factor.T), or (k, d), their diagonals where all
    else is 0.
    """

    log_weights: Array
    means: Array
    factors: Array

    def assign(self, codes: Array) -> Array:
        diagonal = self.factors.ndim == 2
        scales = self.factors if diagonal else np.einsum("kdd->kd", self.factors)
        log_scale = self.log_weights + np.log(scales).sum(axis=1)
        posterior = np.empty((len(codes), len(self.means)))
        for k, (mean, factor) in enumerate(zip(self.means, self.factors, strict=True)):
            white = (codes - mean) * factor if diagonal else (codes - mean) @ factor
            posterior[:, k] = log_scale[k] - 0.5 * np.einsum("nd,nd->n", white, white)
        return posterior.argmax(axis=1).astype(np.int32)


@dataclass(frozen=True)
class NearestSong:
    """Each code takes the cluster of the nearest stored song; beyond ``radius`` it is noise.

    ``codes`` (n, d) and ``clusters`` (n,) are the stored songs, ``radius`` a 0-d array.
    """

    codes: Array
    clusters: Array
    radius: Array

    def assign(self, codes: Array) -> Array:
        if not len(self.codes):
            return np.full(len(codes), NOISE, np.int32)
        finder = NearestNeighbors(n_neighbors=1).fit(self.codes)
        distance, nearest = (found[:, 0] for found in finder.kneighbors(codes))
        return np.where(distance <= self.radius, self.clusters[nearest], NOISE).astype(np.int32)


RULES = {rule.__name__: rule for rule in (NearestCentre, HighestPosterior, NearestSong)}


def to_arrays(rule: Rule) -> dict[str, Array]:
    """The arrays of a rule by name, with its kind under ``rule``."""
    arrays = {name: np.asarray(getattr(rule, name)) for name in _names(type(rule))}
    return {"rule": np.array(type(rule).__name__), **arrays}


def from_arrays(arrays: Mapping[str, Array]) -> Rule:
    """The rule that `to_arrays` took apart.

    Raises
    ------
    ValueError
        If the arrays were not made by `to_arrays`.
    """
    name = arrays["rule"].item() if "rule" in arrays else ""
    kind = RULES.get(name.decode() if isinstance(name, bytes) else str(name))
    if kind is None or any(name not in arrays for name in _names(kind)):
        raise ValueError(
            f"the arrays {sorted(arrays)} hold no clustering rule: "
            "save one with evaluation.assignment.to_arrays"
        )
    return kind(**{name: arrays[name] for name in _names(kind)})


def _names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)]
