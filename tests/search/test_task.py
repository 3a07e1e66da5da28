"""Tasks: what is read, and how plainly a mistake is named."""

from pathlib import Path
from typing import Any

import pytest

from search.ranges import Range, TaskError
from search.task import TASKS, from_json, read_task


@pytest.mark.parametrize("name", sorted(path.stem for path in TASKS.glob("*.toml")))
def test_every_shipped_task_is_sound_and_survives_the_run_record(name: str) -> None:
    task = read_task(name)
    assert task.name == name
    assert from_json(task.as_json()) == task


def test_a_task_is_found_by_name_or_path(tmp_path: Path) -> None:
    copy = tmp_path / "mine.toml"
    copy.write_text((TASKS / "easy.toml").read_text())
    assert read_task(str(copy)) == read_task("easy")


def test_changes_override_the_file() -> None:
    task = read_task("easy", {"epochs": 3, "clusters": "4:6", "space.beta.high": 2.0})
    assert task.epochs == 3
    assert list(task.counts) == [4, 5, 6]
    assert task.space["beta"].high == 2.0


def test_one_count_and_one_value_are_ranges_too() -> None:
    task = read_task("easy", {"clusters": "10", "space.latent_size": 16})
    assert list(task.counts) == [10]
    assert task.space["latent_size"] == Range(choices=(16,))
    assert task.widest == 16


def test_a_range_of_one_family_stays_with_it() -> None:
    task = read_task("easy", {"space.mlp_vae.width": [64, 128]})
    assert task.ranges("mlp_vae")["width"].choices == (64, 128)
    assert "width" not in task.ranges("pca")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"familes": ["pca"]}, "unknown key 'familes'"),
        ({"families": ["mlp_vea"]}, "there is no 'mlp_vea'; allowed are mlp_vae"),
        ({"families": []}, "families is empty"),
        ({"families": ["mlp_vae", "mlp_vae"]}, "'mlp_vae' is given twice"),
        ({"families": 3}, "families must be a list of names, not 3"),
        ({"clusterers": ["kmean"]}, "there is no 'kmean'"),
        ({"views": ["whitened"]}, "there is no view 'whitened'"),
        ({"objective": "sillhouette"}, "there is no 'sillhouette'; allowed are coherence"),
        ({"clusters": "16:4"}, "clusters is '16:4'"),
        ({"clusters": "1"}, "from 2 to 1000"),
        ({"trials": 0}, "trials is 0; it must be at least 1"),
        ({"trials": "many"}, "trials must be a whole number, not 'many'"),
        ({"epochs": True}, "epochs must be a whole number"),
        ({"space.latentsize.low": 2}, "no family of this task has 'latentsize'"),
        ({"space.beta.hi": 2}, "unknown key 'hi'; allowed are low, high"),
        ({"space.beta.low": 20}, "low 20 is above high 10.0"),
        ({"space.beta.low": -1}, "-1 is not allowed; it must be a number"),
        ({"space.latent_size.low": 2.5}, "2.5 is not allowed; it must be a whole number"),
        ({"space.mlp_vae.colour": 1}, "no family of this task has 'colour'"),
        ({"space.beta": {"low": 1.0}}, "beta needs both low and high"),
        ({"trials.more": 1}, "'trials' is a value, not a table"),
    ],
)
def test_a_mistake_is_named_with_what_is_allowed(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(TaskError) as raised:
        read_task("easy", changes)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("absent.toml", None, "give easy"),
        ("broken.toml", "families = [", "cannot be read as TOML"),
        ("empty.toml", "", "the key 'name' is missing"),
    ],
)
def test_a_file_that_is_no_task_is_named(
    tmp_path: Path, name: str, content: str | None, said: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(TaskError) as raised:
        read_task(str(path))
    assert said in str(raised.value)
    assert name in str(raised.value)
