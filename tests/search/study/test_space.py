"""From a task to configurations."""

import optuna
import pytest

from models import FAMILIES
from search.study.space import (
    baseline_configurations,
    default_configuration,
    on_grid,
    parameters,
    propose,
)
from search.tasks.ranges import Range
from search.tasks.reading import read_task


def ask(study: optuna.Study) -> optuna.Trial:
    return study.ask()


@pytest.fixture
def study() -> optuna.Study:
    sampler = optuna.samplers.RandomSampler(seed=0)
    return optuna.create_study(sampler=sampler, direction="maximize")


def test_proposals_lie_in_the_space_and_are_complete(study: optuna.Study) -> None:
    task = read_task("easy", {"space.mlp_vae.width": [64, 128]})
    for _ in range(50):
        found = propose(ask(study), task)
        assert found.family in task.families
        assert 4 <= found.settings["latent_size"] <= 64
        assert 0.1 <= found.settings["beta"] <= 10
        assert found.settings["width"] in (64, 128)
        assert found.n_clusters in task.counts
        assert set(found.settings) == {h.name for h in FAMILIES[found.family].hyperparameters}


def test_beta_lies_on_a_grid_so_that_near_repeats_are_equal(study: optuna.Study) -> None:
    task = read_task("easy")
    betas = {propose(ask(study), task).settings["beta"] for _ in range(200)}
    assert betas == {0.1, 0.178, 0.316, 0.562, 1.0, 1.78, 3.16, 5.62, 10.0}


def test_the_grid_stays_within_its_range() -> None:
    assert on_grid(0.29, Range(0.25, 3.0, True, 1)) == 0.25
    assert on_grid(3.9, Range(0.25, 4.0, True, 1)) == 4.0
    assert on_grid(0.123456, Range(0.1, 1.0)) == 0.123


def test_count_and_clusterer_do_not_make_another_model(study: optuna.Study) -> None:
    task = read_task("easy", {"space.latent_size": 8, "space.beta": 1.0})
    first, second = (propose(ask(study), task) for _ in range(2))
    assert first.n_clusters != second.n_clusters
    assert first.model == second.model


def test_the_default_configuration_is_proposed_when_enqueued(study: optuna.Study) -> None:
    task = read_task("easy", {"space.latent_size.low": 20})
    study.enqueue_trial(parameters(task, default_configuration(task, "mlp_vae")))
    found = propose(ask(study), task)
    assert found.settings["latent_size"] == 20  # the default, 16, moved into the range
    assert found.settings["beta"] == 1.0
    assert found.n_clusters == 9


def test_a_baseline_climbs_a_ladder_of_latent_sizes() -> None:
    task = read_task("easy")
    sizes = [c.settings["latent_size"] for c in baseline_configurations(task, "pca")]
    assert sizes == [4, 8, 16, 32, 64]


def test_raw_features_have_one_configuration() -> None:
    task = read_task("easy", {"baselines": ["raw"]})
    (only,) = baseline_configurations(task, "raw")
    assert only.settings == {}
