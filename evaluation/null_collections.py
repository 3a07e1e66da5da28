"""Null songs, which have no clusters, and how far coherence is above theirs.

Null songs are drawn from one Gaussian that has the mean and the covariance of the training songs;
a null collection is as many of them as there are songs. K-means divides them all the same, into
evenly sized pieces, and coherence gives those a value above zero. That value is what chance gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from evaluation.assignment import Array
from evaluation.clusterers import CLUSTERERS
from evaluation.reference import (
    Input,
    Reference,
    build_reference,
    coherence,
    equal_variance,
    scaled,
)
from evaluation.sampling import some_training

DRAWS = 10
"""Null collections that are drawn."""

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
) -> list[Reference]:
    """Build the reference spaces of `draws` null collections, once per run.

    Inputs and split as in `evaluation.reference.build_reference`; inputs are drawn together,
    so the covariance between them is kept. A reference space is the same however its songs are
    rotated, so null songs are drawn along the principal axes of the training songs, where a
    Gaussian of their covariance is one of its own in each. Cost: the spectrum once; a draw and a
    reference space each, .03 s at 900 songs.
    """
    if not draws:
        return []
    rows = some_training(split, MOST_SONGS, seed)
    deviations = _deviations(scaled(inputs, rows, equal_variance(inputs, rows)))
    references = []
    for draw in range(draws):
        rng = np.random.default_rng(seed + draw)
        songs = rng.standard_normal((len(split), len(deviations)), np.float32)
        songs *= deviations
        references.append(build_reference([songs], split, seed))
    return references


def _deviations(rows: Array) -> Array:
    """Return the standard deviations of rows (n, width) along their principal axes, falling."""
    centred = (rows - rows.mean(axis=0)).astype(np.float64)
    wide = centred.shape[1] > len(centred)
    variances = np.linalg.eigvalsh(centred @ centred.T if wide else centred.T @ centred)[::-1]
    deviations = np.sqrt(np.maximum(variances[:MOST_AXES], 0) / max(len(rows) - 1, 1))
    return deviations[deviations > 1e-6 * deviations[0]].astype(np.float32)


def null_coherence(
    references: Sequence[Reference],
    latent_size: int,
    counts: Sequence[int],
    seed: int,
    clusterer: str = "kmeans",
    part: str = "validation",
) -> Array:
    """Return the coherence (draws, counts) of PCA and a clusterer on null songs.

    The codes are the first `latent_size` principal components of each reference space, as many as
    a trial has dimensions, or all where it holds fewer. Cost: one `fit_counts` per draw, .8 s at
    550 songs x 15 counts x 10.
    """
    values = []
    for reference in references:
        space = reference.parts[part]
        fits = CLUSTERERS[clusterer].fit_counts(reference.train[:, :latent_size], counts, seed)
        partitions = (fit.predict(space.points[:, :latent_size]) for fit in fits)
        values.append(
            [coherence(p, space.neighbours, space.neighbours_whitened) for p in partitions]
        )
    return np.array(values)


def coherence_excess(value: float, null_collections: Array) -> float:
    """Return coherence above its mean on the null collections (draws,)."""
    return float(value - np.mean(null_collections))


def nothing_found(value: float, null_collections: Array, level: float = 0.95) -> bool:
    """Return whether `value` is no higher than that of one more null collection would be.

    The bound is the upper end of the two-sided Student prediction interval at `level` from the
    null collections (draws,), at least two.
    """
    draws = len(null_collections)
    reach = student.ppf((1 + level) / 2, draws - 1) * np.sqrt(1 + 1 / draws)
    return bool(value <= np.mean(null_collections) + reach * np.std(null_collections, ddof=1))
