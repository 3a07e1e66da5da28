"""What many partitions of the same songs agree on: one partition, and how far each song fits it.

Cluster ensembles: Strehl and Ghosh 2002, Fred and Jain 2005. Two songs are as near as the share of
base partitions that put them into one cluster; spectral clustering divides the training songs by
that. Any song then goes where the votes of its base clusters take it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds
from sklearn.cluster import KMeans

from evaluation.assignment import Array, check_numbers

MOST_SONGS = 20_000
"""Training songs that are divided at most; the others go by the votes, as new songs do."""

STARTS = 10
"""Starts of k-means among the spectral coordinates."""

_NOTHING = 1e-9
"""Length below which a song has no coordinates."""


@dataclass(frozen=True)
class Consensus:
    """A partition made of base partitions, each a vote.

    Attributes
    ----------
    votes : m arrays (base clusters, k): shares of the consensus clusters among the training songs
        of a base cluster, 0 for a base cluster without any.
    """

    votes: Sequence[Array]

    def assign(self, partitions: Array) -> tuple[Array, Array]:
        """Return the cluster of every song, and how far its base partitions agree on that.

        Parameters
        ----------
        partitions : (m, n) base clusters of any songs; -1 has no vote.

        Returns
        -------
        clusters : (n,) int32.
        agreement : (n,) share of the votes that the cluster got, 0 to 1; 0 for a song of which
            all base clusters are without a vote.
        """
        total = np.zeros((partitions.shape[1], self.votes[0].shape[1]))
        for vote, clusters in zip(self.votes, partitions, strict=True):
            known = (clusters >= 0) & (clusters < len(vote))
            total[known] += vote[clusters[known]]
        clusters = total.argmax(axis=1).astype(np.int32)
        every = total.sum(axis=1)
        own = total[np.arange(len(total)), clusters]
        return clusters, np.divide(own, every, out=np.zeros_like(own), where=every > 0)

    def arrays(self) -> dict[str, Array]:
        """Return plain arrays, from which `restore` makes the same."""
        widths = np.array([len(vote) for vote in self.votes], np.int64)
        return {"widths": widths, "votes": np.concatenate(self.votes)}


def restore(arrays: Mapping[str, Array]) -> Consensus:
    """Return what `Consensus.arrays` took apart.

    Raises
    ------
    ValueError
        If it was not that.
    """
    widths, votes = (np.asarray(arrays.get(name, np.empty(0))) for name in ("widths", "votes"))
    check_numbers("votes", votes, (None, None))
    numbers = widths.ndim == 1 and widths.size and widths.dtype.kind == "i"
    if not numbers or widths.min() < 1 or widths.sum() != len(votes):
        raise ValueError(f"{len(votes)} votes do not go with widths of shape {widths.shape}")
    return Consensus(np.split(votes, np.cumsum(widths)[:-1]))


def co_association_space(partitions: Array) -> Array:
    """Return a space (n, base clusters) in which songs lie apart as base partitions (m, n) say.

    The squared distance of two songs is twice the share of the partitions that part them.
    """
    table = _memberships(partitions, partitions.max(axis=1) + 1)
    return np.asarray(table.toarray() / np.sqrt(len(partitions)), np.float32)


def fit_consensus(partitions: Array, count: int, seed: int) -> Consensus:
    """Return the consensus of base partitions (m, n) of the training songs, in `count` clusters.

    Spectral clustering (Ng, Jordan and Weiss 2002) of the co-association of songs. That matrix is
    the product of the table of memberships with itself, so its leading eigenvectors are the left
    singular vectors of that sparse table: no matrix of all songs by all songs is made. Above
    `MOST_SONGS` songs a seeded sample is divided, and only its songs vote. Cost: some hundred
    times n * m.

    Raises
    ------
    ValueError
        If there is no base partition.
    """
    if not len(partitions):
        raise ValueError("a consensus needs a partition at least")
    widths = partitions.max(axis=1) + 1
    if partitions.shape[1] > MOST_SONGS:
        random = np.random.default_rng(seed)
        partitions = partitions[:, random.choice(partitions.shape[1], MOST_SONGS, replace=False)]
    table = _memberships(partitions, widths)
    clusters = _divide(_coordinates(table, count), count, seed)
    found = clusters == np.arange(count)[:, None]
    sizes = np.maximum(np.asarray(table.sum(axis=0)), 1)
    shares = (table.T @ found.T.astype(np.float64)) / sizes[:, None]
    return Consensus(np.split(shares, np.cumsum(widths)[:-1]))


def _memberships(partitions: Array, widths: Array) -> csr_array:
    """Return the table (n, base clusters), 1 where a song is in a base cluster."""
    m, n = partitions.shape
    edges = np.concatenate([[0], np.cumsum(widths)])
    known = partitions >= 0
    columns = (partitions + edges[:-1, None])[known]
    rows = np.broadcast_to(np.arange(n), (m, n))[known]
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, edges[-1]))


def _coordinates(table: csr_array, count: int) -> Array:
    """Return leading eigenvectors (n, count) of normalised co-association, rows of length 1."""
    degrees = table @ np.asarray(table.sum(axis=0))
    scaled = table.multiply(1 / np.sqrt(np.maximum(degrees, 1))[:, None]).tocsr()
    if count < min(scaled.shape):
        found = svds(scaled, k=count, random_state=0, return_singular_vectors="u")[0]
    else:
        found = np.linalg.svd(scaled.toarray(), full_matrices=False)[0][:, :count]
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return found / np.maximum(lengths, _NOTHING)


def _divide(coordinates: Array, count: int, seed: int) -> Array:
    """Return clusters (n,) of spectral coordinates."""
    distinct = len(np.unique(coordinates.round(9), axis=0))
    return KMeans(min(count, distinct), n_init=STARTS, random_state=seed).fit_predict(coordinates)
