"""What the comparison makes of finalists: means, intervals, gains over PCA, verdicts."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from data import Songs
from search.experiment.comparison import Finalist, compare, interval, methods, with_mean_agreement
from search.experiment.selection import Candidate
from search.study.space import Configuration
from search.tasks.reading import read_task
from search.trial.records import TrialResult

TASK = read_task("easy", {"clusters": "2:4"})
COUNTS = [2, 3, 4]


def finalist(
    songs: Songs,
    family: str,
    partitions: Sequence[np.ndarray],
    objective: float = 0.5,
    status: str = "complete",
    trial: int = 0,
) -> Finalist:
    """A finalist whose seeds found these clusters of all songs."""
    test = songs.split == "test"
    truth = songs.labels["genre"][test]
    trial_results = []
    for seed, clusters in enumerate(partitions):
        rows = [
            {
                "split": "validation",
                "clusterer": "kmeans",
                "n_clusters": count,
                "objective": objective,
                "coherence_excess": 0.3 - abs(count - 3) / 10,
            }
            for count in COUNTS
        ]
        row = {
            "trial": trial,
            "family": family,
            "clusterer": "kmeans",
            "n_clusters": 4,
            "seed": seed,
            "status": status,
            "coherence_excess": objective,
            "ari": adjusted_rand_score(truth, clusters[test]),
            "ami": 0.2,
            "ami_language": 0.6,
        }
        kept = np.stack([np.arange(8) % count for count in COUNTS])
        trial_results.append(TrialResult(row, rows, clusters=clusters, partitions=kept))
    configuration = Configuration(family, "standard", "none", {}, "kmeans", 4)
    return Finalist(Candidate(trial, "search", configuration, (0.8,), 1.0), trial_results)


@pytest.fixture
def perfect(songs: Songs) -> list[np.ndarray]:
    genres = np.unique(songs.labels["genre"], return_inverse=True)[1]
    return [genres, genres, genres]


@pytest.fixture
def chance(songs: Songs) -> list[np.ndarray]:
    return [np.random.default_rng(seed).integers(4, size=len(songs)) for seed in (7, 8, 9)]


def zeros(*excesses: float) -> list[TrialResult]:
    return [TrialResult({"coherence_excess": value}) for value in excesses]


def test_what_finds_the_genres_is_better_than_pca_that_does_not(
    songs: Songs, perfect: list[np.ndarray], chance: list[np.ndarray]
) -> None:
    found = [finalist(songs, "mlp_vae", perfect, 0.6), finalist(songs, "pca", chance)]
    best, pca = compare(found, zeros(0.1, 0.11, 0.12), songs, TASK)
    assert (best["family"], pca["family"]) == ("mlp_vae", "pca")
    assert best["verdict"] == "better than PCA"
    assert best["ari_gain"] == pytest.approx(1 - pca["ari"], abs=0.01)
    assert best["ari_gain_low"] < best["ari_gain"] < best["ari_gain_high"]
    assert best["p_value"] < 0.01
    assert best["coherence_excess"] == pytest.approx(0.6)
    assert best["optimism"] == pytest.approx(0.8 - 0.6)
    assert best["seed_stability"] == 1.0 and pca["seed_stability"] < 0.2
    assert (best["n_clusters_suggested"], best["n_seeds"]) == (3, 3)


def test_the_same_partitions_cannot_be_told_apart(songs: Songs, perfect: list[np.ndarray]) -> None:
    found = [finalist(songs, "mlp_vae", perfect), finalist(songs, "pca", perfect)]
    rows = compare(found, [], songs, TASK)
    assert "not distinguishable from PCA" in {row["verdict"] for row in rows}


def test_a_winner_no_better_than_songs_without_clusters_found_nothing(
    songs: Songs, perfect: list[np.ndarray]
) -> None:
    found = [finalist(songs, "mlp_vae", perfect, 0.5)]
    assert compare(found, zeros(0.45, 0.5, 0.55), songs, TASK)[0]["verdict"] == "nothing found"


def test_without_labels_nothing_is_judged(songs: Songs, perfect: list[np.ndarray]) -> None:
    found = [finalist(songs, "mlp_vae", perfect), finalist(songs, "pca", perfect)]
    for row in compare(found, [], songs.replace(labels={}), TASK):
        assert row["verdict"] == "cannot be judged"
        assert "ari_gain" not in row


def test_a_language_that_explains_the_clusters_better_is_named(
    songs: Songs, perfect: list[np.ndarray]
) -> None:
    (row,) = compare([finalist(songs, "mlp_vae", perfect)], [], songs, TASK)
    assert "language (AMI 0.60) more than genre" in row["warnings"]


def test_validation_chooses_within_a_family_and_guards_go_before_it(
    songs: Songs, perfect: list[np.ndarray]
) -> None:
    found = [
        finalist(songs, "mlp_vae", perfect, 0.4, trial=1),
        finalist(songs, "mlp_vae", perfect, 0.6, trial=2),
        finalist(songs, "beta_vae", perfect, 0.9, status="infeasible", trial=3),
    ]
    order = methods(found, TASK)
    assert [one.candidate.trial for one in order] == [2, 3]


def test_the_mean_agreement_is_that_with_all_others_at_a_count(
    songs: Songs, perfect: list[np.ndarray]
) -> None:
    one = finalist(songs, "mlp_vae", perfect)
    (_, rows), *_ = with_mean_agreement([one], np.arange(8) >= 0)
    assert [row["mean_agreement"] for row in rows] == [1.0, 1.0, 1.0]


def test_the_interval_is_student_s() -> None:
    # mean 4, sd 1, three values: half width t(.975, 2) / sqrt(3) = 4.3027 / 1.7321
    found = interval("coherence", [3.0, 4.0, 5.0])
    assert found["coherence"] == 4.0
    assert found["coherence_low"] == pytest.approx(4.0 - 2.4841, abs=1e-4)
    assert found["coherence_high"] == pytest.approx(4.0 + 2.4841, abs=1e-4)


def test_no_interval_leaves_the_range_of_its_score() -> None:
    assert interval("ari", [0.7, 1.0])["ari_high"] == 1.0
    assert interval("silhouette", [-1.0, 0.9])["silhouette_low"] == -1.0
    assert interval("kl", [0.0, 4.0])["kl_low"] == 0.0
    assert interval("coherence_excess", [-0.1, 0.1])["coherence_excess_low"] < -0.1


def test_one_seed_has_no_interval() -> None:
    assert interval("ari", [0.5]) == {"ari": 0.5, "ari_low": None, "ari_high": None}


def test_no_value_is_no_mean() -> None:
    assert interval("kl", []) == {"kl": None, "kl_low": None, "kl_high": None}


def test_a_consensus_is_judged_by_the_null_songs_of_the_winner(
    songs: Songs, perfect: list[np.ndarray], chance: list[np.ndarray]
) -> None:
    agreed = finalist(songs, "consensus", perfect, 0.11)
    agreed = replace(agreed, candidate=replace(agreed.candidate, values=(), role="consensus"))
    others = [finalist(songs, "mlp_vae", perfect, 0.6), finalist(songs, "pca", chance, 0.1)]
    best, behind, pca = compare([*others, agreed], zeros(0.1, 0.11, 0.12), songs, TASK)
    assert (best["verdict"], behind["verdict"]) == ("better than PCA", "nothing found")
    assert pca["verdict"] == "what the others are held against"
    assert behind["family"] == "consensus" and behind["optimism"] is None
