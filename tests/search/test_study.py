"""The study: one journal, told once, reopened as if nothing had happened."""

import math
from pathlib import Path

import pytest
from optuna.trial import TrialState

from search.space import Configuration
from search.study import Study, mend
from search.task import Task, read_task


@pytest.fixture
def task() -> Task:
    return read_task("easy", {"clusters": "2:5"})


def value_of(configuration: Configuration) -> float:
    """Some objective with a best point."""
    return -abs(math.log(configuration.settings["latent_size"] / 10)) - configuration.n_clusters


def test_the_first_trial_is_the_default_of_the_family(tmp_path: Path, task: Task) -> None:
    number, configuration = Study(tmp_path / "j", "run", task).ask()
    assert number == 0
    assert configuration.settings["latent_size"] == 16
    assert configuration.settings["beta"] == 1.0


def test_a_study_opened_again_proposes_what_it_would_have(tmp_path: Path, task: Task) -> None:
    def proposals(journal: Path, breaks: set[int]) -> list[Configuration]:
        study, found = Study(journal, "run", task), []
        for step in range(16):
            if step in breaks:
                study = Study(journal, "run", task)
            number, configuration = study.ask()
            study.tell(number, [value_of(configuration)], {})
            found.append(configuration)
        return found

    unbroken = proposals(tmp_path / "unbroken", set())
    assert proposals(tmp_path / "broken", {5, 13}) == unbroken


def test_the_seed_decides_the_proposals(tmp_path: Path) -> None:
    def second(seed: int) -> Configuration:
        task = read_task("easy", {"seed": seed})
        study = Study(tmp_path / str(seed), "run", task)
        study.ask()
        return study.ask()[1]

    assert second(1) != second(2)


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_makes_a_failed_trial(
    tmp_path: Path, task: Task, value: float | None
) -> None:
    study = Study(tmp_path / "j", "run", task)
    study.tell(study.ask()[0], None if value is None else [value], {})
    assert [trial.state for trial in study.trials] == [TrialState.FAIL]


def test_a_violated_guard_steers_the_sampler_away(tmp_path: Path) -> None:
    task = read_task("easy", {"clusters": "4", "space.beta": 1.0})
    study = Study(tmp_path / "j", "run", task)
    sizes = []
    for _ in range(40):
        number, configuration = study.ask()
        size = configuration.settings["latent_size"]
        # Large latents score best and break the guard; of the others 6 is best.
        value = 100.0 if size > 12 else -abs(size - 6.0)
        study.tell(number, [value], {"active_units": 1.0 if size > 12 else -1.0})
        sizes.append(size)
    assert sum(size <= 12 for size in sizes[20:]) >= 14


def test_the_journal_holds_every_trial(tmp_path: Path, task: Task) -> None:
    study = Study(tmp_path / "j", "run", task)
    for _ in range(3):
        number, configuration = study.ask()
        study.tell(number, [value_of(configuration)], {})
    again = Study(tmp_path / "j", "run", task)
    assert [trial.number for trial in again.trials] == [0, 1, 2]
    assert all(trial.state is TrialState.COMPLETE for trial in again.trials)


def test_a_torn_last_line_is_set_aside_before_the_journal_is_opened(
    tmp_path: Path, task: Task
) -> None:
    journal = tmp_path / "study.journal"
    study = Study(journal, "run", task)
    study.tell(study.ask()[0], [1.0], {})
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"op_code": 4, "worker')
    again = Study(journal, "run", task)
    assert again.trials[0].value == 1.0
    again.tell(again.ask()[0], [2.0], {})
    assert len(Study(journal, "run", task).trials) == 2
    assert (tmp_path / "study.torn").read_bytes() == b'{"op_code": 4, "worker'


def test_a_whole_journal_is_left_as_it_is(tmp_path: Path) -> None:
    journal = tmp_path / "study.journal"
    journal.write_bytes(b"{}\n")
    mend(journal)
    assert journal.read_bytes() == b"{}\n"
    assert not (tmp_path / "study.torn").exists()
