"""Every hyperparameter a family declares, and every score, has a column."""

import pytest

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
