"""The order of a run, walked through by hand with outcomes made up on the spot."""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from optuna.trial import TrialState

from data import Songs
from results.store import RunStore
from search.experiment.experiment import Agenda
from search.study.study import Study
from search.tasks.task import Task, read_task
from search.trial.records import Ask, Outcome, begin, failed, settle

SONGS = 160
COUNTS = [2, 3, 4]
FIXED = {"clusters": "2:3", "space.latent_size": 8, "space.beta": 1.0}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    with RunStore.create(tmp_path, "easy", "run", {}) as store:
        yield store


def agenda_of(songs: Songs, store: RunStore, **changes: Any) -> tuple[Agenda, Study]:
    task: Task = read_task("easy", {"clusters": "2:4", **changes})
    study = Study(store.folder / "study.journal", "run", task)
    return Agenda(task, songs, study, store), study


def outcome_of(ask: Ask, coherence: float = 0.5, status: str = "complete") -> Outcome:
    """An outcome whose clusterings get better with the count."""
    counts = [ask.configuration.n_clusters] if ask.role == "surrogate" else COUNTS
    rows = [
        {
            **ask.columns,
            "clusterer": "kmeans",
            "n_clusters": count,
            "coherence": (coherence + count / 100) * (ask.role != "surrogate"),
            "split": split,
            "guard": None if status == "complete" else "r2 0, bound 0.05",
        }
        for split in ask.splits
        for count in counts
    ]
    outcome = Outcome(begin(ask), rows, failures=[[] for _ in rows])
    settle(outcome, ask.configuration)
    if ask.role == "finalist":
        outcome.clusters = np.arange(SONGS) % ask.configuration.n_clusters
        outcome.partitions = np.stack([np.arange(32) % count for count in COUNTS])
    if ask.pictures:
        outcome.pictures = {"ids": np.array(["song"])}
    outcome.row["status"] = status
    return outcome


def walk(agenda: Agenda, **given: Any) -> list[Ask]:
    """Run an agenda to its end, one trial at a time."""
    walked = []
    while (ask := agenda.next()) is not None:
        walked.append(ask)
        agenda.finish(ask, outcome_of(ask, **given))
    assert agenda.done
    return walked


def table(store: RunStore, name: str) -> pd.DataFrame:
    store.consolidate()
    return pd.read_parquet(store.folder / f"{name}.parquet")


def test_baselines_come_first_then_the_search_then_fresh_seeds(
    songs: Songs, store: RunStore
) -> None:
    agenda, _ = agenda_of(songs, store, trials=4, finalists=1, surrogates=3)
    walked = walk(agenda)
    roles = [role for role, _ in groupby(walked, lambda ask: ask.role)]
    assert roles == ["baseline", "search", "finalist", "surrogate"]
    counted = Counter(ask.role for ask in walked)
    assert counted == {"baseline": 5, "search": 4, "finalist": 10, "surrogate": 3}
    finalists = [ask for ask in walked if ask.role == "finalist"]
    assert {ask.configuration.family for ask in finalists} == {"mlp_vae", "pca"}
    assert {ask.seed for ask in finalists} == {1, 2, 3, 4, 5}
    assert {ask.configuration.n_clusters for ask in finalists} == {4}  # the best of the counts
    assert [ask.seed for ask in finalists if ask.curves] == [1, 1]
    pictures = {path.stem for path in (store.folder / "figures").iterdir()}
    assert pictures == {f"songs-{ask.trial}" for ask in finalists}


def test_a_model_trained_before_is_answered_at_once(songs: Songs, store: RunStore) -> None:
    agenda, study = agenda_of(songs, store, trials=6, baselines=[], finalist_seeds=0, **FIXED)
    assert len(walk(agenda)) == 1
    trials = table(store, "trials")
    assert len(trials) == len(study.trials) == 6
    assert trials["reused_from"].isna().sum() == 1
    assert {trial.state for trial in study.trials} == {TrialState.COMPLETE}


def test_a_repeat_of_a_running_model_waits_for_it(songs: Songs, store: RunStore) -> None:
    agenda, study = agenda_of(songs, store, trials=3, baselines=[], finalist_seeds=0, **FIXED)
    first = agenda.next()
    assert first is not None
    assert agenda.next() is None and not agenda.done
    assert len(study.trials) == 3
    agenda.finish(first, outcome_of(first))
    assert agenda.next() is None and agenda.done
    assert len(table(store, "trials")) == 3


def test_infeasible_and_failed_trials_never_win(songs: Songs, store: RunStore) -> None:
    agenda, study = agenda_of(songs, store, trials=3, baselines=[])
    for number, outcome in enumerate(("infeasible", "failed", "complete")):
        ask = agenda.next()
        assert ask is not None
        if outcome == "failed":
            agenda.finish(ask, failed(ask, "ValueError: no"))
        else:
            agenda.finish(ask, outcome_of(ask, coherence=1.0 - number, status=outcome))
    finalist = agenda.next()
    assert finalist is not None and (finalist.role, finalist.trial) == ("finalist", 2)
    states = [trial.state for trial in study.trials]
    assert states == [TrialState.COMPLETE, TrialState.FAIL, TrialState.COMPLETE]
    assert list(table(store, "trials")["status"]) == ["infeasible", "failed", "complete"]


def test_a_search_with_nothing_feasible_ends_without_finalists(
    songs: Songs, store: RunStore
) -> None:
    agenda, _ = agenda_of(songs, store, trials=2)
    assert {ask.role for ask in walk(agenda, status="infeasible")} == {"baseline", "search"}


def test_a_score_that_is_no_number_is_a_failed_trial(songs: Songs, store: RunStore) -> None:
    agenda, study = agenda_of(songs, store, trials=1, baselines=[])
    ask = agenda.next()
    assert ask is not None
    agenda.finish(ask, outcome_of(ask, coherence=float("nan")))
    assert study.trials[0].state is TrialState.FAIL
    assert "coherence" in table(store, "trials")["error"][0]


def test_the_comparison_has_a_row_per_method_and_an_interval(
    songs: Songs, store: RunStore
) -> None:
    agenda, _ = agenda_of(songs, store, trials=2)
    walk(agenda)
    comparison = table(store, "comparison")
    assert sorted(comparison["family"]) == ["mlp_vae", "pca"]
    assert list(comparison["n_seeds"]) == [5, 5]
    assert (comparison["coherence_low"] <= comparison["coherence"]).all()
