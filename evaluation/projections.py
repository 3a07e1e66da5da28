"""Codes laid flat, for the eye.

PCA keeps distances as far as two dimensions can. t-SNE and UMAP keep neighbours, and show gaps
also where there are none.
"""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from evaluation.assignment import Array
from evaluation.reducers import import_umap

MOST_SONGS = 1_500
"""Songs that t-SNE and UMAP lay flat; of more, a sample."""

_PERPLEXITY = 30.0
"""About how many neighbours t-SNE keeps near; its default."""

_FEWEST_SONGS = 8
"""Fewer songs are laid flat by PCA alone."""

_MOST_DIMENSIONS = 50
"""Wider codes, such as raw features, are cut to so many principal components first."""

_DISC = 0.002
"""Radius of the disc of n songs that coincide, over the root of n and the width of the map."""

_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
"""Between one point of a disc and the next (Vogel 1979)."""

_NEIGHBOURS = 15
"""Neighbours that UMAP keeps near; its default."""


def project(codes: Array, with_umap: bool = False, seed: int = 0) -> dict[str, Array]:
    """Return codes (n, d) as points (n, 2): by PCA, and where that says more by t-SNE and UMAP.

    Songs that coincide by PCA, as where all models of a consensus agree on them, become a disc.
    Codes of more than `MOST_SONGS` songs are sampled for t-SNE and UMAP; the others are NaN there.
    UMAP takes seven seconds to compile whatever the number of songs.

    Parameters
    ----------
    codes : (n, d), at least one.
    with_umap : whether UMAP is wanted.
    """
    main = _principal(np.asarray(codes, np.float64), seed)
    points = {"pca": _spread(np.pad(main[:, :2], ((0, 0), (0, max(2 - main.shape[1], 0)))))}
    rows = _sample(len(codes), seed)
    some = main[rows]
    if len(codes) >= _FEWEST_SONGS and main.shape[1] > 2 and np.ptp(some, axis=0).any():
        laid = {"tsne": _tsne(some, seed)}
        if with_umap and len(some) > _NEIGHBOURS:
            laid["umap"] = _umap(some, seed)
        for way, flat in laid.items():
            points[way] = np.full((len(codes), 2), np.nan)
            points[way][rows] = flat
    return points


def _sample(count: int, seed: int) -> Array:
    """Return which rows are laid flat: all, or a sample of at most `MOST_SONGS`, in order."""
    rows = np.arange(count)
    if count > MOST_SONGS:
        rows = np.sort(np.random.default_rng(seed).choice(count, MOST_SONGS, replace=False))
    return rows


def _principal(codes: Array, seed: int) -> Array:
    """Return the principal components of codes."""
    kept = min(*codes.shape, _MOST_DIMENSIONS)
    with np.errstate(divide="ignore", invalid="ignore"):  # shares of a variance that is none
        return np.asarray(PCA(kept, random_state=seed).fit_transform(codes))


def _spread(points: Array) -> Array:
    """Return points of which those that coincide lie evenly on a disc, large as they are many."""
    extent = np.ptp(points, axis=0).max()
    if not extent:
        return points
    _, places, counts = np.unique(
        (points / extent).round(6), axis=0, return_inverse=True, return_counts=True
    )
    places = places.ravel()
    order = np.argsort(places, kind="stable")
    turn = np.empty(len(points))
    turn[order] = np.arange(len(points)) - np.repeat(np.cumsum(counts) - counts, counts)
    radius, angle = _DISC * extent * np.sqrt(turn), _GOLDEN_ANGLE * turn
    return points + radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _tsne(codes: Array, seed: int) -> Array:
    """Return codes laid flat by t-SNE (van der Maaten and Hinton 2008)."""
    perplexity = min(_PERPLEXITY, (len(codes) - 1) / 3)
    spread = TSNE(perplexity=perplexity, random_state=seed, max_iter=500, init="pca")
    return np.asarray(spread.fit_transform(codes.astype(np.float32)))


def _umap(codes: Array, seed: int) -> Array:
    """Return codes laid flat by UMAP (McInnes, Healy and Melville 2018)."""
    umap = import_umap()
    # Several threads add up in no fixed order.
    with threadpool_limits(1, user_api="openmp"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module=r"umap\.")
        return np.asarray(umap(random_state=seed, n_jobs=1).fit_transform(codes))
