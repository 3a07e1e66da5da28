"""Several lines of a study's journal are written at once, or none of them."""

from pathlib import Path

import optuna
import pytest

from search.study.storage import StudyStorage


def lines(journal: Path) -> int:
    return len(journal.read_bytes().splitlines())


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "study.journal"


def test_lines_of_a_block_are_read_at_once_and_written_at_its_end(journal: Path) -> None:
    storage = StudyStorage(journal)
    study = optuna.create_study(storage=storage)
    for _ in range(3):
        before = lines(journal)
        with storage.at_once():
            trial = study.ask()
            x = trial.suggest_float("x", 0, 1)
            study.tell(trial, x)
            assert study.trials[trial.number].params == {"x": x}
            assert lines(journal) == before
        assert lines(journal) == before + 3
        study.ask()  # and a line by itself after it
    again = optuna.load_study(study_name=study.study_name, storage=StudyStorage(journal))
    assert [one.params for one in again.trials] == [one.params for one in study.trials]


def test_a_block_that_fails_leaves_no_line(journal: Path) -> None:
    storage = StudyStorage(journal)
    study = optuna.create_study(storage=storage)
    before = journal.read_bytes()
    with pytest.raises(ValueError, match="broken off"), storage.at_once():
        study.ask()
        raise ValueError("broken off")
    assert journal.read_bytes() == before


def test_a_storage_opened_again_goes_on_behind_what_there_is(journal: Path) -> None:
    study = optuna.create_study(storage=StudyStorage(journal))
    study.ask()
    storage = StudyStorage(journal)
    again = optuna.load_study(study_name=study.study_name, storage=storage)
    with storage.at_once():
        assert again.ask().number == 1
    assert [one.number for one in again.trials] == [0, 1]


def test_a_trial_that_is_made_to_wait_is_the_next_whenever_that_is(journal: Path) -> None:
    study = optuna.create_study(storage=StudyStorage(journal))
    study.enqueue_trial({"x": 0.25})
    given = []
    for number in range(4):
        if number == 2:  # when none has waited for a while
            study.enqueue_trial({"x": 0.75})
        trial = study.ask()
        given.append(trial.suggest_float("x", 0, 1))
    assert (given[0], given[2]) == (0.25, 0.75)
    waiting = optuna.load_study(study_name=study.study_name, storage=StudyStorage(journal))
    waiting.enqueue_trial({"x": 0.5})
    reopened = optuna.load_study(study_name=study.study_name, storage=StudyStorage(journal))
    assert reopened.ask().suggest_float("x", 0, 1) == 0.5
