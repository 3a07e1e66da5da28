"""The tasks, and what a task file may name."""

import io
import tomllib

import pytest
from rich.console import Console

from data import views
from evaluation.clusterers import CLUSTERERS
from evaluation.guards import GUARDS
from evaluation.objective import OBJECTIVES
from evaluation.reducers import REDUCERS
from models import FAMILIES
from search.__main__ import main
from search.listing_tasks import show
from search.tasks.parts import hyperparameters, parts, values_of
from search.tasks.reading import TASKS, parse, read_task


def test_every_part_is_listed_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tasks"]) == 0
    said = capsys.readouterr().out
    names = {line.split(" | ")[0].strip() for line in said.splitlines()}
    assert {path.stem for path in TASKS.glob("*.toml")} <= names
    assert {*FAMILIES, *views.names(), *REDUCERS, *CLUSTERERS, *OBJECTIVES} <= names
    assert {*GUARDS} | {"none", "asha", "lyrics", "trials"} <= names
    assert {h.name for one in FAMILIES.values() for h in one.hyperparameters} <= names
    assert "beta | 0.0001 to 10000, log | 1.0 (beta_vae 4.0; beta_tcvae 4.0; vade 0.3)" in said
    assert "active_units | from 2" in said and "r2 | above 0.05" in said


def test_one_range_holds_for_all_families() -> None:
    for name, own in hyperparameters().items():
        assert len({(values_of(one), one.meaning) for one in own.values()}) == 1, name


def test_tables_fit_a_terminal_of_eighty_columns() -> None:
    said = io.StringIO()
    show(Console(file=said, width=80, force_terminal=True, color_system=None))
    lines = said.getvalue().splitlines()
    assert max(map(len, lines[:-3])) <= 80  # the three sentences at the end wrap by themselves
    assert "conditional_vae" in said.getvalue() and "reconstruction_r2" in said.getvalue()


def test_a_row_has_as_many_cells_as_there_are_columns() -> None:
    for kind in parts():
        assert {len(row) for row in kind.rows} == {len(kind.columns)}, kind.title


def test_one_task_is_printed_as_a_file_that_can_be_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["tasks", "hard"]) == 0
    assert parse(tomllib.loads(capsys.readouterr().out), "hard") == read_task("hard")


def test_there_is_no_task_of_another_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tasks", "hardest"]) == 2
    assert "there is no task 'hardest'" in capsys.readouterr().err
