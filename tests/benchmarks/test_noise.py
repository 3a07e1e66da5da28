"""A search over noise, as the benchmark counts it."""

from types import ModuleType

import numpy as np

SMALL = {
    "trials": 2,
    "epochs": 2,
    "clusters": "2:4",
    "null_collections": 3,
    "space.latent_size.high": 8,
}


def test_noise_has_neither_clusters_nor_labels_that_fit(noise: ModuleType) -> None:
    songs = noise.Noise(1000, 30, 10).draw(seed=1)
    assert songs.audio.shape == (1000, 30)
    covariance = np.cov(songs.audio.T)
    assert np.abs(covariance - np.eye(30)).max() < 0.2
    assert len(np.unique(songs.labels["genre"])) == 10
    other = noise.Noise(1000, 30, 10).draw(seed=2)
    assert not np.array_equal(songs.audio, other.audio)


def test_a_search_over_noise_ends_with_a_verdict(noise: ModuleType) -> None:
    row = noise.searched(noise.Noise(150, 8, 3), {**SMALL, "seed": 1})
    assert row["songs"] == "noise 1"
    assert isinstance(row["verdict"], str) and row["verdict"]
    assert noise.count([row, {"verdict": "nothing found"}]) >= 1
