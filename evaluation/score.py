"""Every clusterer at every count on one model's codes: one row of scores each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.assignment import NOISE, Array
from evaluation.clusterers import CLUSTERERS, Fitted
from evaluation.coherence import coherence_by_view, filtered_coherence
from evaluation.entropy import entropy
from evaluation.external import label_scores
from evaluation.indices import centroid_indices, silhouettes
from evaluation.reference import ReferencePart

Row = dict[str, str | int | float | None]


@dataclass(frozen=True)
class Scores:
    """Rows, with the partition and the fitted clusterer behind each.

    Attributes
    ----------
    rows : one per clustering; numbers are Python numbers or None, never NaN
    assignments : (m, n) int32 clusters of the evaluated songs, -1 for noise
    fitted : m fitted clusterers
    """

    rows: list[Row]
    assignments: Array
    fitted: list[Fitted | OwnClusters]


OWN = "own"
"""Name of the clusterer that stands for the clusters an encoder has of itself."""


@dataclass(frozen=True)
class OwnClusters:
    """Clusters that came with the codes, where a clusterer would have fitted some.

    Attributes
    ----------
    count : clusters that the encoder may use
    clusters, scored : (n_train,) and (n,) clusters of the training and of the evaluated songs
    """

    count: int
    clusters: Array
    scored: Array
    bic: None = None

    @property
    def n_clusters_found(self) -> int:
        """Clusters with at least one training song."""
        return len(np.unique(self.clusters))

    def predict(self, codes: Array) -> Array:
        """Return the clusters of the evaluated songs, whose codes these must be."""
        return self.scored


def score(
    codes_train: Array,
    codes: Array,
    references: Mapping[str, ReferencePart],
    labels: Mapping[str, Array],
    primary: str,
    clusterers: Sequence[str],
    counts: Sequence[int],
    seed: int = 0,
    own: OwnClusters | None = None,
) -> Scores:
    """Fit clusterers on training codes and score their partitions of another split.

    A clusterer that finds its own count gives a single row, at the count it found; clusters of
    the encoder's own give one under the name "own".

    Parameters
    ----------
    codes_train, codes : (n_train, d) and (n, d) codes of the training and the evaluated songs
    references : view -> the evaluated split in its reference space; silhouettes are in the first
    labels : label columns (n,) of text, "" for unknown; scored, and used for nothing else
    primary : the label whose scores carry no suffix; it may be absent from `labels`
    clusterers : names in `evaluation.clusterers.CLUSTERERS`

    Raises
    ------
    ValueError
        If codes hold NaN or infinity, or do not match the references in number.
    """
    codes = np.asarray(codes, np.float64)
    reference = next(iter(references.values()))
    if not np.isfinite(codes).all():
        raise ValueError("the codes of the evaluated songs hold NaN or infinity: training failed")
    if len(codes) != len(reference.points):
        raise ValueError(
            f"{len(codes)} codes but {len(reference.points)} songs in the reference space: "
            "both must be of one split"
        )
    fits: list[tuple[str, int, Fitted | OwnClusters]] = list(
        _fits(codes_train, clusterers, counts, seed)
    )
    if own is not None:
        fits.append((OWN, own.count, own))
    fitted = [fit for _, _, fit in fits]
    assignments = np.stack([fit.predict(codes) for fit in fitted])
    sample = reference.sample
    davies_bouldin, calinski_harabasz = centroid_indices(codes, assignments)
    own_space = silhouettes(codes[sample], assignments[:, sample])
    shared_space = silhouettes(reference.points[sample], assignments[:, sample])
    rows: list[Row] = [
        {
            "clusterer": name,
            "n_clusters": count,
            "n_clusters_found": fit.n_clusters_found,
            "silhouette": _number(own_space[i]),
            "davies_bouldin": _number(davies_bouldin[i]),
            "calinski_harabasz": _number(calinski_harabasz[i]),
            "reference_silhouette": _number(shared_space[i]),
            "silhouette_songs": len(sample),
            "bic": fit.bic,
            **of_partition(clusters, fit.clusters, count, references, labels, primary),
        }
        for i, ((name, count, fit), clusters) in enumerate(zip(fits, assignments, strict=True))
    ]
    return Scores(rows, assignments, fitted)


def of_partition(
    clusters: Array,
    training: Array,
    count: int,
    references: Mapping[str, ReferencePart],
    labels: Mapping[str, Array],
    primary: str,
) -> Row:
    """Return the scores of a partition (n,) that need no codes.

    Parameters
    ----------
    training : (n_train,) the clusters of the training songs, of which `count` were asked for
    references, labels, primary : see `score`
    """
    by_view = coherence_by_view(clusters, references)
    filtered = filtered_coherence(clusters, next(iter(references.values())))
    row: Row = {
        "coverage": float(np.mean(clusters != NOISE)),
        "coherence": min(by_view.values()),
        **{f"coherence_{view}": value for view, value in by_view.items()},
        **({} if filtered is None else {"artist_filtered_coherence": filtered}),
        "balance": balance(training, count),
        "smallest_cluster": smallest_share(training),
    }
    for label, truth in labels.items():
        suffix = "" if label == primary else f"_{label}"
        scores = label_scores(clusters, truth)
        row.update({f"{column}{suffix}": value for column, value in scores.items()})
    return row


def balance(clusters: Array, count: int) -> float:
    """Return exp(entropy) of cluster sizes over the number of clusters: 1 if all are of one size.

    Clusters of training songs (n,), noise (-1) as one class more; `count` clusters were asked
    for, and one that stayed empty counts.
    """
    sizes = np.unique(clusters, return_counts=True)[1]
    return math.exp(entropy(sizes)) / max(count, len(sizes))


def smallest_share(clusters: Array) -> float:
    """Return the share of songs (n,) in the smallest cluster; 0 if all are noise (-1)."""
    sizes = np.unique(clusters[clusters != NOISE], return_counts=True)[1]
    return float(sizes.min() / len(clusters)) if len(sizes) else 0.0


def _fits(
    codes: Array, clusterers: Sequence[str], counts: Sequence[int], seed: int
) -> Iterator[tuple[str, int, Fitted]]:
    for name in clusterers:
        clusterer = CLUSTERERS[name]
        if clusterer.takes_count:
            fits = clusterer.fit_counts(codes, counts, seed)
            yield from ((name, count, fit) for count, fit in zip(counts, fits, strict=True))
        else:
            fit = clusterer.fit(codes, 1, seed)
            yield name, fit.n_clusters_found, fit


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
