"""A run that breaks at any moment and goes on ends as if nothing had happened."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from optuna.trial import TrialState

from data import Songs
from results.store import RunStore
from search.experiment.experiment import TRIES, Experiment
from search.experiment.history import searched, trial_results
from search.experiment.stopping import Limits
from search.study.study import Study
from search.tasks.reading import read_task
from search.tasks.task import Task
from search.trial.records import TrialSpec, failed
from tests.search.experiment.test_experiment import result_of
from tests.songs import make_songs

TASK = {"clusters": "2:4", "trials": 6, "finalists": 1, "finalist_seeds": 2, "null_collections": 2}
KEY = ["role", "trial", "seed"]
FRAMES = {"trials": KEY, "comparison": ["family"], "assignments": ["trial", "seed", "id"]}
NOT_COMPARED = ["started", "run", "host"]


def score_of(spec: TrialSpec) -> float:
    """A score that the configuration and the seed decide."""
    settings = spec.configuration.settings
    return float(np.sin(settings.get("latent_size", 1) * settings.get("beta", 1.0) + spec.seed))


def status_of(spec: TrialSpec) -> str:
    return "infeasible" if spec.role == "search" and spec.trial % 3 == 2 else "complete"


class Run:
    """A run folder, and an experiment over it as long as nothing breaks."""

    def __init__(self, root: Path, name: str, songs: Songs, **changes: Any) -> None:
        self.task: Task = read_task("easy", {**TASK, **changes})
        self.songs = songs
        self.store = RunStore.create(root, "easy", name, {})
        self.store.append("songs", {"id": songs.ids, "split": songs.split, **songs.labels})
        self.asked: list[TrialSpec] = []
        self.experiment = self._experiment()

    def _experiment(self) -> Experiment:
        past = trial_results(self.store)
        journal = self.store.folder / "study.journal"
        self.study = Study(journal, "run", self.task, searched(past))
        return Experiment(self.task, self.songs, self.study, self.store, past=past)

    def break_off(self) -> None:
        """What a crash does: all that is not on the disk is gone."""
        self.store.close()
        self.store = RunStore.open(self.store.folder)
        self.experiment = self._experiment()

    def walk(self, breaks: Iterator[bool]) -> None:
        """To the end, breaking off while a trial runs or after its end."""
        while (spec := self.experiment.ask()) is not None:
            self.asked.append(spec)
            if next(breaks):
                self.break_off()
                continue
            result = result_of(spec, score_of(spec), status_of(spec))
            self.experiment.tell(spec, result)
            if next(breaks):
                self.break_off()
        assert self.experiment.done

    def frame(self, table: str) -> pd.DataFrame:
        self.store.consolidate()
        frame = pd.read_parquet(self.store.folder / f"{table}.parquet")
        frame = frame.drop(columns=[name for name in NOT_COMPARED if name in frame])
        return frame.sort_values(FRAMES[table]).reset_index(drop=True)


def never() -> Iterator[bool]:
    return (False for _ in count())


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("runs"), "a", make_songs())
    run.walk(never())
    return run


@pytest.mark.parametrize("moment", range(1, 40, 4))
def test_a_run_broken_once_ends_like_an_unbroken_one(
    tmp_path: Path, songs: Songs, unbroken: Run, moment: int
) -> None:
    broken = Run(tmp_path, "b", songs)
    broken.walk(step == moment for step in count())
    for table in FRAMES:
        pd.testing.assert_frame_equal(broken.frame(table), unbroken.frame(table))
    assert [trial.params for trial in broken.study.trials] == [
        trial.params for trial in unbroken.study.trials
    ]


def test_a_run_broken_at_every_trial_loses_and_repeats_none(
    tmp_path: Path, songs: Songs, unbroken: Run
) -> None:
    broken = Run(tmp_path, "b", songs)
    broken.walk(step % 4 in (0, 3) for step in count())
    pd.testing.assert_frame_equal(broken.frame("trials"), unbroken.frame("trials"))
    assert not broken.frame("trials").duplicated(KEY).any()
    assert all(trial.state.is_finished() for trial in broken.study.trials)


def test_table_and_study_agree_after_a_journal_was_cut(tmp_path: Path, songs: Songs) -> None:
    run = Run(tmp_path, "a", songs)
    for _ in range(9):  # five baselines, four trials
        spec = run.experiment.ask()
        assert spec is not None
        run.experiment.tell(spec, result_of(spec, score_of(spec), status_of(spec)))
    journal = run.store.folder / "study.journal"
    journal.write_bytes(journal.read_bytes()[: journal.stat().st_size // 2])
    before = run.frame("trials")
    run.break_off()
    run.walk(never())
    trials = run.frame("trials")
    pd.testing.assert_frame_equal(
        trials.merge(before[KEY])[before.columns], before, check_dtype=False
    )
    rows = trials[trials["role"] == "search"].set_index("trial")
    assert len(rows) == len(run.study.trials) == run.task.trials
    for trial in run.study.trials:
        row = rows.loc[trial.number]
        assert trial.value == row["objective"]
        assert trial.params["latent_size"] == row["latent_size"]
        assert trial.params["n_clusters"] == row["n_clusters"]


def test_a_torn_part_costs_its_own_trial_alone(
    tmp_path: Path, songs: Songs, unbroken: Run
) -> None:
    broken = Run(tmp_path, "b", songs)
    for _ in range(8):
        spec = broken.experiment.ask()
        assert spec is not None
        broken.experiment.tell(spec, result_of(spec, score_of(spec), status_of(spec)))
    last = sorted((broken.store.folder / "parts").glob("trials-*"))[-1]
    last.write_bytes(last.read_bytes()[:-9])
    with pytest.warns(UserWarning, match="set aside"):
        broken.break_off()
    spec = broken.experiment.ask()
    assert spec is not None and (spec.role, spec.trial) == ("search", 2)
    broken.experiment.tell(spec, result_of(spec, score_of(spec), status_of(spec)))
    broken.walk(never())
    pd.testing.assert_frame_equal(broken.frame("trials"), unbroken.frame("trials"))


def test_more_trials_go_on_where_the_run_ended(tmp_path: Path, songs: Songs) -> None:
    long, short = Run(tmp_path, "a", songs, trials=9), Run(tmp_path, "b", songs)
    long.walk(never())
    short.walk(never())
    short.task = long.task
    short.break_off()
    before = len(short.asked)
    short.walk(never())
    asked = short.asked[before:]
    assert [spec.trial for spec in asked if spec.role == "search"] == [6, 7, 8]
    found, wanted = short.frame("comparison"), long.frame("comparison")
    pd.testing.assert_frame_equal(found, wanted)


def test_baselines_keep_their_numbers_when_a_run_is_given_more_trials(
    tmp_path: Path, songs: Songs
) -> None:
    def by_number(run: Run) -> dict[int, int]:
        trials = run.frame("trials")
        rows = trials[trials["role"] == "baseline"].set_index("trial")
        return rows["latent_size"].to_dict()

    run = Run(tmp_path, "a", songs, trials=3, baselines=["autoencoder"])
    run.walk(never())
    before = by_number(run)
    run.task = read_task("easy", {**TASK, "trials": 5, "baselines": ["autoencoder"]})
    run.break_off()
    run.walk(never())
    after = by_number(run)
    assert len(before) == 3 and len(after) == 5  # as many as the searched family has trials
    assert before.items() <= after.items()
    assert len(set(after.values())) == 5


def test_a_trial_whose_worker_died_is_run_again_a_few_times(tmp_path: Path, songs: Songs) -> None:
    run = Run(tmp_path, "a", songs, baselines=[])
    first = run.experiment.ask()
    assert first is not None
    for _ in range(TRIES - 1):
        run.experiment.retry(first, "the worker or its node died")
        assert run.experiment.ask() == first
    run.experiment.retry(first, "the worker or its node died")
    run.experiment.ask()
    row = run.frame("trials").iloc[0]
    assert row["status"] == "failed" and "3 times" in row["error"]
    assert run.study.trials[0].state is TrialState.FAIL


def test_out_of_memory_halves_the_batch_once(tmp_path: Path, songs: Songs) -> None:
    run = Run(tmp_path, "a", songs, baselines=[])
    first = run.experiment.ask()
    assert first is not None and first.settings["batch_size"] == 64
    run.experiment.tell(first, failed(first, "ResourceExhaustedError", "OOM when allocating"))
    again = run.experiment.ask()
    assert again is not None and again.key == first.key
    assert again.settings["batch_size"] == 32
    run.experiment.tell(again, failed(again, "ResourceExhaustedError", "OOM when allocating"))
    row = run.frame("trials").iloc[0]
    assert row["status"] == "failed" and row["batch_size"] == 32
    other = run.experiment.ask()
    assert other is not None and other.key != first.key


def test_failures_of_one_kind_in_a_row_end_the_run(tmp_path: Path, songs: Songs) -> None:
    run = Run(tmp_path, "a", songs)
    for _ in range(Limits().max_failures):
        spec = run.experiment.ask()
        assert spec is not None
        run.experiment.tell(spec, failed(spec, "ModuleNotFoundError", "No module named 'x'\nmore"))
    assert run.experiment.ask() is None and run.experiment.done
    assert run.experiment.given_up == (
        "5 trials failed one after another, the last one with "
        "ModuleNotFoundError: No module named 'x'"
    )
