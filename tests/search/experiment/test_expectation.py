"""What is expected of a run, from what was measured of its parts."""

from dataclasses import replace

import pytest

from data import views
from search.experiment.expectation import CROWDED, ENDING, PER_TRIAL, expect
from search.experiment.probe import Network, Probe, Timing, networks_of
from search.tasks.reading import read_task
from search.tasks.task import Task

TASK = read_task("easy", {"trials": 24, "clusters": "2:5"})
NOTHING = Probe(0, 0, {}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def shapes(task: Task, shape: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """View -> what becomes of the shape of one song."""
    return {view: views.shape_of(view, shape) for view in task.views}


def probe_of(task: Task, trial: float, **others: float) -> Probe:
    """Every network trains for as many seconds, and scoring takes none."""
    networks = {
        one: Timing(0.0, trial, 1, 0.0, 0.0) for one in networks_of(task, shapes(task, (8, 8)))
    }
    return replace(NOTHING, networks=networks, **others)


def test_trials_take_their_time_over_the_workers() -> None:
    one, four = (expect(TASK, probe_of(TASK, 10.0), workers, 8).stages for workers in (1, 4))
    assert one["search"] == pytest.approx(23.5 * (10 + PER_TRIAL), rel=0.01)
    assert four["search"] == pytest.approx(one["search"] / 4)
    assert one["baselines"] == pytest.approx(5 * (10 + PER_TRIAL))


def test_trials_are_slower_where_the_driver_has_no_core_of_its_own() -> None:
    probe = probe_of(TASK, 10.0)
    two, roomy = (expect(TASK, probe, 2, cores).stages["search"] for cores in (2, 3))
    assert two == pytest.approx(CROWDED * roomy)
    threads = expect(TASK, probe, 2, 3, cpus=2).stages["search"]
    assert threads == pytest.approx(two)


def test_more_workers_than_trials_save_nothing() -> None:
    some, many = (expect(TASK, probe_of(TASK, 10.0), workers, 99) for workers in (24, 99))
    assert some.stages["search"] == pytest.approx(many.stages["search"], rel=0.05)


def test_finalists_are_as_many_as_would_be_chosen() -> None:
    bounded = expect(TASK, probe_of(TASK, 10.0), 2, 8).trials
    assert (bounded.finalists, bounded.seeds) == (2, 5) and bounded.nulls == 10
    free = expect(replace(TASK, finalist_share=0.0), probe_of(TASK, 10.0), 2, 8).trials
    assert (free.finalists, free.seeds) == (6, 5)
    none = expect(replace(TASK, finalist_seeds=0), probe_of(TASK, 10.0), 2, 8)
    assert none.trials.finalists == none.trials.nulls == 0
    assert none.stages["consensus"] == none.stages["null collections"] == 0


def test_every_family_is_as_likely_as_another_to_be_trained_again() -> None:
    task = replace(
        read_task("medium", {"finalists": 1, "finalist_share": 0}),
        baselines=(),
        null_collections=0,
    )
    dear = task.families[0]
    networks = {
        one: Timing(0.0, 30.0 if one.family == dear else 0.0, 1, 0.0, 0.0)
        for one in networks_of(task, shapes(task, (8, 8)))
    }
    found = expect(task, replace(NOTHING, networks=networks), 1, 8)
    each = found.stages["finalists"] / found.trials.seeds - PER_TRIAL
    assert each == pytest.approx(30 / len(task.families))
    turned = replace(task, families=task.families[::-1])
    assert expect(turned, replace(NOTHING, networks=networks), 1, 8) == found


def test_methods_are_laid_out_side_by_side_and_each_process_compiles_once() -> None:
    probe = probe_of(TASK, 1.0, layout=2.0, layout_start=7.0)
    two, one = (expect(TASK, probe, 1, cores).stages["report"] for cores in (2, 1))
    assert (two, one) == (ENDING + 7 + 2 * 2, ENDING + 7 + 3 * 2)  # two finalists, the consensus


def test_the_default_of_a_family_comes_first_in_its_first_view() -> None:
    task = replace(TASK, views=("standard", "power"), baselines=(), trials=1)
    dear = {
        Network("mlp_vae", "conv", ("standard",)): Timing(0.0, 8.0, 1, 0.0, 0.0),
        Network("mlp_vae", "mlp", ("power",)): Timing(0.0, 2.0, 1, 0.0, 0.0),
    }
    probe = replace(NOTHING, networks=dear)
    assert expect(task, probe, 1, 8).stages["search"] == pytest.approx(8 + PER_TRIAL)
    many = expect(replace(task, trials=101), probe, 1, 8)
    each = many.stages["search"] / many.trials.distinct - PER_TRIAL
    assert each == pytest.approx(5, abs=0.1)


def test_a_network_is_compiled_once_in_each_worker_or_for_every_built_in_value() -> None:
    networks = {
        one: Timing(6.0 if one.family == "mlp_vae" else 0.0, 1.0, 1, 0.0, 0.0)
        for one in networks_of(TASK, shapes(TASK, (8, 8)))
    }
    probe = replace(NOTHING, networks=networks)
    plain = expect(TASK, replace(probe, networks=probe_of(TASK, 1.0).networks), 2, 8)
    once = expect(TASK, probe, 2, 8)
    assert once.stages["search"] - plain.stages["search"] == pytest.approx(6.0)
    built = read_task("easy", {"space.width": [32, 64, 128], "clusters": "2:5"})
    always = expect(built, probe, 2, 8)
    assert always.stages["search"] - plain.stages["search"] == pytest.approx(6 * 12, rel=0.05)


def test_models_given_the_label_are_no_finalists() -> None:
    changes = {"families": ["conditional_vae"], "inputs": ["audio", "metadata"]}
    task = replace(read_task("easy", changes), leaking=("language",), baselines=("pca",))
    found = expect(task, probe_of(task, 1.0), 2, 8)
    assert found.trials.finalists == 1


def test_networks_are_told_apart_where_their_trials_are_unlike() -> None:
    task = read_task("medium", {"baselines": ["raw", "pca"]})
    kinds = {
        (one.family, one.kind): one.views for one in networks_of(task, shapes(task, (32, 64)))
    }
    assert kinds["hybrid_vae", "conv"] == ("standard", "trimmed+gainless")
    assert kinds["hybrid_vae", "mlp"] == ("power", "pooled+power")
    assert kinds["raw", "(32, 64)"] == ("standard", "trimmed+gainless")
    assert kinds["pca", ""] == task.views
