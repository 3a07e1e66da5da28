"""The study: one journal, told once, reopened as if nothing had happened."""

import math
import time
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from results.disk import StoreError
from search.study.journal import mend
from search.study.space import Configuration
from search.study.storage import StudyStorage
from search.study.study import Study
from search.tasks.reading import read_task
from search.tasks.task import Task


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
                assert [study.ask()[1] for _ in found] == found
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
    again.ask()
    again.tell(again.ask()[0], [2.0], {})
    assert len(Study(journal, "run", task).trials) == 2
    assert (tmp_path / "study.torn").read_bytes() == b'{"op_code": 4, "worker'


def test_a_trial_is_told_once(tmp_path: Path, task: Task) -> None:
    study = Study(tmp_path / "j", "run", task)
    number, _ = study.ask()
    study.tell(number, [1.0], {})
    study.tell(number, [2.0], {})
    assert study.trials[0].value == 1.0


def test_a_trial_that_was_running_is_handed_out_again(tmp_path: Path, task: Task) -> None:
    study = Study(tmp_path / "j", "run", task)
    study.tell(study.ask()[0], [1.0], {})
    running = study.ask()
    again = Study(tmp_path / "j", "run", task)
    assert again.begun == 2
    again.ask()
    assert again.ask() == running
    again.tell(running[0], [2.0], {"balance": 0.5})
    assert again.trials[1].value == 2.0
    assert again.trials[1].constraints == {"balance": 0.5}


def test_a_proposal_that_was_cut_short_is_made_again(tmp_path: Path, task: Task) -> None:
    def with_journal(name: str) -> tuple[Path, list[tuple[int, Configuration]]]:
        journal = tmp_path / name
        study = Study(journal, "run", task)
        asked = []
        for _ in range(3):
            asked.append(study.ask())
            study.tell(asked[-1][0], [value_of(asked[-1][1])], {})
        asked.append(study.ask())
        return journal, asked

    journal, asked = with_journal("whole")
    lines = journal.read_bytes().splitlines(keepends=True)
    for lost in range(1, 6):  # the configuration, then one parameter after another
        cut = tmp_path / f"cut-{lost}"
        cut.write_bytes(b"".join(lines[:-lost]))
        again = Study(cut, "run", task)
        assert [again.ask() for _ in range(4)] == asked


def test_a_journal_that_lacks_finished_trials_is_written_anew(tmp_path: Path, task: Task) -> None:
    journal = tmp_path / "study.journal"
    study = Study(journal, "run", task)
    asked = dict(study.ask() for _ in range(4))
    for cut in (0.0, 0.3, 0.6):
        content = journal.read_bytes()
        journal.write_bytes(content[: int(cut * len(content))])
        again = Study(journal, "run", task, known=asked)
        assert dict(again.ask() for _ in range(4)) == asked
        assert (tmp_path / "study.damaged").exists()


def test_a_lock_that_a_crash_left_does_not_hold_up(tmp_path: Path, task: Task) -> None:
    journal = tmp_path / "study.journal"
    Study(journal, "run", task)
    Path(f"{journal}.lock").symlink_to(journal)
    began = time.monotonic()
    Study(journal, "run", task).ask()
    assert time.monotonic() - began < 10  # Optuna would wait for thirty seconds


def test_a_whole_journal_is_left_as_it_is(tmp_path: Path) -> None:
    journal = tmp_path / "study.journal"
    journal.write_bytes(b"{}\n")
    mend(journal)
    assert journal.read_bytes() == b"{}\n"
    assert not (tmp_path / "study.torn").exists()


def test_a_journal_that_others_changed_meanwhile_ends_in_a_sentence(
    tmp_path: Path, task: Task
) -> None:
    journal = tmp_path / "study.journal"
    study = Study(journal, "run", task)
    study.ask()
    optuna.load_study(study_name="run", storage=StudyStorage(journal)).ask()
    with pytest.raises(StoreError, match="begins trial 2 in place of 1: something else changed"):
        study.ask()
