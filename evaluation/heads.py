"""Heads: what stands between the codes of songs and the clusterer, by name.

A head is fitted on the codes of the training songs and seeded, so that these and the seed are all
that need be kept to have it again.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

from evaluation.assignment import Array

UMAP_COMPONENTS = 5
UMAP_NEIGHBOURS = 20


@dataclass(frozen=True)
class FittedHead:
    """A head on the codes it was fitted on.

    Attributes
    ----------
    embedding : (n_train, d') what became of the training codes
    transform : any codes (n, d) to (n, d')
    """

    embedding: Array
    transform: Callable[[Array], Array]


@dataclass(frozen=True)
class Head:
    """A way to see codes.

    Attributes
    ----------
    fit : training codes (n, d) and seed to a fitted head
    comparable : whether scores in its space mean what they mean in a code space
    """

    fit: Callable[[Array, int], FittedHead]
    comparable: bool


def _none(codes: Array, seed: int) -> FittedHead:
    return FittedHead(codes, lambda others: others)


def _umap(codes: Array, seed: int) -> FittedHead:
    """UMAP (McInnes et al. 2018) in 5 dimensions, 20 neighbours and no minimal distance.

    Fewer neighbours where there are fewer codes; codes too few for a graph stay as they are.
    """
    neighbours = min(UMAP_NEIGHBOURS, len(codes) - 1)
    components = min(UMAP_COMPONENTS, len(codes) - 2)
    if neighbours < 2 or components < 1:
        return _none(codes, seed)
    with warnings.catch_warnings():
        # It says that a seed makes it run in one thread, and that few codes are few.
        warnings.simplefilter("ignore")
        from umap import UMAP

        model = UMAP(
            n_components=components,
            n_neighbors=neighbours,
            min_dist=0.0,
            random_state=seed % 2**32,
            n_jobs=1,
        ).fit(codes)

    def transform(others: Array) -> Array:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return model.transform(others)

    return FittedHead(model.embedding_, transform)


HEADS = {"none": Head(_none, comparable=True), "umap": Head(_umap, comparable=False)}
