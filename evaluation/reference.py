"""Reference spaces: fixed for a run, so that every partition is judged alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sklearn.decomposition import PCA
from sklearn.metrics import pairwise_distances_chunked
from sklearn.neighbors import NearestNeighbors

from evaluation.assignment import Array
from evaluation.kmeans import fit_kmeans
from evaluation.sampling import some_training, stratified_sample

COMPONENTS = 50
"""Principal components of the reference space."""

NEIGHBOURS = 10
"""Nearest songs that coherence looks at."""

MOST_FITTED = 10_000
"""Training songs that the components are found on at most: a sample where there are more."""

TOGETHER = 1_000
"""Songs whose components are found at once, so that no second copy of all songs is made."""

EXACT_UP_TO = 10_000
"""Songs of a split up to which silhouettes are exact, and an artist filter is known: some seconds
of one core."""

_MOST_MIB = 64
"""Of distances between songs that are held at once."""

STRATA = 20
"""K-means clusters from each of which the sample takes its share."""


class Input(Protocol):
    """One input of all songs, (n, width): an array, or what makes the rows that are asked for."""

    def __getitem__(self, rows: Array, /) -> Array:
        """Return some songs, (m, width), by their positions."""


@dataclass(frozen=True)
class ReferencePart:
    """One split of the songs in the reference space.

    Attributes
    ----------
    points, whitened : (n, c) principal components, plain and over their training deviation
    neighbours, neighbours_whitened : (n, 10) nearest other songs of this split in each
    sample : (s,) songs on which silhouettes are computed; all of them up to `EXACT_UP_TO`
    filtered : (n, m) neighbours in each, plain and whitened, that are of another group: an artist
        filter (Flexer and Schnitzer 2010); None where groups are unknown or one alone is there,
        and above `EXACT_UP_TO` songs
    """

    points: Array
    whitened: Array
    neighbours: Array
    neighbours_whitened: Array
    sample: Array
    filtered: tuple[Array, Array] | None = None


@dataclass(frozen=True)
class Reference:
    """A space: `train` (n, c) principal components of training songs, other splits by name."""

    train: Array
    parts: Mapping[str, ReferencePart]


def build_reference(
    inputs: Sequence[Input],
    split: Array,
    seed: int = 0,
    components: int = COMPONENTS,
    groups: Array | None = None,
) -> Reference:
    """Build the reference space of a run: once per run, then fixed.

    Parameters
    ----------
    inputs : standardised, one (n, width) matrix each, scaled here to equal total variance
    split : (n,) text, "train" for the songs that fit the space; all others become parts
    components : principal components kept, fewer where the training songs hold fewer
    groups : (n,) text, the artist of each song or the like

    Raises
    ------
    ValueError
        If fewer than two songs are for training, or no input varies.
    """
    training = split == "train"
    if training.sum() < 2:
        raise ValueError(f"the reference space needs two training songs, not {training.sum()}")
    rows = some_training(split, MOST_FITTED, seed)
    scales = equal_variance(inputs, rows)
    fitted = scaled(inputs, rows, scales)
    if not np.ptp(fitted, axis=0).any():
        raise ValueError("no input varies between training songs: check what the songs hold")
    model = PCA(min(components, len(rows) - 1, fitted.shape[1]), random_state=seed).fit(fitted)
    deviation = np.sqrt(model.explained_variance_)
    # Directions at the rounding of float32 inputs are no directions: whitening would raise noise.
    sound = deviation > 1e-3 * deviation[0]
    pieces = np.array_split(np.arange(len(split)), -(-len(split) // TOGETHER))
    found = [model.transform(scaled(inputs, piece, scales))[:, sound] for piece in pieces]
    points = np.concatenate(found).astype(np.float64)
    parts = {
        str(name): _part(
            points[split == name],
            deviation[sound],
            seed,
            None if groups is None else groups[split == name],
        )
        for name in np.unique(split[~training])
    }
    return Reference(points[training], parts)


def equal_variance(inputs: Sequence[Input], rows: Array) -> list[float]:
    """Return by what to divide each input so that all have one total variance at these songs."""
    totals = (array[rows].var(axis=0, dtype=np.float64).sum() for array in inputs)
    return [float(np.sqrt(total)) or 1.0 for total in totals]


def scaled(inputs: Sequence[Input], rows: Array, scales: Sequence[float]) -> Array:
    """Return some songs of all inputs side by side, (m, width) float32."""
    parts = [array[rows] / scale for array, scale in zip(inputs, scales, strict=True)]
    return np.concatenate(parts, axis=1, dtype=np.float32, casting="same_kind")


def _part(points: Array, deviation: Array, seed: int, groups: Array | None) -> ReferencePart:
    whitened = points / deviation
    sample = np.arange(len(points))
    if len(points) > EXACT_UP_TO:
        cells = fit_kmeans(points, [STRATA], seed)[0][1]
        sample = stratified_sample(cells, EXACT_UP_TO, seed)
    filtered = None
    affordable = len(points) <= EXACT_UP_TO
    if groups is not None and affordable and len(np.unique(groups)) > 1:
        filtered = _nearest_of_others(points, groups), _nearest_of_others(whitened, groups)
    return ReferencePart(points, whitened, _nearest(points), _nearest(whitened), sample, filtered)


def _nearest(points: Array) -> Array:
    count = min(NEIGHBOURS, len(points) - 1)
    if not count:
        return np.empty((len(points), 0), np.int32)
    finder = NearestNeighbors(n_neighbors=count, algorithm="brute").fit(points)
    return finder.kneighbors(return_distance=False).astype(np.int32)


def _nearest_of_others(points: Array, groups: Array) -> Array:
    """Return the nearest songs of other groups (n, m): as many as the largest group leaves."""
    _, own, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    count = min(NEIGHBOURS, len(points) - sizes.max())

    def nearest(distances: Array, start: int) -> Array:
        rows = own[start : start + len(distances)]
        distances[rows[:, None] == own] = np.inf
        found = np.argpartition(distances, count - 1, axis=1)[:, :count]
        return found.astype(np.int32)

    pieces = pairwise_distances_chunked(points, reduce_func=nearest, working_memory=_MOST_MIB)
    return np.concatenate([*pieces])
