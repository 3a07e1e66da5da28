"""What stands between codes and clusterer: nothing, or UMAP. Fitted on training codes.

New codes are placed by a rule of our own. UMAP's moves them by random steps whose course hangs on
the last bit of a code: an error of 1e-6, as between two ways of encoding one song, moved 4 % of
GTZAN + Bangla to another cluster. The rule here takes no chances, places each code by itself and
leaves training codes where UMAP put them. Its clusters are as good (held-out ARI of k-means at
the true count, PCA-16 of the view power, of maps with steps before it, mean of three splits):

============= ====== ============== ============= ====
placed by     digits GTZAN + Bangla spoken digits demo
============= ====== ============== ============= ====
UMAP          .81    .26            .29           .74
this rule     .82    .27            .29           .75
weighted mean .78    .23            .29           .68
============= ====== ============== ============= ====
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from evaluation.assignment import Array, check_numbers, check_width

COMPONENTS = 5
"""Dimensions of UMAP's embedding."""

MOST_COMPONENTS = 64
"""Most that a restored reducer may have: ten places of each are held for every song."""

NEIGHBOURS = 20
"""Nearest codes that UMAP looks at."""

FEWEST_CODES = COMPONENTS + 2
"""UMAP starts from eigenvectors of the graph of neighbours, which must have that many."""

VOTERS = 10
"""Training codes that decide where a new code goes."""

REACH = 0.5
"""Distance in the embedding at which a neighbour counts half; UMAP's own curve reaches .66."""

ROUNDS = 30
"""Iterations of the M-estimate."""


class FittedReducer(Protocol):
    """A reducer fitted on training codes.

    Attributes
    ----------
    embedding : (n, d') the training codes as the clusterer gets them
    """

    @property
    def embedding(self) -> Array: ...

    def transform(self, codes: Array) -> Array:
        """Return any codes (n, d) as the clusterer gets them, (n, d')."""

    def arrays(self) -> dict[str, Array]:
        """Return all that `restore` needs."""


@dataclass(frozen=True)
class Reducer:
    """A row of `REDUCERS`.

    Attributes
    ----------
    name : its name in tasks, columns and `REDUCERS`
    fit_codes : training codes (n, d) and seed to a rule: `Unchanged`, `Linear` or `Neighbourhood`,
        which are made of plain arrays, so that a model is saved without code
    comparable : whether scores in the space of its embedding may be held against those of others
    """

    name: str
    fit_codes: Callable[[Array, int], FittedReducer]
    comparable: bool = True

    def fit(self, codes: Array, seed: int = 0) -> FittedReducer:
        """Fit on training codes (n, d). The same codes and seed give the same reducer.

        Raises
        ------
        ValueError
            If the codes are too few for this reducer.
        """
        return self.fit_codes(codes, seed)


@dataclass(frozen=True)
class Unchanged:
    """Codes as they are."""

    embedding: Array

    def transform(self, codes: Array) -> Array:
        return codes

    def arrays(self) -> dict[str, Array]:
        return {}


@dataclass(frozen=True)
class Neighbourhood:
    """Each code goes where most of its nearest training codes went.

    The place is a Cauchy M-estimate: the mean of the places of `VOTERS` neighbours, each weighted
    by 1 / its distance among codes, and less the farther it lies from the mean itself. A plain
    mean would put a code whose neighbours went to two clusters between them, where there is none.

    Attributes
    ----------
    codes, embedding : (n, d) training codes and (n, d') their places
    """

    codes: Array
    embedding: Array

    def transform(self, codes: Array) -> Array:
        check_width(codes, self.codes)
        finder = NearestNeighbors(n_neighbors=min(VOTERS, len(self.codes)))
        finder.fit(self.codes.astype(np.float64))
        distances, nearest = finder.kneighbors(codes.astype(np.float64))
        weights = 1 / np.maximum(distances, np.finfo(np.float32).tiny)
        places = self.embedding[nearest].astype(np.float64)
        votes = weights
        for _ in range(ROUNDS):
            place = np.einsum("nk,nkd->nd", votes, places) / votes.sum(axis=1, keepdims=True)
            apart = np.square(places - place[:, None]).sum(axis=2)
            votes = weights / (1 + apart / REACH**2)
        return place.astype(np.float32)

    def arrays(self) -> dict[str, Array]:
        return {"codes": self.codes, "embedding": self.embedding}


@dataclass(frozen=True)
class Linear:
    """Each code goes to `(code - offset) @ matrix`.

    Attributes
    ----------
    offset, matrix : (d,) and (d, d')
    embedding : (n, d') the training codes
    """

    offset: Array
    matrix: Array
    embedding: Array

    @classmethod
    def of(cls, codes: Array, offset: Array, matrix: Array) -> Linear:
        """Return the rule of these numbers, and the training codes (n, d) under it."""
        offset, matrix = np.asarray(offset, np.float32), np.asarray(matrix, np.float32)
        rule = cls(offset, matrix, np.empty((0, matrix.shape[1]), np.float32))
        return cls(offset, matrix, rule.transform(codes))

    def transform(self, codes: Array) -> Array:
        check_width(codes, self.offset[None])
        return ((codes - self.offset) @ self.matrix).astype(np.float32)

    def arrays(self) -> dict[str, Array]:
        return {"offset": self.offset, "matrix": self.matrix}


def restore(arrays: Mapping[str, Array]) -> FittedReducer:
    """Return the reducer whose `arrays` these are; without its training codes, but for neighbours.

    Raises
    ------
    ValueError
        If they are not the arrays of a reducer.
    """
    if not arrays:
        return Unchanged(np.empty((0, 0), np.float32))
    if set(arrays) == {"offset", "matrix"}:
        offset, matrix = (np.asarray(arrays[name]) for name in ("offset", "matrix"))
        check_numbers("offset", offset, (None,))
        check_numbers("matrix", matrix, (len(offset), None))
        return Linear(offset, matrix, np.empty((0, matrix.shape[1]), np.float32))
    if set(arrays) != {"codes", "embedding"}:
        raise ValueError(f"the arrays {sorted(arrays)[:5]} are of no reducer")
    codes, embedding = (np.asarray(arrays[name]) for name in ("codes", "embedding"))
    check_numbers("codes", codes, (None, None))
    check_numbers("embedding", embedding, (len(codes), None))
    if embedding.shape[1] > MOST_COMPONENTS:
        raise ValueError(f"embedding has {embedding.shape[1]} dimensions, not {COMPONENTS}")
    return Neighbourhood(codes, embedding)


def _leave(codes: Array, seed: int) -> Unchanged:
    """Leave codes as they are."""
    return Unchanged(codes)


def _fit_umap(codes: Array, seed: int) -> Neighbourhood:
    """Fit UMAP (McInnes, Healy and Melville 2018) of `COMPONENTS` dimensions to training codes.

    Cost: the first fit in a process compiles for 7 s; then 1.4 s at 600 codes, 4.5 s at 1,500.
    """
    if len(codes) < FEWEST_CODES:
        raise ValueError(
            f"UMAP takes {FEWEST_CODES} training songs or more, not {len(codes)}: "
            'use the reducer "none"'
        )
    umap = import_umap()
    count = min(NEIGHBOURS, len(codes) - 1)
    # Exact neighbours: UMAP's own search is approximate from 4,096 codes on and compiles longer.
    finder = NearestNeighbors(n_neighbors=count).fit(codes)
    # Several threads add up in no fixed order.
    with threadpool_limits(1, user_api="openmp"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module=r"umap\.")
        distances, nearest = finder.kneighbors(codes)
        model = umap(
            n_components=COMPONENTS,
            n_neighbors=count,
            min_dist=0.0,
            random_state=seed % 2**32,
            n_jobs=1,
            precomputed_knn=(nearest, distances.astype(np.float32)),
        ).fit(codes)
    return Neighbourhood(np.asarray(codes, np.float32), model.embedding_)


def import_umap() -> Any:
    """Import UMAP without the part of its package that would load TensorFlow."""
    part: Any = "umap.parametric_umap"
    modules: dict[str, Any] = sys.modules
    modules.setdefault(part, None)  # as if it were not installed
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=ImportWarning, module="umap")
            from umap.umap_ import UMAP
    finally:
        if modules[part] is None:
            del modules[part]
    return UMAP


NONE = "none"
"""The reducer that leaves codes as they are."""

REDUCERS = {
    reducer.name: reducer
    for reducer in (
        Reducer(NONE, _leave),
        Reducer("umap", _fit_umap, comparable=False),
    )
}
