"""Density clusterers: a radius that fits the codes, and noise that stays."""

import numpy as np
import pytest

from evaluation.clusterers import CLUSTERERS
from evaluation.density import radius

RNG = np.random.default_rng(6)
BLOBS = np.concatenate(
    [RNG.normal(size=(150, 2)) * 0.3 + mean for mean in ([0, 0], [6, 0], [0, 6])]
)
SCATTER = RNG.uniform(-20, 26, size=(30, 2))
FAR = np.array([[100.0, 100.0]])


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_dbscan_finds_dense_groups_on_any_scale(scale):
    codes = np.concatenate([BLOBS, SCATTER]) * scale
    fitted = CLUSTERERS["dbscan"].fit(codes, 0 + 1)
    assert fitted.n_clusters_found == 3
    assert (fitted.clusters[:450] >= 0).mean() > 0.95
    assert (fitted.clusters[450:] == -1).mean() > 0.7


def test_hdbscan_finds_dense_groups():
    fitted = CLUSTERERS["hdbscan"].fit(np.concatenate([BLOBS, SCATTER]), 1)
    assert fitted.n_clusters_found == 3


def test_a_new_code_far_from_all_others_is_noise_to_dbscan():
    fitted = CLUSTERERS["dbscan"].fit(BLOBS, 1)
    assert fitted.predict(FAR).tolist() == [-1]
    assert fitted.predict(BLOBS[:5]).tolist() == fitted.clusters[:5].tolist()


def test_the_radius_is_the_knee_of_the_distance_curve():
    # Distances to the nearest other song: 1 1 1 1 1 9; the last point before the jump is 1.
    line = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [13.0]])
    assert 1 < radius(line, neighbour=2) < 1 + 1e-5


def test_exact_duplicates_are_dense():
    codes = np.repeat(np.array([[0.0, 1.0], [2.0, 3.0]]), 30, axis=0)
    assert CLUSTERERS["dbscan"].fit(codes, 1).n_clusters_found == 2
