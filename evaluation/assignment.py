"""How a fitted clusterer gives a cluster to any song: three rules made of plain arrays.

A rule holds arrays and nothing else, so a finalist is saved without pickle:
``numpy.savez(path, **to_arrays(rule))`` and ``from_arrays(numpy.load(path))`` bring it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

Array = NDArray[Any]
NOISE = -1

LARGEST = 1e30
"""Numbers of a fitted rule are nearer to 0 than this, so that no product of them is infinite."""

NUMBERS_TOGETHER = 2**24
"""Of songs by clusters, held at once; 128 MiB."""


class Rule(Protocol):
    """Anything that gives each code a cluster."""

    def assign(self, codes: Array) -> Array: ...


@dataclass(frozen=True)
class NearestCentre:
    """Each code goes to the nearest of ``centres`` (k, d), by Euclidean distance."""

    centres: Array

    def assign(self, codes: Array) -> Array:
        check_width(codes, self.centres)
        return _in_blocks(codes, len(self.centres), self._assign)

    def _assign(self, codes: Array) -> Array:
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
        check_width(codes, self.means)
        return _in_blocks(codes, len(self.means), self._assign)

    def _assign(self, codes: Array) -> Array:
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
        check_width(codes, self.codes)
        if not len(self.codes):
            return np.full(len(codes), NOISE, np.int32)
        finder = NearestNeighbors(n_neighbors=1).fit(self.codes)
        distance, nearest = (found[:, 0] for found in finder.kneighbors(codes))
        return np.where(distance <= self.radius, self.clusters[nearest], NOISE).astype(np.int32)


def check_width(codes: Array, stored: Array) -> None:
    """Refuse codes of another number of dimensions than the stored ones.

    Raises
    ------
    ValueError
        If they are of another, which NumPy would now and then spread over all of them.
    """
    if codes.ndim != 2 or codes.shape[1] != stored.shape[1]:
        raise ValueError(
            f"codes of shape {codes.shape} go to no clusters of {stored.shape[1]} dimensions"
        )


def _in_blocks(codes: Array, clusters: int, assign: Callable[[Array], Array]) -> Array:
    """Return clusters of codes, `NUMBERS_TOGETHER` numbers of songs by clusters at a time."""
    together = max(1, NUMBERS_TOGETHER // clusters)
    if len(codes) <= together:
        return assign(codes)
    starts = range(0, len(codes), together)
    return np.concatenate([assign(codes[start : start + together]) for start in starts])


RULES = {rule.__name__: rule for rule in (NearestCentre, HighestPosterior, NearestSong)}


def to_arrays(rule: Rule) -> dict[str, Array]:
    """Return the arrays of a rule by name, with its kind under ``rule``."""
    arrays = {name: np.asarray(getattr(rule, name)) for name in _names(type(rule))}
    return {"rule": np.array(type(rule).__name__), **arrays}


def from_arrays(arrays: Mapping[str, Array]) -> Rule:
    """Return the rule that `to_arrays` took apart.

    Raises
    ------
    ValueError
        If the arrays were not made by `to_arrays`: one is missing, or of a shape or of numbers
        that no rule has.
    """
    name = np.asarray(arrays["rule"]) if "rule" in arrays else np.array("")
    text = name.astype(bytes) if name.shape == () and name.dtype.kind in "SU" else np.array(b"")
    kind = RULES.get(text.item().decode("ascii", "replace"))
    if kind is None or any(name not in arrays for name in _names(kind)):
        raise ValueError(
            f"the arrays {sorted(arrays)[:5]} hold no clustering rule: "
            "save one with evaluation.assignment.to_arrays"
        )
    found = {name: _wide(np.asarray(arrays[name])) for name in _names(kind)}
    CHECKS[kind](found)
    return kind(**found)


def check_numbers(name: str, array: Array, *shapes: tuple[int | None, ...]) -> None:
    """Refuse an array, brought back from a file, that nothing fitted has.

    Parameters
    ----------
    shapes : that it may have; None for a side of any length from 1 on.

    Raises
    ------
    ValueError
        If it is of another shape, of no floating point, or has numbers beyond `LARGEST`.
    """
    fits = any(
        len(shape) == array.ndim
        and all(
            side > 0 if wanted is None else side == wanted
            for side, wanted in zip(array.shape, shape, strict=True)
        )
        for shape in shapes
    )
    if not fits or array.dtype.kind != "f":
        raise ValueError(f"{name} of shape {array.shape} does not go with the other arrays")
    # Compared the other way round, NaN would pass.
    if array.size and not max(float(array.max()), -float(array.min())) <= LARGEST:
        raise ValueError(f"{name} has numbers that are not finite, or beyond {LARGEST:g}")


def _wide(array: Array) -> Array:
    """Convert floating point to float64: squares of less precise numbers may overflow."""
    return array.astype(np.float64, copy=False) if array.dtype.kind == "f" else array


def _check_centres(found: Mapping[str, Array]) -> None:
    check_numbers("centres", found["centres"], (None, None))


def _check_mixture(found: Mapping[str, Array]) -> None:
    check_numbers("means", found["means"], (None, None))
    count, size = found["means"].shape
    check_numbers("log_weights", found["log_weights"], (count,))
    factors = found["factors"]
    check_numbers("factors", factors, (count, size), (count, size, size))
    scales = factors if factors.ndim == 2 else np.einsum("kdd->kd", factors)
    if not (scales > 0).all():
        raise ValueError("factors are of no covariance: a scale is not above 0")


def _check_songs(found: Mapping[str, Array]) -> None:
    codes, clusters, radius = (found[name] for name in ("codes", "clusters", "radius"))
    if len(codes.shape) == 2 and codes.shape[1] and not len(codes):
        check_numbers("codes", codes, codes.shape)  # all songs are noise
    else:
        check_numbers("codes", codes, (None, None))
    if clusters.shape != codes.shape[:1] or clusters.dtype.kind != "i":
        raise ValueError(f"clusters of shape {clusters.shape} do not go with the stored songs")
    if len(clusters) and not (clusters.min() >= NOISE and clusters.max() < len(clusters)):
        raise ValueError("clusters have numbers that no cluster of the stored songs has")
    if radius.shape != () or radius.dtype.kind != "f" or not radius >= 0:
        raise ValueError("radius is not a distance")


CHECKS: dict[type, Callable[[Mapping[str, Array]], None]] = {
    NearestCentre: _check_centres,
    HighestPosterior: _check_mixture,
    NearestSong: _check_songs,
}


def _names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)]
