"""What a search tries first, and what of past runs its space does not hold."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from search.study.space import Configuration, default_configuration
from search.study.study import Study
from search.study.warm_start import (
    as_json,
    as_proposed,
    clustering_misfit,
    model_misfit,
    tried_first,
)
from search.tasks.ranges import TaskError
from search.tasks.reading import read_task
from search.tasks.task import Task


@pytest.fixture
def task() -> Task:
    return read_task("medium", {"families": ["mlp_vae", "vade"], "clusters": "4:8"})


def changed(task: Task, family: str = "mlp_vae", **settings: Any) -> Configuration:
    default = default_configuration(task, family)
    return replace(default, settings={**default.settings, **settings})


def first_of(task: Task) -> list[Configuration]:
    return [
        replace(changed(task, latent_size=7, beta=0.316), n_clusters=5),
        replace(
            changed(task, "vade", latent_size=30, beta=1.0), reducer="umap", clusterer="dbscan"
        ),
    ]


def test_past_configurations_come_right_after_the_default_of_each_family(
    tmp_path: Path, task: Task
) -> None:
    study = Study(tmp_path / "j", "run", task, first=first_of(task))
    asked = [study.ask()[1] for _ in range(4)]
    defaults = [default_configuration(task, family) for family in task.families]
    assert asked[:2] == [as_proposed(default, task) for default in defaults]
    assert asked[2:] == first_of(task)


def test_a_warm_study_opened_again_proposes_what_it_would_have(tmp_path: Path, task: Task) -> None:
    def proposals(journal: Path, breaks: set[int]) -> list[Configuration]:
        first = first_of(task)
        study, found = Study(journal, "run", task, first=first), []
        for step in range(10):
            if step in breaks:
                study = Study(journal, "run", task, first=first)
                assert [study.ask()[1] for _ in found] == found
            number, configuration = study.ask()
            study.tell(number, [float(configuration.settings["latent_size"])], {})
            found.append(configuration)
        return found

    unbroken = proposals(tmp_path / "unbroken", set())
    assert proposals(tmp_path / "broken", {0, 2, 3, 7}) == unbroken


def test_a_lost_journal_is_written_anew_with_what_was_to_be_tried_first(
    tmp_path: Path, task: Task
) -> None:
    journal = tmp_path / "study.journal"
    first = first_of(task)
    study = Study(journal, "run", task, first=first)
    known = dict(study.ask() for _ in range(3))
    journal.unlink()
    again = Study(journal, "run", task, known, first=first)
    assert dict(again.ask() for _ in range(3)) == known
    assert again.ask() == (3, first[1])


def test_a_study_that_was_killed_while_it_began_begins_with_all_of_it(
    tmp_path: Path, task: Task
) -> None:
    journal, first = tmp_path / "study.journal", first_of(task)
    Study(journal, "run", task, first=first)
    lines = journal.read_bytes().splitlines(keepends=True)
    for kept in range(1, len(lines)):
        journal.write_bytes(b"".join(lines[:kept]))
        study = Study(journal, "run", task, first=first)
        assert [study.ask()[1] for _ in range(4)][2:] == first
        journal.unlink()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"latent_size": 65}, "latent_size is searched from 4 to 64 here"),
        ({"beta": 0.01}, "beta is searched from 0.1 to 10 here"),
        ({"batch_size": 32}, "batch_size is not searched here, and is 64"),
    ],
)
def test_a_setting_that_the_space_lacks_is_said(
    task: Task, settings: dict[str, Any], said: str
) -> None:
    assert model_misfit(changed(task, **settings), task) == said


def test_other_families_views_and_reducers_are_said(task: Task) -> None:
    held = changed(task)
    assert model_misfit(held, task) is None
    assert "family 'poe_vae'" in str(model_misfit(replace(held, family="poe_vae"), task))
    assert "view 'global'" in str(model_misfit(replace(held, view="global"), task))
    alone = replace(task, reducers=("none",))
    assert "reducer 'umap'" in str(model_misfit(replace(held, reducer="umap"), alone))


def test_other_clusterers_and_counts_are_said(task: Task) -> None:
    held = changed(task)
    assert clustering_misfit(held, task) is None
    assert "from 4 to 8" in str(clustering_misfit(replace(held, n_clusters=9), task))
    alone = replace(task, clusterers=("kmeans",))
    assert "'dbscan'" in str(clustering_misfit(replace(held, clusterer="dbscan"), alone))


def test_a_count_that_a_clusterer_found_by_itself_is_not_asked_for(task: Task) -> None:
    found = replace(changed(task), clusterer="dbscan", n_clusters=31)
    assert clustering_misfit(found, task) is None
    assert as_proposed(found, task).n_clusters == 6


def test_a_value_between_steps_of_the_grid_goes_to_the_nearest(task: Task) -> None:
    assert as_proposed(changed(task, beta=0.3), task).settings["beta"] == 0.316


def test_a_model_that_would_be_given_the_label_is_left_out() -> None:
    task = read_task("hard")
    held = default_configuration(task, "conditional_vae")
    assert model_misfit(held, task) is None
    leaking = replace(task, leaking=(str(held.settings["condition"]),))
    assert "determines 'genre'" in str(model_misfit(held, leaking))


def test_a_record_brings_back_what_is_tried_first(task: Task) -> None:
    first = first_of(task)
    assert tried_first({"from": {"runs": [], "first": as_json(first)}}, task) == first
    assert tried_first({"from": None}, task) == tried_first({}, task) == []


@pytest.mark.parametrize(
    "entry",
    [
        {"family": "rm -rf"},
        {"family": []},
        {"settings": 3},
        {"settings": {"latent_size": 7}},
        {"reducer": "tsne"},
        {"view": ["standard"]},
        {"clusterer": {}},
        {"n_clusters": "5"},
        {"more": 1},
    ],
)
def test_a_record_of_anything_else_is_refused_in_a_sentence(
    task: Task, entry: dict[str, Any]
) -> None:
    (first, _) = as_json(first_of(task))
    with pytest.raises(TaskError, match=r"run\.json does not say .* tried first"):
        tried_first({"from": {"first": [{**first, **entry}]}}, task)


@pytest.mark.parametrize("given", [{"first": 3}, {"first": [3]}, {"first": {"a": 1}}])
def test_a_record_without_configurations_is_refused(task: Task, given: Any) -> None:
    with pytest.raises(TaskError, match="tried first"):
        tried_first({"from": given}, task)


def test_a_record_outlives_a_default_that_has_changed(task: Task) -> None:
    other = changed(task, latent_size=7, batch_size=32)  # as a version with another default did
    assert tried_first({"from": {"first": as_json([other])}}, task) == [
        changed(task, latent_size=7)
    ]
