"""The consensus of the best models: a method of its own, chosen without labels."""

import numpy as np
import pytest

from data import Songs
from evaluation.base_partitions import BasePartitions
from results.schema import CONSENSUS
from search.experiment.comparison import compare
from search.experiment.consensus import TRIAL, Agreed, agree
from search.tasks.reading import read_task
from search.trial.inputs import TrialInputs, prepare

TASK = read_task("easy", {"clusters": "2:6"})
SEEDS = (1, 2, 3)


@pytest.fixture
def inputs(songs: Songs) -> TrialInputs:
    return prepare(songs, TASK)


def member(songs: Songs, trial: int, noise: float = 0.7) -> np.ndarray:
    """Base clusters by a model that sees four features, each with noise of its own."""
    rng = np.random.default_rng(trial)
    codes = songs.audio[:, rng.choice(12, 4, replace=False)]
    codes = codes + noise * rng.normal(size=codes.shape)
    return BasePartitions.fit(codes[songs.split == "train"], TASK.counts, 0).assign(codes)


def agreed(songs: Songs, inputs: TrialInputs, members: int) -> Agreed:
    found = agree({n: member(songs, n) for n in range(members)}, SEEDS, inputs, songs, TASK)
    assert found is not None
    return found


def test_it_finds_the_genres_that_no_model_sees_whole(songs: Songs, inputs: TrialInputs) -> None:
    found = agreed(songs, inputs, 12)
    assert [one.result.row["seed"] for one in found.of_seeds] == [*SEEDS]
    for one in found.of_seeds:
        assert one.result.row["ari"] > 0.8
        assert one.result.row["split"] == "test" and one.result.row["role"] == CONSENSUS
        assert ((one.agreement > 0) & (one.agreement <= 1)).all()
        rows = one.result.clusterings
        assert [row["n_clusters"] for row in rows] == [2, 2, 3, 3, 4, 4, 5, 5, 6, 6]


def test_labels_do_not_choose_its_count(songs: Songs, inputs: TrialInputs) -> None:
    turned = {label: np.roll(values, 7) for label, values in songs.labels.items()}
    one, other = agreed(songs, inputs, 4), agreed(songs.replace(labels=turned), inputs, 4)
    assert one.count == other.count
    for ours, theirs in zip(one.of_seeds, other.of_seeds, strict=True):
        np.testing.assert_array_equal(ours.result.clusters, theirs.result.clusters)


def test_its_count_is_furthest_above_chance_where_that_is_least(songs: Songs) -> None:
    task = read_task("easy", {"clusters": "2:6", "reference_views": ["standard", "power"]})
    inputs = prepare(songs, task)
    members = {n: member(songs, n) for n in range(6)}
    found = agree(members, SEEDS, inputs, songs, task)
    assert found is not None
    least: dict[int, list[float]] = {count: [] for count in task.counts}
    for row in (row for one in found.of_seeds for row in one.result.clusterings):
        if row["split"] == "validation":
            place = task.counts.index(row["n_clusters"])
            levels = inputs.chance.levels["validation"]
            above = [row[f"coherence_{view}"] - levels[view][place] for view in levels]
            least[row["n_clusters"]].append(min(above))
            assert row["coherence_excess"] == pytest.approx(np.mean(above))
    assert found.count == max(least, key=lambda count: np.mean(least[count]))


def test_every_seed_takes_four_fifths_of_the_models(songs: Songs, inputs: TrialInputs) -> None:
    found = agreed(songs, inputs, 10)
    taken = [tuple(one.members) for one in found.of_seeds]
    assert all(len(set(some)) == 8 and {*some} < {*range(10)} for some in taken)
    assert len({*taken}) > 1


def test_one_model_agrees_with_nobody(songs: Songs, inputs: TrialInputs) -> None:
    assert agree({3: member(songs, 3)}, SEEDS, inputs, songs, TASK) is None
    assert [one.members for one in agreed(songs, inputs, 2).of_seeds] == [[0, 1]] * 3


def test_it_is_a_method_of_the_comparison(songs: Songs, inputs: TrialInputs) -> None:
    found = agreed(songs, inputs, 4)
    (row,) = compare([found.method], [], songs, TASK)
    assert (row["family"], row["role"], row["trial"]) == (CONSENSUS, CONSENSUS, TRIAL)
    assert (row["n_clusters"], row["n_seeds"], row["optimism"]) == (found.count, 3, None)
    assert row["ari_low"] <= row["ari"] <= row["ari_high"] <= 1
    assert row["view"] is None and row.get("silhouette") is None
