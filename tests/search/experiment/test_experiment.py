"""The order of a run, walked through by hand with results made up on the spot."""

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
from search.experiment.experiment import Experiment
from search.study.study import Study
from search.tasks.reading import read_task
from search.tasks.task import Task
from search.trial.records import TrialResult, TrialSpec, failed, finalize, initial_row

SONGS = 160
COUNTS = [2, 3, 4]
FIXED = {"clusters": "2:3", "space.latent_size": 8, "space.beta": 1.0}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    with RunStore.create(tmp_path, "easy", "run", {}) as store:
        yield store


def experiment_of(songs: Songs, store: RunStore, **changes: Any) -> tuple[Experiment, Study]:
    task: Task = read_task("easy", {"clusters": "2:4", **changes})
    study = Study(store.folder / "study.journal", "run", task)
    return Experiment(task, songs, study, store), study


def result_of(spec: TrialSpec, coherence: float = 0.5, status: str = "complete") -> TrialResult:
    """A result whose clusterings get better with the count."""
    counts = [spec.configuration.n_clusters] if spec.role == "null" else COUNTS
    rows = [
        {
            **spec.columns,
            "clusterer": "kmeans",
            "n_clusters": count,
            "coherence": coherence,
            "coherence_excess": (coherence + count / 100) * (spec.role != "null"),
            "split": split,
            "guard": None if status == "complete" else "r2 0, bound 0.05",
            "guard_r2": 0.5 if status == "complete" else 0.0,
            "status": status if status in ("complete", "infeasible") else "complete",
        }
        for split in spec.splits
        for count in counts
    ]
    result = TrialResult(initial_row(spec), rows)
    finalize(result, spec.configuration)
    if spec.role == "finalist":
        result.clusters = np.arange(SONGS) % spec.configuration.n_clusters
        result.partitions = np.stack([np.arange(SONGS) % count for count in COUNTS])
    if spec.pictures:
        result.pictures = {"ids": np.array(["song"])}
    result.row["status"] = status
    return result


def walk(experiment: Experiment, **given: Any) -> list[TrialSpec]:
    """Run an experiment to its end, one trial at a time."""
    walked = []
    while (spec := experiment.ask()) is not None:
        walked.append(spec)
        experiment.tell(spec, result_of(spec, **given))
    assert experiment.done
    return walked


def table(store: RunStore, name: str) -> pd.DataFrame:
    store.consolidate()
    return pd.read_parquet(store.folder / f"{name}.parquet")


def test_baselines_come_first_then_the_search_then_fresh_seeds(
    songs: Songs, store: RunStore
) -> None:
    experiment, _ = experiment_of(songs, store, trials=4, finalists=1, null_collections=3)
    walked = walk(experiment)
    roles = [role for role, _ in groupby(walked, lambda spec: spec.role)]
    assert roles == ["baseline", "search", "finalist", "null"]
    counted = Counter(spec.role for spec in walked)
    assert counted == {"baseline": 5, "search": 4, "finalist": 10, "null": 3}
    finalists = [spec for spec in walked if spec.role == "finalist"]
    assert {spec.configuration.family for spec in finalists} == {"mlp_vae", "pca"}
    assert {spec.seed for spec in finalists} == {1, 2, 3, 4, 5}
    assert {spec.configuration.n_clusters for spec in finalists} == {4}  # the best of the counts
    assert [spec.seed for spec in finalists if spec.curves] == [1, 1]
    pictures = {path.stem for path in (store.folder / "figures").iterdir()}
    assert pictures == {f"songs-{spec.trial}" for spec in finalists}


def test_a_model_trained_before_is_answered_at_once(songs: Songs, store: RunStore) -> None:
    experiment, study = experiment_of(
        songs, store, trials=6, baselines=[], finalist_seeds=0, **FIXED
    )
    assert len(walk(experiment)) == 1
    trials = table(store, "trials")
    assert len(trials) == len(study.trials) == 6
    assert trials["reused_from"].isna().sum() == 1
    assert {trial.state for trial in study.trials} == {TrialState.COMPLETE}


def test_a_repeat_of_a_running_model_waits_for_it(songs: Songs, store: RunStore) -> None:
    experiment, study = experiment_of(
        songs, store, trials=3, baselines=[], finalist_seeds=0, **FIXED
    )
    first = experiment.ask()
    assert first is not None
    assert experiment.ask() is None and not experiment.done
    assert len(study.trials) == 3
    experiment.tell(first, result_of(first))
    assert experiment.ask() is None and experiment.done
    assert len(table(store, "trials")) == 3


def test_infeasible_and_failed_trials_never_win(songs: Songs, store: RunStore) -> None:
    experiment, study = experiment_of(songs, store, trials=3, baselines=[])
    for number, result in enumerate(("infeasible", "failed", "complete")):
        spec = experiment.ask()
        assert spec is not None
        if result == "failed":
            experiment.tell(spec, failed(spec, "ValueError", "no"))
        else:
            experiment.tell(spec, result_of(spec, coherence=1.0 - number, status=result))
    finalist = experiment.ask()
    assert finalist is not None and (finalist.role, finalist.trial) == ("finalist", 2)
    states = [trial.state for trial in study.trials]
    assert states == [TrialState.COMPLETE, TrialState.FAIL, TrialState.COMPLETE]
    assert list(table(store, "trials")["status"]) == ["infeasible", "failed", "complete"]


def test_a_search_with_nothing_feasible_ends_without_finalists(
    songs: Songs, store: RunStore
) -> None:
    experiment, _ = experiment_of(songs, store, trials=2)
    assert {spec.role for spec in walk(experiment, status="infeasible")} == {"baseline", "search"}


def test_a_score_that_is_no_number_is_a_failed_trial(songs: Songs, store: RunStore) -> None:
    experiment, study = experiment_of(songs, store, trials=1, baselines=[])
    spec = experiment.ask()
    assert spec is not None
    experiment.tell(spec, result_of(spec, coherence=float("nan")))
    assert study.trials[0].state is TrialState.FAIL
    assert "coherence" in table(store, "trials")["error"][0]


def test_the_comparison_has_a_row_per_method_and_an_interval(
    songs: Songs, store: RunStore
) -> None:
    experiment, _ = experiment_of(songs, store, trials=2)
    walk(experiment)
    comparison = table(store, "comparison")
    assert sorted(comparison["family"]) == ["mlp_vae", "pca"]
    assert list(comparison["n_seeds"]) == [5, 5]
    assert (comparison["coherence_low"] <= comparison["coherence"]).all()
