"""Every hyperparameter a family declares, and every score, has a column."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.loading import labels_of
from evaluation.guards import GUARD, GUARDS
from evaluation.objective import OBJECTIVES
from models import FAMILIES
from results.schema import TABLES

TYPES = {int: "integer", float: "number", str: "category"}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_hyperparameter_of_a_family_has_a_column_of_its_type(family: str) -> None:
    for hyperparameter in FAMILIES[family].hyperparameters:
        column = TABLES["trials"].find(hyperparameter.name)
        assert column is not None, hyperparameter.name
        assert column.type == TYPES[hyperparameter.kind]


@pytest.mark.parametrize("table", ["trials"])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_objective_is_a_column_with_its_direction(objective: str, table: str) -> None:
    found = OBJECTIVES[objective]
    column = TABLES[table].find(found.column)
    assert column is not None
    assert column.better == {"maximize": "higher", "minimize": "lower"}[found.direction]


@pytest.mark.parametrize("table", ["trials", "clusterings"])
def test_every_guard_has_a_column_for_what_it_is_held_against(table: str) -> None:
    declared = {column.name for column in TABLES[table].columns}
    assert {name for name in declared if name.startswith(GUARD)} == {
        *(f"{GUARD}{name}" for name in GUARDS),
        f"{GUARD}<name>",
    }


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=5), max_size=3))
@example(["split", "run"])
@example(["x", "x_low", "floor_x", "gain"])
@example(["two\nlines"])
def test_every_label_of_songs_has_columns_of_its_own_in_every_table(names: list[str]) -> None:
    named = {name.strip().lower(): ["a", "a", "b", "b"] for name in names}
    labels = labels_of({name: values for name, values in named.items() if name})
    for table in TABLES.values():
        declared = [column.name for column in table.columns]
        patterns = [name for name in declared if "<label>" in name]
        made = [pattern.replace("<label>", label) for pattern in patterns for label in labels]
        assert len(made) == len(set(made) - set(declared))
        for name, pattern in zip(made, (p for p in patterns for _ in labels), strict=True):
            found = table.find(name)
            assert found is not None and found.name == pattern
