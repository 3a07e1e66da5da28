"""Trials that stand badly end early, after their warm-up, and Optuna knows when."""

from pathlib import Path

import numpy as np
import pytest
from optuna.trial import TrialState

from data import Songs
from evaluation.objective import OBJECTIVES
from models import FAMILIES, defaults
from search.study.pruning import first_rung, rungs
from search.study.space import Configuration, middle
from search.study.study import Study
from search.tasks.ranges import TaskError
from search.tasks.reading import read_task
from search.tasks.task import Task
from search.trial.inputs import prepare
from search.trial.records import IntermediateResult, TrialSpec
from search.trial.trial import run, steps

SMALL = {"clusters": "4", "epochs": 9, "early_stopping": 0, "scheduler": "asha"}


@pytest.fixture
def task() -> Task:
    return read_task("easy", SMALL)


def ask_for(role: str = "search", **settings: float) -> TrialSpec:
    chosen = {"latent_size": 4, "learning_rate": 0.01, "warm_up": 0, **settings}
    configuration = Configuration(
        "mlp_vae", "standard", "none", defaults(FAMILIES["mlp_vae"], chosen), "kmeans", 4
    )
    return TrialSpec(0, role, configuration, 0)  # type: ignore[arg-type]


def test_rungs_are_counted_from_the_end_of_the_warm_up(task: Task) -> None:
    assert rungs(task, ask_for().configuration) == {1: 1, 3: 3}
    assert rungs(task, ask_for(warm_up=2).configuration) == {3: 1, 5: 3}
    assert rungs(task, ask_for(warm_up=100).configuration) == {5: 1, 7: 3}


def test_without_a_scheduler_nothing_is_looked_at() -> None:
    plain = read_task("easy", {**SMALL, "scheduler": "none"})
    assert rungs(plain, ask_for().configuration) == {}


@pytest.mark.parametrize("objective", [name for name in OBJECTIVES if name != "coherence_excess"])
def test_only_a_search_by_coherence_can_be_cut_short(objective: str) -> None:
    with pytest.raises(TaskError, match="the objective must be coherence_excess alone"):
        read_task("easy", {**SMALL, "objective": objective})


def test_the_study_ends_trials_that_are_behind_and_keeps_the_step(
    tmp_path: Path, task: Task
) -> None:
    study, first = Study(tmp_path / "j", "run", task), first_rung(task)
    ended = []
    for value in (0.9, 0.8, 0.7, 1.0, 0.6):
        number, _ = study.ask()
        ended.append(study.ends_early(number, first, value))
        if ended[-1]:
            study.prune(number)
        else:
            study.tell(number, [value], {})
    assert ended == [False, True, True, False, True]
    pruned = [trial for trial in study.trials if trial.state is TrialState.PRUNED]
    assert [trial.last_step for trial in pruned] == [first] * 3


def test_a_look_is_coherence_excess_at_the_fixed_count_and_changes_nothing(
    songs: Songs, task: Task
) -> None:
    bench = prepare(songs, task)
    made = list(steps(ask_for(), bench, task))
    looks = [each for each in made if isinstance(each, IntermediateResult)]
    assert [look.step for look in looks] == [1, 3]
    assert [look.result.row["epochs"] for look in looks] == [1, 3]
    assert {look.result.row["status"] for look in looks} == {"pruned"}
    alone = bench.chance.excess({"standard": 0.0}, "validation", middle(task))
    assert all(alone <= look.value <= np.log(4) for look in looks)
    plain = run(ask_for(), bench, read_task("easy", {**SMALL, "scheduler": "none"}))
    looked_at = run(ask_for(), bench, task)
    assert looked_at.row["coherence"] == plain.row["coherence"]
    assert len(looked_at.epochs) == len(plain.epochs) == 9


def test_finalists_are_trained_to_the_end(songs: Songs, task: Task) -> None:
    made = steps(ask_for("finalist"), prepare(songs, task), task)
    assert not any(isinstance(each, IntermediateResult) for each in made)
