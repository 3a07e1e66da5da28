"""What Ray Tune is given to run, and what is made of what it brings back. Without Ray."""

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from data import Songs
from results.store import RunStore
from search.backend.callback import ResultCallback
from search.backend.interrupt import Interrupt
from search.backend.progress import Progress
from search.backend.searcher import REST_SECONDS, ExperimentSearcher
from search.experiment.experiment import Experiment
from search.study.study import Study
from search.tasks.reading import read_task
from tests.searches import EACH_TRAINED

SLOTS = 4
EPOCH_LIMIT = 60.0


@pytest.fixture
def told() -> list[str]:
    """What is said to the user."""
    return []


@pytest.fixture
def died(tmp_path: Path) -> Any:
    """A trial of Tune's whose worker died without a word."""
    return SimpleNamespace(trial_id="3", error_file=str(tmp_path / "none"))


@pytest.fixture
def parts(
    songs: Songs, tmp_path: Path, told: list[str]
) -> Iterator[tuple[ExperimentSearcher, ResultCallback]]:
    """What suggests trials, and what takes in how they ended."""
    task = read_task("easy", EACH_TRAINED)
    progress, interrupt = Progress(Console(quiet=True), "coherence", maximize=True), Interrupt()
    with RunStore.create(tmp_path, "easy", "run", {}) as store:
        study = Study(store.folder / "study.journal", "run", task)
        experiment = Experiment(task, songs, study, store)
        searcher = ExperimentSearcher(experiment, lambda: SLOTS, progress, interrupt)
        yield (
            searcher,
            ResultCallback(searcher, experiment, progress, interrupt, EPOCH_LIMIT, told.append),
        )
        interrupt.check()


def begun(searcher: ExperimentSearcher) -> list[int]:
    """The trials that begin now, by number."""
    suggested: list[Any] = []
    while (one := searcher.suggest(f"{len(searcher.running)}")) is not None:
        suggested.append(one["spec"].trial)
    return suggested


def test_as_many_trials_run_as_there_are_slots(
    parts: tuple[ExperimentSearcher, ResultCallback],
) -> None:
    searcher, _ = parts
    assert begun(searcher) == [0, 1, 2, 3]


def test_a_trial_that_waited_long_for_its_worker_is_not_taken_for_hung(
    parts: tuple[ExperimentSearcher, ResultCallback], monkeypatch: pytest.MonkeyPatch, died: Any
) -> None:
    searcher, callback = parts
    begun(searcher)
    later = time.monotonic() + 2 * EPOCH_LIMIT
    monkeypatch.setattr(time, "monotonic", lambda: later)
    callback.on_trial_start(0, [], died)
    callback.on_trial_error(0, [], died)
    later += REST_SECONDS
    assert begun(searcher) == [3]


def test_what_workers_say_of_their_machine_is_said_once(
    parts: tuple[ExperimentSearcher, ResultCallback], told: list[str]
) -> None:
    searcher, callback = parts
    begun(searcher)
    for trial_id in "0120":
        result = {"epoch": 1, "hostname": "here", "said": f"No GPU on {int(trial_id) % 2}."}
        callback.on_trial_result(0, [], SimpleNamespace(trial_id=trial_id), result)
    assert told == ["No GPU on 0.", "No GPU on 1."]


def test_no_worker_starts_soon_after_one_has_died(
    parts: tuple[ExperimentSearcher, ResultCallback], monkeypatch: pytest.MonkeyPatch, died: Any
) -> None:
    """It might start on the same node, which Ray takes some seconds to give up."""
    searcher, callback = parts
    begun(searcher)
    callback.on_trial_error(0, [], died)
    assert begun(searcher) == [] and len(searcher.running) == SLOTS - 1
    later = time.monotonic() + REST_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert begun(searcher) == [3]
