"""The clusterers by name, behind one contract: fit on training codes, predict any codes.

``CLUSTERERS["kmeans"].fit(codes, n_clusters, seed)`` gives a `Fitted`; `Clusterer.fit_counts`
does a whole range of counts and shares between them what it can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.assignment import NOISE, Array, NearestCentre, Rule
from evaluation.density import fit_dbscan, fit_hdbscan
from evaluation.kmeans import fit_kmeans
from evaluation.mixture import fit_mixtures
from evaluation.ward import fit_ward


@dataclass(frozen=True)
class Fitted:
    """A clustering of training codes that extends to new codes.

    Attributes
    ----------
    rule : how any code finds its cluster; plain arrays (see `evaluation.assignment`)
    clusters : (n,) int32, the clusters of the training songs; -1 is noise
    bic : Bayesian information criterion (lower is better), mixtures only
    """

    rule: Rule
    clusters: Array
    bic: float | None = None

    @property
    def n_clusters_found(self) -> int:
        """Clusters with at least one training song, noise not among them."""
        return len(np.setdiff1d(self.clusters, [NOISE]))

    @property
    def centres(self) -> Array | None:
        """(k, d) centres where the rule has such."""
        return self.rule.centres if isinstance(self.rule, NearestCentre) else None

    def predict(self, codes: Array) -> Array:
        """Return clusters (n,) int32 of codes (n, d); -1 is noise."""
        return self.rule.assign(np.asarray(codes, np.float64))


FitCounts = Callable[[Array, Sequence[int], int], list[Fitted]]


@dataclass(frozen=True)
class Clusterer:
    """A way of clustering.

    Attributes
    ----------
    name : its name in tasks, columns and `CLUSTERERS`
    fit_range : float64 codes, counts and seed to one `Fitted` per count; its rule is one of
        `evaluation.assignment.RULES`, so that a model is saved without code
    takes_count : False where the clusterer finds its own count and `n_clusters` is ignored
    rotates : whether only distances decide, and not the axes of the codes
    """

    name: str
    fit_range: FitCounts
    takes_count: bool = True
    rotates: bool = True

    def fit(self, codes: Array, n_clusters: int, seed: int = 0) -> Fitted:
        """Cluster training codes (n, d) into at most `n_clusters` clusters.

        Where the codes hold fewer distinct values than `n_clusters`, fewer clusters are found.

        Raises
        ------
        ValueError
            If codes are no finite matrix of at least two songs, or the count is below 1.
        """
        return self.fit_counts(codes, [n_clusters], seed)[0]

    def fit_counts(self, codes: Array, counts: Sequence[int], seed: int = 0) -> list[Fitted]:
        """Run `fit` for every count; the same results, sooner where starts can be shared."""
        codes = np.asarray(codes, np.float64)
        if codes.ndim != 2 or len(codes) < 2 or not np.isfinite(codes).all():
            raise ValueError(
                f"{self.name}: codes of shape {codes.shape} must be a matrix of finite numbers "
                "with a row for each of two songs or more: check what the encoder gave"
            )
        if not counts or min(counts) < 1:
            raise ValueError(f"{self.name}: cluster counts {list(counts)} must all be 1 or more")
        return self.fit_range(codes, counts, seed)


def _kmeans(codes: Array, counts: Sequence[int], seed: int) -> list[Fitted]:
    fits = fit_kmeans(codes, counts, seed)
    return [Fitted(NearestCentre(centres), clusters) for centres, clusters in fits]


def _gaussian_mixture(codes: Array, counts: Sequence[int], seed: int) -> list[Fitted]:
    return [Fitted(*fit) for fit in fit_mixtures(codes, counts, seed)]


def _agglomerative(codes: Array, counts: Sequence[int], seed: int) -> list[Fitted]:
    return [Fitted(*fit) for fit in fit_ward(codes, counts, seed)]


def _dbscan(codes: Array, counts: Sequence[int], seed: int) -> list[Fitted]:
    return [Fitted(*fit_dbscan(codes))] * len(counts)


def _hdbscan(codes: Array, counts: Sequence[int], seed: int) -> list[Fitted]:
    return [Fitted(*fit_hdbscan(codes))] * len(counts)


CLUSTERERS = {
    clusterer.name: clusterer
    for clusterer in (
        Clusterer("kmeans", _kmeans),
        Clusterer("gaussian_mixture", _gaussian_mixture, rotates=False),
        Clusterer("agglomerative", _agglomerative),
        Clusterer("dbscan", _dbscan, takes_count=False),
        Clusterer("hdbscan", _hdbscan, takes_count=False),
    )
}
