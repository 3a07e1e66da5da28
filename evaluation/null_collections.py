"""Null songs, which have no clusters, and how far coherence is above theirs.

Null songs are drawn from one Gaussian that has the mean and the covariance of the training songs;
a null collection is as many of them as there are songs. K-means divides them all the same, into
evenly sized pieces, and coherence gives those a value above zero. That value is what chance gives.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import t as student

from evaluation.assignment import Array
from evaluation.clusterers import CLUSTERERS
from evaluation.reference import (
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


def gaussian_like(rows: Array, size: int, seed: int) -> Array:
    """Draw `size` null songs (size, width) with the mean and covariance of `rows` (n, width).

    A mix x = mean + g F / sqrt(n - 1) of the centred rows F, or of their QR factor where that is
    smaller, so no width x width matrix is made of wide inputs. Cost: size * min(n, width) * width.
    """
    rng = np.random.default_rng(seed)
    if len(rows) > MOST_SONGS:
        rows = rows[rng.choice(len(rows), MOST_SONGS, replace=False)]
    mean = rows.mean(axis=0)
    factor = rows - mean
    if factor.shape[0] > factor.shape[1]:
        factor = np.linalg.qr(factor, mode="r")
    mix = rng.standard_normal((size, len(factor))).astype(factor.dtype)
    return mean + mix @ factor / np.sqrt(max(len(rows) - 1, 1), dtype=factor.dtype)


def null_references(
    blocks: Sequence[Array], split: Array, seed: int, draws: int = DRAWS
) -> list[Reference]:
    """Build the reference spaces of `draws` null collections, once per run.

    Blocks and split as in `evaluation.reference.build_reference`; the blocks are drawn together,
    so the covariance between them is kept. A reference space is the same however its songs are
    rotated, so null songs are drawn along the principal axes of the training songs, where a
    Gaussian of their covariance is one of its own in each. Cost: the spectrum once; a draw and a
    reference space each, .03 s at 900 songs.
    """
    if not draws:
        return []
    rows = some_training(split, MOST_SONGS, seed)
    deviations = _deviations(scaled(blocks, rows, equal_variance(blocks, rows)))
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
