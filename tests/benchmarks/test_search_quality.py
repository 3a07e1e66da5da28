"""Searches replayed on a table of models trained once."""

from dataclasses import replace
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from search.study.space import Configuration
from search.tasks.adaptation import adapt
from search.tasks.task import Task
from search.trial.records import index_of
from tests.songs import make_songs

CELL = ["family", "view", "reducer"]


@pytest.fixture
def task(search_quality: ModuleType) -> Task:
    whole = search_quality.table_task()
    return replace(whole, families=("mlp_vae",), views=("standard",), clusters=(2, 4), epochs=2)


@pytest.fixture
def rows(search_quality: ModuleType, task: Task) -> pd.DataFrame:
    """A small table, made up: coherence above chance rises with latent size and count."""
    return pd.DataFrame(
        {
            "model": configuration.model,
            **{name: getattr(configuration, name) for name in CELL},
            "latent_size": configuration.settings["latent_size"],
            "beta": configuration.settings["beta"],
            "clusterer": clusterer,
            "n_clusters": count,
            "coherence_excess": configuration.settings["latent_size"] + count / 10,
            "violations": '{"r2": 0.5}' if configuration.settings["beta"] > 5 else "{}",
        }
        for configuration in search_quality.points(task, 3)
        for clusterer in task.clusterers
        for count in ([3] if clusterer == "dbscan" else task.counts)
    )


def proposal(size: float, beta: float, clusterer: str = "kmeans") -> Configuration:
    settings = {"latent_size": size, "beta": beta}
    return Configuration("mlp_vae", "standard", "none", settings, clusterer, 4)


def test_a_proposal_is_answered_by_the_nearest_model(
    replaying: ModuleType, rows: pd.DataFrame
) -> None:
    answers = replaying.Answers(rows)
    model = answers.of(proposal(18, 0.9))
    assert model.settings == {"latent_size": 16, "beta": 1.0}
    assert model.at("kmeans", 4) == (pytest.approx(16.4), {})
    assert model.at("dbscan", 4) == (pytest.approx(16.3), {})  # it finds its own count
    assert answers.of(proposal(18, 9.0)).at("kmeans", 4)[1] == {"r2": 0.5}


def test_a_search_is_replayed_with_what_it_told_and_the_best_clustering(
    replaying: ModuleType, rows: pd.DataFrame, task: Task
) -> None:
    told, clustering = replaying.replayed(rows, task, replaying.SEARCH, 12, 0, 1)
    assert (np.diff(told) >= 0).all() and (np.diff(clustering) >= 0).all()
    assert (told <= clustering).all()
    again = replaying.replayed(rows, task, replaying.SEARCH, 12, 0, 1)
    assert np.array_equal(again, [told, clustering])


def test_the_table_says_when_random_search_is_reached(
    search_quality: ModuleType, replaying: ModuleType
) -> None:
    curves = {
        replaying.RANDOM: np.array([[1, 1, 2, 3]] * 3),
        replaying.SEARCH: np.array([[1, 3, 3, 4]] * 3),
    }
    random, search = search_quality.table(curves, 4)
    assert (random["reaches random's end at"], random["ratio"]) == (4, 1.0)
    assert (search["reaches random's end at"], search["ratio"]) == (2, 0.5)


def test_a_model_is_scored_with_every_clusterer_and_count(
    search_quality: ModuleType, task: Task
) -> None:
    configuration = next(search_quality.points(task, 2))
    songs = make_songs()
    found = search_quality.scored(songs, adapt(task, songs, lambda said: None), configuration)
    assert set(found["clusterer"]) == set(task.clusterers)
    assert sorted(found.loc[found["clusterer"] == "kmeans", "n_clusters"]) == [2, 3, 4]
    assert index_of(found.to_dict("records"), configuration) == 0


def test_a_search_without_a_past_is_the_one_that_is_replayed_elsewhere(
    warm_starting: ModuleType,
    replaying: ModuleType,
    rows: pd.DataFrame,
    task: Task,
) -> None:
    walk = warm_starting.walked(replaying.Answers(rows), task, 12, 0)
    found = replaying.replayed(rows, task, replaying.SEARCH, 12, 0, 1)
    assert np.array_equal(warm_starting.curves(walk), found)


def test_the_best_models_of_the_past_come_right_after_the_default(
    warm_starting: ModuleType,
    replaying: ModuleType,
    rows: pd.DataFrame,
    task: Task,
) -> None:
    answers = replaying.Answers(rows)
    past = warm_starting.walked(answers, task, 12, 0)
    first = warm_starting.best_of(past, task, 3)
    assert len({each.model for each in first}) == 3
    warm = warm_starting.Warm(first=3, values=True)
    walk = warm_starting.walked(answers, task, 6, 1, past, warm)
    assert [each.configuration for each in walk[1:4]] == first
    assert len(walk) == 6


def test_past_values_are_brought_to_the_scale_of_the_search(
    warm_starting: ModuleType,
    replaying: ModuleType,
    rows: pd.DataFrame,
    task: Task,
) -> None:
    answers = replaying.Answers(rows)
    past = warm_starting.walked(answers, task, 8, 0)
    higher = replaying.Answers(rows.assign(coherence_excess=rows["coherence_excess"] * 9 + 5))
    own = warm_starting.walked(higher, task, 8, 0)
    seen = list(warm_starting.rescaled(past, own))
    assert np.allclose([each.value for each in seen], [each.value for each in own])


def test_what_is_saved_is_counted_from_the_search_without(
    warm_starting: ModuleType,
) -> None:
    late, soon = np.array([[0, 1, 1, 1, 2.0] * 2] * 2), np.array([[2.0] * 10] * 2)
    found = [dict.fromkeys(warm_starting.WARM, soon) | {warm_starting.COLD: late}] * 3
    without, *others = warm_starting.saved(found, 2.0, 0)
    assert (without["trials to random's end"], without["saved"]) == (5, 0)
    assert all((row["saved"], row["from"], row["to"]) == (4, 4, 4) for row in others)
