"""The consensus of the finalists: a method of its own, chosen without labels."""

import numpy as np
import pytest

from data import Songs
from evaluation.base_partitions import BasePartitions
from results.schema import CONSENSUS
from search.experiment.comparison import Finalist, compare
from search.experiment.consensus import TRIAL, Agreed, agree
from search.experiment.selection import Candidate
from search.study.space import Configuration
from search.tasks.reading import read_task
from search.trial.inputs import TrialInputs, prepare
from search.trial.records import TrialResult

TASK = read_task("easy", {"clusters": "2:6"})
SEEDS = (1, 2, 3)


@pytest.fixture
def inputs(songs: Songs) -> TrialInputs:
    return prepare(songs, TASK)


def finalist(songs: Songs, trial: int, status: str = "complete", noise: float = 1.0) -> Finalist:
    """A finalist whose models see four features, each with noise of its own."""
    results = []
    for seed in SEEDS:
        rng = np.random.default_rng((seed, trial + 10))
        codes = songs.audio[:, rng.choice(12, 4, replace=False)]
        codes = codes + noise * rng.normal(size=codes.shape)
        bases = BasePartitions.fit(codes[songs.split == "train"], TASK.counts, seed)
        row = {"trial": trial, "seed": seed, "status": status, "family": f"family {trial}"}
        results.append(TrialResult(row, bases=bases.assign(codes)))
    configuration = Configuration(f"family {trial}", "standard", "none", {}, "kmeans", 4)
    return Finalist(Candidate(trial, "search", configuration, (0.5,), 1.0), results)


def agreed(songs: Songs, inputs: TrialInputs, *finalists: Finalist) -> Agreed:
    found = agree(finalists, inputs, songs, TASK)
    assert found is not None
    return found


def test_it_finds_the_genres_that_no_model_sees_whole(songs: Songs, inputs: TrialInputs) -> None:
    found = agreed(songs, inputs, *(finalist(songs, trial) for trial in range(6)))
    assert found.count == 4
    assert [one.result.row["seed"] for one in found.of_seeds] == [*SEEDS]
    for one in found.of_seeds:
        assert one.members == [*range(6)]
        assert one.result.row["ari"] > 0.8
        assert one.result.row["split"] == "test" and one.result.row["role"] == CONSENSUS
        assert ((one.agreement > 0) & (one.agreement <= 1)).all()
        rows = one.result.clusterings
        assert [row["n_clusters"] for row in rows] == [2, 2, 3, 3, 4, 4, 5, 5, 6, 6]


def test_labels_do_not_choose_its_count(songs: Songs, inputs: TrialInputs) -> None:
    finalists = [finalist(songs, trial) for trial in range(4)]
    turned = {label: np.roll(values, 7) for label, values in songs.labels.items()}
    one = agreed(songs, inputs, *finalists)
    other = agreed(songs.replace(labels=turned), inputs, *finalists)
    assert one.count == other.count
    for ours, theirs in zip(one.of_seeds, other.of_seeds, strict=True):
        np.testing.assert_array_equal(ours.result.clusters, theirs.result.clusters)


def test_models_that_failed_a_guard_have_no_vote(songs: Songs, inputs: TrialInputs) -> None:
    held, failed = [finalist(songs, trial) for trial in (0, 1)], finalist(songs, 2, "infeasible")
    found = agreed(songs, inputs, *held, failed)
    assert [one.members for one in found.of_seeds] == [[0, 1]] * 3
    assert agree([held[0], failed], inputs, songs, TASK) is None


def test_it_is_a_method_of_the_comparison(songs: Songs, inputs: TrialInputs) -> None:
    found = agreed(songs, inputs, *(finalist(songs, trial) for trial in range(4)))
    (row,) = compare([found.method], [], songs, TASK)
    assert (row["family"], row["role"], row["trial"]) == (CONSENSUS, CONSENSUS, TRIAL)
    assert (row["n_clusters"], row["n_seeds"], row["optimism"]) == (found.count, 3, None)
    assert row["ari_low"] < row["ari"] < row["ari_high"] <= 1
    assert row["view"] is None and row.get("silhouette") is None
