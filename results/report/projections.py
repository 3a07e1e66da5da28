"""Codes laid flat, for the eye.

PCA keeps distances as far as two dimensions can. t-SNE and UMAP keep neighbours, and show gaps
also where there are none.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

MOST_SONGS = 1_500
"""Songs of a map."""

_PERPLEXITY = 30.0
"""About how many neighbours t-SNE keeps near; its default."""

_FEWEST_SONGS = 8
"""Fewer songs are laid flat by PCA alone."""

_MOST_DIMENSIONS = 50
"""Wider codes, such as raw features, are cut to so many principal components first."""

_NEIGHBOURS = 15
"""Neighbours that UMAP keeps near; its default."""


def sample(count: int, seed: int = 0) -> Array:
    """Return which rows to draw: all, or a sample of at most `MOST_SONGS` songs, in order."""
    rows = np.arange(count)
    if count > MOST_SONGS:
        rows = np.sort(np.random.default_rng(seed).choice(count, MOST_SONGS, replace=False))
    return rows


def flattened(codes: Array, with_umap: bool = False, seed: int = 0) -> dict[str, Array]:
    """Return codes (n, latent_size) as points (n, 2), by PCA, t-SNE and on demand UMAP.

    UMAP, where it is installed, takes ten seconds to start whatever the number of songs.
    """
    main = _principal(np.asarray(codes, np.float64), seed)
    flat = np.pad(main[:, :2], ((0, 0), (0, max(2 - main.shape[1], 0))))
    points = {"PCA": flat}
    if len(codes) >= _FEWEST_SONGS and main.shape[1] > 2 and np.ptp(main, axis=0).any():
        points["t-SNE"] = _tsne(main, seed)
        if with_umap and len(codes) > _NEIGHBOURS and (umap := _umap()) is not None:
            points["UMAP"] = _by_umap(umap, main, seed)
    return points


def _principal(codes: Array, seed: int) -> Array:
    """Return the principal components of codes."""
    from sklearn.decomposition import PCA

    kept = min(*codes.shape, _MOST_DIMENSIONS)
    with np.errstate(divide="ignore", invalid="ignore"):  # shares of a variance that is none
        return np.asarray(PCA(kept, random_state=seed).fit_transform(codes))


def _tsne(codes: Array, seed: int) -> Array:
    """Return codes laid flat by t-SNE (van der Maaten and Hinton 2008)."""
    from sklearn.manifold import TSNE

    perplexity = min(_PERPLEXITY, (len(codes) - 1) / 3)
    spread = TSNE(perplexity=perplexity, random_state=seed, max_iter=500, init="pca")
    return np.asarray(spread.fit_transform(codes.astype(np.float32)))


def _by_umap(umap: Any, codes: Array, seed: int) -> Array:
    """Return codes laid flat by UMAP (McInnes, Healy and Melville 2018)."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module=r"umap\.")
        return np.asarray(umap(random_state=seed, n_jobs=1).fit_transform(codes))


def _umap() -> Any:
    """Return UMAP without the part of its package that would load TensorFlow; None without UMAP.

    `evaluation/reducers.py` has these lines too: neither room imports the other.
    """
    part: Any = "umap.parametric_umap"
    modules: dict[str, Any] = sys.modules
    modules.setdefault(part, None)  # as if it were not installed
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=ImportWarning, module="umap")
            from umap.umap_ import UMAP
    except ImportError:
        return None
    finally:
        if modules[part] is None:
            del modules[part]
    return UMAP
