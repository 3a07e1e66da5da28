"""How large a space is: counted, held against what is proposed."""

from itertools import product

import numpy as np
import optuna
import pytest

from search.study.size import clusterings, distinct_trials, size_of
from search.study.space import propose
from search.tasks.reading import read_task

SMALL = {"clusters": "3", "space.latent_size": {"low": 4, "high": 6}, "space.beta": [0.5, 1.0]}


def test_as_many_models_are_counted_as_can_be_proposed() -> None:
    task = read_task("easy", {**SMALL, "views": ["standard", "power"], "reducers": ["none"]})
    proposed = {
        propose(
            optuna.trial.FixedTrial(dict(zip(("latent_size", "beta", "view"), at, strict=True))),
            task,
        ).model
        for at in product((4, 5, 6), (0.5, 1.0), ("standard", "power"))
    }
    size = size_of(task, "mlp_vae")
    assert size.choices == {"latent_size": 3, "beta": 2, "view": 2, "reducer": 1}
    assert size.models == len(proposed) == 12 and not size.continuous


def test_a_grid_has_as_many_values_as_are_drawn_from_it() -> None:
    task = read_task("easy", {"space.beta": {"low": 0.3, "high": 5.0, "per_decade": 3}})
    drawn = {
        propose(
            optuna.trial.FixedTrial({"latent_size": 4, "beta": beta, "n_clusters": 2}), task
        ).settings["beta"]
        for beta in np.linspace(0.3, 5.0, 2_000).tolist()
    }
    assert size_of(task, "mlp_vae").choices["beta"] == len(drawn)


def test_a_range_without_a_grid_is_continuous() -> None:
    task = read_task("easy", {"space.mlp_vae.learning_rate": {"low": 1e-4, "high": 1e-2}})
    size = size_of(task, "mlp_vae")
    assert size.continuous == ("learning_rate",) and "learning_rate" not in size.choices
    assert distinct_trials(task) == task.trials


def test_no_more_trials_are_distinct_than_there_are_models() -> None:
    task = read_task("easy", {**SMALL, "trials": 1_000})
    assert distinct_trials(task) == pytest.approx(6)
    single = read_task("easy", {**SMALL, "space.latent_size": [4], "space.beta": [1.0]})
    assert distinct_trials(single) == 1
    assert 20 < distinct_trials(read_task("easy")) < 24


def test_a_clusterer_that_finds_its_own_count_makes_one_clustering() -> None:
    task = read_task("easy", {"clusterers": ["kmeans", "dbscan"], "clusters": "2:5"})
    assert clusterings(task) == 5
