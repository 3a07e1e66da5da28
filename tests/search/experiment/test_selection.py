"""Which trials become finalists, worked by hand."""

from typing import Any

import numpy as np
import pytest

from models import FAMILIES, defaults
from search.experiment.selection import Candidate, chosen, front, may_be_first, ranked
from search.study.space import Configuration
from search.tasks.reading import read_task


def candidate(trial: int, *values: float, seconds: float = 1.0, **own: Any) -> Candidate:
    family = own.get("family", "mlp_vae")
    configuration = Configuration(
        family, "standard", "none", defaults(FAMILIES[family], {}), "kmeans", own.get("count", 4)
    )
    return Candidate(trial, own.get("role", "search"), configuration, values, seconds)


def trials(found: list[Candidate]) -> list[int]:
    return [one.trial for one in found]


def test_a_trial_stands_with_its_best_clustering() -> None:
    order = ranked([candidate(0, 0.1), candidate(0, 0.3, count=7), candidate(1, 0.2)], EASY)
    assert trials(order) == [0, 1]
    assert order[0].configuration.n_clusters == 7


def test_a_score_that_is_better_when_low_is_ranked_so() -> None:
    task = read_task("easy", {"objective": "davies_bouldin"})
    assert trials(ranked([candidate(0, 2.0), candidate(1, 1.0)], task)) == [1, 0]


def test_the_front_holds_what_nothing_beats_in_everything() -> None:
    values = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.4, 0.5], [0.5, 0.5]])
    assert list(front(values)) == [True, True, True, False, True]


def test_of_several_objectives_the_front_comes_before_the_first_score() -> None:
    task = read_task("easy", {"objective": "coherence,reconstruction_r2"})
    found = [candidate(0, 0.5, 0.1), candidate(1, 0.9, 0.2), candidate(2, 0.4, 0.8)]
    assert trials(ranked(found, task)) == [1, 2, 0]


EASY = read_task("easy")
BASELINES = [
    candidate(-1, 0.5, role="baseline", family="pca", seconds=0.0),
    candidate(-2, 0.6, role="baseline", family="pca", seconds=0.0),
]


def test_every_family_and_baseline_comes_before_second_ones() -> None:
    searched = [candidate(k, 0.9 - k / 10) for k in range(4)]
    other = candidate(9, 0.1, family="beta_vae")
    found, seeds = chosen([*BASELINES, *searched, other], task_of(3), 1000.0)
    assert trials(found) == [0, 1, -2, 9]
    assert seeds == 5


def test_seeds_are_given_up_before_finalists() -> None:
    searched = [candidate(k, 0.9 - k / 10, seconds=10.0) for k in range(3)]
    found, seeds = chosen([*BASELINES, *searched], task_of(3), 80.0)  # 40 s to spend
    assert (trials(found), seeds) == ([0, -2], 4)
    found, seeds = chosen([*BASELINES, *searched], task_of(3), 20.0)
    assert (trials(found), seeds) == ([0, -2], 3)  # never less than this


def test_a_share_of_nothing_is_no_bound() -> None:
    searched = [candidate(k, 0.9 - k / 10, seconds=10.0) for k in range(3)]
    found, seeds = chosen(searched, task_of(3, finalist_share=0), 1.0)
    assert (trials(found), seeds) == ([0, 1, 2], 5)


def test_nothing_feasible_is_no_finalist() -> None:
    assert chosen([], EASY, 10.0)[0] == []


def task_of(finalists: int, **changes: Any) -> Any:
    return read_task("easy", {"finalists": finalists, **changes})


@pytest.mark.parametrize("name", ["coherence, silhouette", "coherence,silhouette"])
def test_several_objectives_are_joined_by_commas(name: str) -> None:
    task = read_task("easy", {"objective": name})
    assert [objective.column for objective in task.objectives] == ["coherence", "silhouette"]


@pytest.mark.parametrize("objectives", [1, 2, 3])
def test_the_front_is_that_of_comparing_every_pair(objectives: int) -> None:
    values = np.random.default_rng(objectives).integers(6, size=(80, objectives)).astype(float)
    beaten = [
        any((other >= one).all() and (other > one).any() for other in values) for one in values
    ]
    assert list(~front(values)) == beaten


@pytest.mark.parametrize("objective", ["coherence_excess", "coherence,davies_bouldin"])
def test_what_a_trial_keeps_is_enough_to_rank_it(objective: str) -> None:
    random = np.random.default_rng(0)
    task = read_task("easy", {"objective": objective})
    width = len(task.objectives)
    found = [
        candidate(trial, *random.random(width).tolist(), count=count)
        for trial in range(20)
        for count in range(2, 9)
    ]
    kept = [
        each
        for trial in range(20)
        for each in may_be_first([one for one in found if one.trial == trial], task)
    ]
    assert len(kept) < len(found)
    assert ranked(kept, task) == ranked(found, task)
