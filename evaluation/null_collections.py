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
from evaluation.reference import Reference, build_reference, coherence

DRAWS = 10
"""Null collections that are drawn."""

MOST_SONGS = 4_000
"""The covariance is that of at most so many training songs: the cost grows with them."""


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
    so the covariance between them is kept. Cost: one reference space and one draw of all songs
    each, .02 s at 900 songs x 200 features, .3 s at 900 x 8,192.
    """
    inputs = np.concatenate(blocks, axis=1)
    edges = np.cumsum([block.shape[1] for block in blocks])[:-1]
    references = []
    for draw in range(draws):
        songs = gaussian_like(inputs[split == "train"], len(inputs), seed + draw)
        references.append(build_reference(np.split(songs, edges, axis=1), split, seed))
    return references


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
