"""Coherence, worked by hand, in one reference space and in several."""

from dataclasses import replace

import numpy as np
import pytest

from evaluation.coherence import (
    coherence,
    coherence_by_view,
    coherence_parts,
    filtered_coherence,
)
from evaluation.reference import ReferencePart

# Six songs on a line, clusters 0 0 0 1 1 1; each song's two nearest neighbours.
CLUSTERS = np.array([0, 0, 0, 1, 1, 1])
NEAREST = np.array([[1, 2], [0, 2], [1, 3], [2, 4], [3, 5], [4, 3]])
SWAPPED = np.array([[3, 4]] * 3 + [[0, 1]] * 3)
"""No neighbour is of the same cluster: A = 0, kappa = -1, which counts 0."""


def part_of(neighbours: np.ndarray, neighbours_whitened: np.ndarray) -> ReferencePart:
    points = np.zeros((6, 1))
    return ReferencePart(points, points, neighbours, neighbours_whitened, np.arange(6))


def test_coherence_worked_by_hand():
    # Same cluster: 2 2 1 1 2 2 of 2 each, so A = 10/12; C = 1/2; kappa = 2/3.
    assert coherence_parts(CLUSTERS, NEAREST, SWAPPED) == pytest.approx((np.log(2), 2 / 3, -1))
    half = coherence(CLUSTERS, part_of(NEAREST, SWAPPED))
    assert half == pytest.approx(np.log(2) * (2 / 3) / 2)
    assert coherence(CLUSTERS, part_of(NEAREST, NEAREST)) == pytest.approx(2 * half)


def test_coherence_of_uneven_clusters_worked_by_hand():
    clusters = np.array([0, 0, 0, 0, -1, 2])
    # A = (2 + 2 + 2 + 1 + 0 + 0) / 12; C = (16 + 1 + 1) / 36.
    kappa = (7 / 12 - 1 / 2) / (1 - 1 / 2)
    entropy = -(4 / 6 * np.log(4 / 6) + 2 / 6 * np.log(1 / 6))
    assert coherence(clusters, part_of(NEAREST, NEAREST)) == pytest.approx(entropy * kappa)


def test_one_cluster_has_no_coherence():
    assert coherence(np.zeros(6, int), part_of(NEAREST, NEAREST)) == 0


def test_every_view_is_a_space_of_its_own():
    views = {"standard": part_of(NEAREST, NEAREST), "power": part_of(NEAREST, SWAPPED)}
    found = coherence_by_view(CLUSTERS, views)
    assert found["standard"] == pytest.approx(2 * found["power"])


def test_an_artist_filter_counts_other_neighbours():
    alone = part_of(NEAREST, NEAREST)
    assert filtered_coherence(CLUSTERS, alone) is None
    part = replace(alone, filtered=(SWAPPED, NEAREST))
    assert filtered_coherence(CLUSTERS, part) == coherence(CLUSTERS, part_of(SWAPPED, NEAREST))
