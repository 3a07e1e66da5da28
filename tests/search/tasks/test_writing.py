"""A task as TOML, from which it is read again."""

import tomllib

import pytest

from search.tasks.reading import TASKS, parse, read_task
from search.tasks.writing import as_toml


@pytest.mark.parametrize("name", sorted(path.stem for path in TASKS.glob("*.toml")))
def test_a_task_is_read_again_from_what_is_written_of_it(name: str) -> None:
    task = read_task(name)
    assert parse(tomllib.loads(as_toml(task)), name) == task


def test_names_with_quotes_and_letters_of_any_script_are_written_as_they_are() -> None:
    changes = {"name": 'a "b" \\ c', "label": "ধরন", "space.mlp_vae.depth": [1, 2]}
    task = read_task("easy", changes)
    written = as_toml(task)
    assert parse(tomllib.loads(written), "mine") == task
    assert "ধরন" in written
