"""What partitions agree on: spectral clustering worked out in full, votes by hand, doubt shown."""

import numpy as np
import pytest
from sklearn.cluster import SpectralClustering
from sklearn.metrics import adjusted_rand_score

from evaluation.consensus import Consensus, fit_consensus, restore
from evaluation.kmeans import fit_kmeans

RNG = np.random.default_rng(5)
GROUPS = RNG.integers(4, size=300)
SONGS = 6 * RNG.normal(size=(4, 8))[GROUPS] + RNG.normal(size=(300, 8))


def bases(songs: np.ndarray, models: int = 6) -> np.ndarray:
    """Base partitions into 2, 4 and 8, of models that each see three of the features."""
    seen = [RNG.choice(songs.shape[1], 3, replace=False) for _ in range(models)]
    return np.stack(
        [clusters for some in seen for _, clusters in fit_kmeans(songs[:, some], [2, 4, 8], 0)]
    )


def test_it_is_spectral_clustering_of_the_co_association() -> None:
    partitions = bases(SONGS)
    together = (partitions[:, :, None] == partitions[:, None]).mean(axis=0)
    whole = SpectralClustering(4, affinity="precomputed", random_state=0).fit_predict(together)
    clusters, _ = fit_consensus(partitions, 4, 0).assign(partitions)
    assert adjusted_rand_score(whole, clusters) > 0.95


def test_it_finds_the_groups_better_than_its_members_do() -> None:
    near = 1.5 * RNG.normal(size=(4, 8))[GROUPS] + RNG.normal(size=(300, 8))
    partitions = bases(near, models=12)
    clusters, agreement = fit_consensus(partitions, 4, 0).assign(partitions)
    alone = [adjusted_rand_score(GROUPS, one) for one in partitions[1::3]]
    assert adjusted_rand_score(GROUPS, clusters) > np.mean(alone) + 0.1
    assert ((agreement > 0) & (agreement <= 1)).all()


def test_votes_worked_by_hand() -> None:
    first = np.array([[1.0, 0.0], [0.25, 0.75]])
    second = np.array([[0.5, 0.5], [0.0, 1.0]])
    songs = np.array([[0, 0, 1, 1, -1], [0, 1, 0, 1, -1]])
    clusters, agreement = Consensus([first, second]).assign(songs)
    # Sums: (1.5, .5) (1, 1) (.75, 1.25) (.25, 1.75) and no vote at all.
    assert clusters.tolist() == [0, 0, 1, 1, 0]
    assert agreement.tolist() == [0.75, 0.5, 0.625, 0.875, 0.0]


def test_songs_between_the_clusters_are_of_low_agreement() -> None:
    centres = np.array([[-6.0, 0.0], [6.0, 0.0]])
    train = centres[RNG.integers(2, size=200)] + RNG.normal(size=(200, 2))
    between = np.column_stack([np.zeros(20), np.linspace(-20, 20, 20)])
    tilted = [train + RNG.normal(scale=1.5, size=train.shape) for _ in range(9)]
    fits = [fit_kmeans(some, [2], seed)[0][0] for seed, some in enumerate(tilted)]

    def base(songs: np.ndarray) -> np.ndarray:
        return np.stack([((songs[:, None] - c) ** 2).sum(axis=2).argmin(axis=1) for c in fits])

    found = fit_consensus(base(train), 2, 0)
    certain, doubtful = found.assign(base(train))[1], found.assign(base(between))[1]
    assert np.median(certain) > 0.95
    assert doubtful.mean() < certain.mean() - 0.1


def test_new_songs_go_where_the_same_songs_went() -> None:
    partitions = bases(SONGS)
    found = fit_consensus(partitions, 3, 0)
    whole, agreement = found.assign(partitions)
    some = found.assign(partitions[:, 50:60])
    np.testing.assert_array_equal(some[0], whole[50:60])
    np.testing.assert_array_equal(some[1], agreement[50:60])


def test_the_same_seed_gives_the_same() -> None:
    partitions = bases(SONGS)
    one, other = (fit_consensus(partitions, 4, 7).assign(partitions)[0] for _ in range(2))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("count", [2, 5, 16])
def test_fewer_base_clusters_than_asked_for_give_as_many(count: int) -> None:
    partitions = np.array([[0, 0, 1, 1, 2, 2], [0, 0, 0, 1, 1, 1]])
    clusters, _ = fit_consensus(partitions, count, 0).assign(partitions)
    assert len(np.unique(clusters)) == min(count, 4)


def test_noise_has_no_vote_and_no_partition_is_refused() -> None:
    partitions = np.array([[0, 0, 1, 1], [-1, 0, 1, -1]])
    clusters, _ = fit_consensus(partitions, 2, 0).assign(partitions)
    assert clusters[0] == clusters[1] != clusters[2] == clusters[3]
    with pytest.raises(ValueError, match="a partition at least"):
        fit_consensus(np.empty((0, 4), int), 2, 0)


def test_plain_arrays_bring_it_back() -> None:
    partitions = bases(SONGS)
    found = fit_consensus(partitions, 4, 0)
    again = restore(found.arrays())
    for ours, theirs in zip(found.assign(partitions), again.assign(partitions), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    "changes",
    [
        {"votes": np.full((4, 2), np.nan)},
        {"votes": np.zeros(4)},
        {"widths": np.array([2, 3])},
        {"widths": np.array([4, 0])},
        {"widths": np.array([2.0, 2.0])},
        {"widths": np.array([], int)},
    ],
)
def test_what_no_search_saved_is_refused(changes: dict[str, np.ndarray]) -> None:
    saved = {"votes": np.full((4, 2), 0.5), "widths": np.array([2, 2])}
    assert len(restore(saved).votes) == 2
    with pytest.raises(ValueError, match="votes"):
        restore({**saved, **changes})
