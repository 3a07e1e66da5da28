"""How a run ended is said in one sentence that is true of it, and as the exit code."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from results.store import RunStore
from search.ending import Finished, ended, why_no_comparison
from search.tasks.reading import read_task


@pytest.mark.parametrize(
    ("statuses", "finalist_seeds", "said"),
    [
        (["complete", "infeasible", "failed"], 0, "No finalists were asked for"),
        (["failed"], 0, "Every trial failed"),
        (["failed"], 10, "Every trial failed"),
        (["infeasible", "failed", "pruned"], 10, "No trial held every guard"),
        (["infeasible"], 0, "No trial held every guard"),
        (["complete", "failed"], 10, "No trial could be ranked, or every finalist failed"),
        ([], 10, "No trial has ended"),
    ],
)
def test_why_there_is_no_comparison(statuses: list[str], finalist_seeds: int, said: str) -> None:
    found = why_no_comparison(statuses, finalist_seeds)
    assert found.startswith(said) and found.count(". ") == 0 and "\n" not in found


def said_of(finished: Finished) -> tuple[int, str]:
    """Exit code and output of a run that ended so."""
    said = io.StringIO()
    code = ended(finished, Console(file=said, width=1_000))
    return code, said.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run of one complete trial whose task asks for no finalists."""
    task = read_task("easy", {"finalist_seeds": 0})
    info = {"settings": task.as_json()}
    with RunStore.create(tmp_path, "easy", "night", info) as store:
        row = {"role": "search", "trial": 0, "seed": 0, "family": "mlp_vae", "status": "complete"}
        store.append("trials", [row])
        store.consolidate()
        return store.folder


def test_a_run_without_finalists_says_so(folder: Path) -> None:
    code, said = said_of(Finished(folder, False, None, False))
    assert code == 0
    assert "No finalists were asked for (finalist_seeds is 0)" in said and "guard" not in said
    assert f"Tables: {folder}" in said


def test_a_run_that_was_stopped_or_given_up_says_how_to_go_on(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = said_of(Finished(folder, True, None, False))
    assert code == 130 and "no comparison yet" in said and f"search resume {folder}" in said
    code, said = said_of(Finished(folder, False, "5 trials failed one after another", False))
    assert code == 4 and "comparison" not in said
    assert "5 trials failed one after another. Mend the cause" in capsys.readouterr().err
