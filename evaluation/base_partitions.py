"""Base partitions: one model's codes divided at several counts, of which a consensus is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.assignment import Array, NearestCentre, check_numbers
from evaluation.kmeans import fit_kmeans

SPAN = (0.5, 1.0, 2.0)
"""Clusters of the base partitions, in units of those of the consensus."""

FEWEST, MOST = 2, 2_000
"""Clusters of a base partition."""


def base_counts(count: int) -> list[int]:
    """Return the counts of the base partitions of a consensus in `count` clusters, rising."""
    return sorted({max(FEWEST, round(count * share)) for share in SPAN})


def every_base_count(counts: Iterable[int]) -> list[int]:
    """Return the base counts of a consensus in each of `counts`, rising."""
    return sorted({base for count in counts for base in base_counts(count)})


@dataclass(frozen=True)
class BasePartitions:
    """K-means of one model's codes.

    Attributes
    ----------
    centres : count -> (clusters, d); fewer clusters than asked for where there are few songs.
    """

    centres: Mapping[int, Array]

    @classmethod
    def fit(cls, codes: Array, counts: Sequence[int], seed: int) -> BasePartitions:
        """Divide training codes (n, d) at the base counts of a consensus in each of `counts`."""
        bases = every_base_count(counts)
        fits = fit_kmeans(np.asarray(codes, np.float64), bases, seed)
        return cls({base: centres for base, (centres, _) in zip(bases, fits, strict=True)})

    def assign(self, codes: Array, counts: Sequence[int] | None = None) -> Array:
        """Return base clusters (counts, n) int16 of codes (n, d), at all counts or at some."""
        rules = [NearestCentre(self.centres[count]) for count in counts or self.centres]
        codes = np.asarray(codes, np.float64)
        return np.stack([rule.assign(codes) for rule in rules]).astype(np.int16)

    def arrays(self) -> dict[str, Array]:
        """Return plain arrays, from which `restore` makes the same."""
        return {str(count): centres for count, centres in self.centres.items()}


def restore(arrays: Mapping[str, Array]) -> BasePartitions:
    """Return what `BasePartitions.arrays` took apart.

    Raises
    ------
    ValueError
        If it was not that.
    """
    centres: dict[int, Array] = {}
    for name, values in arrays.items():
        if not (name.isascii() and name.isdigit() and FEWEST <= int(name[:5]) <= MOST):
            raise ValueError(f"{name[:20]!r} is no count of a base partition")
        found = np.asarray(values)
        check_numbers("centres", found, (None, None))
        centres[int(name)] = found.astype(np.float64)
    return BasePartitions({count: centres[count] for count in sorted(centres)})
