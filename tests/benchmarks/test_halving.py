"""Searches that end trials early, replayed on models made up so that the answer is known."""

from types import ModuleType

import pytest

from search.tasks.reading import read_task

TASK = read_task("easy", {"scheduler": "asha", "epochs": 9})


def model(halving: ModuleType, value: float) -> object:
    """Ten seconds; stands at its value at both rungs, after one second and three."""
    return halving.Trained(((1, value, 1.0), (3, value, 3.0)), 10.0, value)


def test_trials_that_are_behind_cost_the_seconds_until_their_rung(halving: ModuleType) -> None:
    models = [model(halving, value) for value in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)]
    found = halving.replayed(models, TASK, 6, seed=0)
    assert found["seconds, to the end"] == 60
    ended = found["trials ended early"]
    assert 0 < ended < 6
    assert 60 - 9 * ended <= found["seconds, halving"] <= 60 - 7 * ended
    assert found["best, to the end"] == 0.6
    assert found["best, halving, as many trials"] == 0.6  # rungs that tell all lose nothing


def test_more_trials_fit_into_the_same_seconds(halving: ModuleType) -> None:
    models = [model(halving, value / 20) for value in range(20)]
    found = halving.replayed(models, TASK, 5, seed=1)
    assert found["trials, halving, in as many seconds"] >= 5


@pytest.mark.parametrize("name", ["best, to the end", "seconds, halving / to the end, ratio"])
def test_the_table_has_means_and_the_ratio(halving: ModuleType, name: str) -> None:
    replays = [halving.replayed([model(halving, 0.5)] * 4, TASK, 4, seed) for seed in range(2)]
    assert name in {row["what"] for row in halving.rows(replays)}
