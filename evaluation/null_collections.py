"""Null songs, which have no clusters, and how far coherence is above theirs.

Null songs are drawn from one Gaussian that has the mean and the covariance of the training songs;
a null collection is as many of them as there are songs. K-means divides them all the same, into
evenly sized pieces, and coherence gives those a value above zero. That value is what chance gives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from evaluation.assignment import Array, NearestCentre
from evaluation.coherence import coherence
from evaluation.kmeans import fit_kmeans
from evaluation.reference import Input, Reference, build_reference, equal_variance, scaled
from evaluation.sampling import some_training

DRAWS = 10
"""Null collections that are drawn."""

NULL_SONGS = 50_000
"""Null songs that are drawn in all: where there are many songs, two collections tell the mean."""

CODES = 16
"""Principal components of null songs that are clustered."""

MOST_SONGS = 2_048
"""The covariance is that of at most so many training songs: the cost grows with them."""

MOST_AXES = 1_000
"""Principal axes along which null songs differ at most. At 3,000 and 10,000 songs of 64x128 the
coherence of null collections with half as many, and with four times as many axes of twice as many
songs, is the same but for what draws differ."""


@dataclass(frozen=True)
class Gaussian:
    """Songs x = mean + g F, where g is white noise.

    Attributes
    ----------
    mean : (width,).
    factor : (k, width), F; F.T @ F is the covariance.
    """

    mean: Array
    factor: Array

    @classmethod
    def like(cls, rows: Array) -> Gaussian:
        """Return the one with the mean and covariance of `rows` (n, width).

        F is made of the centred rows, or of their QR factor where that is smaller, so that no
        width x width matrix is made of wide inputs.
        """
        mean = rows.mean(axis=0)
        factor = rows - mean
        if factor.shape[0] > factor.shape[1]:
            factor = np.linalg.qr(factor, mode="r")
        return cls(mean, factor / np.sqrt(max(len(rows) - 1, 1), dtype=factor.dtype))

    def mix(self, noise: Array) -> Array:
        """Return the songs (size, width) of some noise (size, k)."""
        return self.mean + noise.astype(self.factor.dtype, copy=False) @ self.factor


def gaussian_like(rows: Array, size: int, seed: int) -> Array:
    """Draw `size` null songs (size, width) with the mean and covariance of `rows` (n, width).

    Cost: size * min(n, width) * width.
    """
    rng = np.random.default_rng(seed)
    if len(rows) > MOST_SONGS:
        rows = rows[rng.choice(len(rows), MOST_SONGS, replace=False)]
    gaussian = Gaussian.like(rows)
    return gaussian.mix(rng.standard_normal((size, len(gaussian.factor))))


def null_references(
    inputs: Sequence[Input], split: Array, seed: int, draws: int = DRAWS
) -> Iterator[Reference]:
    """Yield the reference spaces of `draws` null collections.

    Inputs and split as in `evaluation.reference.build_reference`; inputs are drawn together,
    so the covariance between them is kept. A reference space is the same however its songs are
    rotated, so null songs are drawn along the principal axes of the training songs, where a
    Gaussian of their covariance is one of its own in each. Cost: the spectrum once; a draw and a
    reference space each, .03 s at 900 songs.
    """
    rows = some_training(split, MOST_SONGS, seed)
    deviations = _deviations(scaled(inputs, rows, equal_variance(inputs, rows)))
    for draw in range(draws):
        rng = np.random.default_rng(seed + draw)
        songs = rng.standard_normal((len(split), len(deviations)), np.float32)
        songs *= deviations
        yield build_reference([songs], split, seed)


def _deviations(rows: Array) -> Array:
    """Return the standard deviations of rows (n, width) along their principal axes, falling."""
    centred = (rows - rows.mean(axis=0)).astype(np.float64)
    wide = centred.shape[1] > len(centred)
    variances = np.linalg.eigvalsh(centred @ centred.T if wide else centred.T @ centred)[::-1]
    deviations = np.sqrt(np.maximum(variances[:MOST_AXES], 0) / max(len(rows) - 1, 1))
    return deviations[deviations > 1e-6 * deviations[0]].astype(np.float32)


@dataclass(frozen=True)
class Chance:
    """What coherence is by chance: its mean over null collections.

    Attributes
    ----------
    counts : of clusters, rising.
    levels : part of the songs -> view -> (counts,).
    """

    counts: Sequence[int]
    levels: Mapping[str, Mapping[str, Array]]

    def excess(self, by_view: Mapping[str, float], part: str, count: int) -> float:
        """Return how far coherence is above chance, in the mean over views; see `above`."""
        return float(np.mean([*self.above(by_view, part, count).values()]))

    def above(self, by_view: Mapping[str, float], part: str, count: int) -> dict[str, float]:
        """Return how far coherence is above chance in each view.

        Parameters
        ----------
        by_view : coherence of one clustering, by view.
        count : of its clusters; where it was not tried, the nearest that was.
        """
        nearest = int(np.abs(np.subtract(self.counts, count)).argmin())
        levels = self.levels[part]
        return {view: value - float(levels[view][nearest]) for view, value in by_view.items()}


def chance_coherence(
    views: Mapping[str, Sequence[Input]],
    split: Array,
    counts: Sequence[int],
    seed: int,
    draws: int = DRAWS,
) -> Chance:
    """Return the mean coherence of k-means on null collections like some songs, for every view.

    The codes are the first `CODES` principal components of the null songs. Cost: at most `draws`
    reference spaces and k-means fits a view, .1 s each at 900 songs x 15 counts.

    Parameters
    ----------
    views : view -> inputs, as in `evaluation.reference.build_reference`.
    """
    draws = min(draws, max(2, NULL_SONGS // len(split)))
    found = {
        view: [
            _coherence_by_part(null, counts, seed)
            for null in null_references(inputs, split, seed, draws)
        ]
        for view, inputs in views.items()
    }
    parts = [str(name) for name in np.unique(split) if name != "train"]
    levels = {
        part: {
            view: np.mean([draw[part] for draw in of_view], axis=0)
            for view, of_view in found.items()
        }
        for part in parts
    }
    return Chance(tuple(counts), levels)


def _coherence_by_part(
    reference: Reference, counts: Sequence[int], seed: int
) -> dict[str, list[float]]:
    """Return coherence at every count of PCA and k-means on the songs of a reference space."""
    fits = fit_kmeans(reference.train[:, :CODES], counts, seed)
    return {
        name: [
            coherence(NearestCentre(centres).assign(part.points[:, :CODES]), part)
            for centres, _ in fits
        ]
        for name, part in reference.parts.items()
    }


def nothing_found(value: float, null_collections: Array, level: float = 0.95) -> bool:
    """Return whether `value` is no higher than that of one more null collection would be.

    The bound is the upper end of the two-sided Student prediction interval at `level` from the
    null collections (draws,), at least two.
    """
    draws = len(null_collections)
    reach = student.ppf((1 + level) / 2, draws - 1) * np.sqrt(1 + 1 / draws)
    return bool(value <= np.mean(null_collections) + reach * np.std(null_collections, ddof=1))
