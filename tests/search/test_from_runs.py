"""`--from RUN`: what a search takes over from past runs, and what it says of the rest."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from data import Songs
from results.columns import ResultsError
from results.store import RunStore
from search.backend.resources import Resources
from search.experiment.objectives import add_objectives
from search.experiment.writing import write
from search.from_runs import FIRST, WarmStart, warm_start
from search.past_runs import names_of
from search.resume import resume
from search.run import RunOptions
from search.start import search
from search.study.space import Configuration, default_configuration
from search.tasks.ranges import TaskError
from search.tasks.reading import read_task
from search.tasks.task import Task
from search.trial.records import TrialSpec
from tests.search.experiment.test_experiment import result_of
from tests.searches import small_task, write_set
from tests.songs import make_songs

SIZES = (4, 5, 6, 7, 8, 9, 10, 11)
"""Latent sizes of the trials of a past run, each better than the one before."""


@pytest.fixture
def task() -> Task:
    return read_task("easy", {"clusters": "2:4"})


def with_size(task: Task, size: int, **changes: Any) -> Configuration:
    default = default_configuration(task, task.families[0])
    return replace(default, settings={**default.settings, "latent_size": size}, **changes)


def past_run(
    root: Path,
    task: Task,
    name: str = "night",
    configurations: list[Configuration] | None = None,
    status_of: Callable[[int], str] = lambda trial: "complete",
    **record: Any,
) -> Path:
    """The folder of a run whose trials are made up, each with a better value than the last."""
    info = {"settings": task.as_json(), "direction": "maximize", "ended": "2026", **record}
    tried = configurations or [with_size(task, size) for size in SIZES]
    with RunStore.create(root, task.name, name, info) as store:
        for trial, configuration in enumerate(tried):
            spec = TrialSpec(trial, "search", configuration, 0)
            result = result_of(spec, 0.1 + trial / 10, status_of(trial))
            add_objectives(spec, result, task)
            write(store, spec, result)
        store.consolidate()
    return store.folder


def taken(named: Path | str, task: Task, root: Path | None = None) -> tuple[WarmStart, str]:
    said: list[str] = []
    found = warm_start(str(named), task, root, said.append)
    return found, "\n".join(said)


def sizes(found: WarmStart) -> list[int]:
    return [configuration.settings["latent_size"] for configuration in found.first]


def test_the_best_models_of_a_past_run_are_tried_first(tmp_path: Path, task: Task) -> None:
    found, said = taken(past_run(tmp_path, task), task)
    assert sizes(found) == [*reversed(SIZES)][:FIRST]
    assert {configuration.n_clusters for configuration in found.first} == {4}  # the best count
    assert "easy/night: 8 of 8 searched trials can be used here." in said
    assert f"From easy/night the best {FIRST} of 8 models are tried first" in said


@pytest.mark.parametrize("named", ["easy", "easy/night", "night"])
def test_a_past_run_is_named_as_runs_are_elsewhere(tmp_path: Path, task: Task, named: str) -> None:
    past_run(tmp_path, task)
    assert taken(named, task, tmp_path)[0].runs[0].name == "easy/night"


def test_several_runs_take_turns(tmp_path: Path, task: Task) -> None:
    few = [with_size(task, size) for size in (20, 21)]
    one, other = past_run(tmp_path, task), past_run(tmp_path, task, "day", few)
    found, _ = taken(f"{one},{other}", task)
    assert sizes(found) == [11, 21, 10, 20, 9, 8, 7][:FIRST]
    assert [run.name for run in found.runs] == ["easy/night", "easy/day"]


def test_no_more_are_tried_than_the_search_has_trials(tmp_path: Path, task: Task) -> None:
    assert sizes(taken(past_run(tmp_path, task), replace(task, trials=3))[0]) == [11, 10]


def test_a_default_is_not_tried_twice(tmp_path: Path, task: Task) -> None:
    past = past_run(tmp_path, task, configurations=[with_size(task, 5), with_size(task, 16)])
    assert sizes(taken(past, task)[0]) == [5]


def test_trials_that_failed_or_leaked_or_broke_a_guard_are_left_out(
    tmp_path: Path, task: Task
) -> None:
    ways = {7: "infeasible", 6: "failed", 5: "pruned"}
    past = past_run(tmp_path, task, status_of=lambda trial: ways.get(trial, "complete"))
    leaking = pd.read_parquet(past / "trials.parquet")
    found, said = taken(past, task)
    assert sizes(found) == [8, 7, 6, 5, 4][:FIRST]
    assert "5 of 8 searched trials" in said
    assert "1 trial left out: failed." in said
    assert "1 trial left out: ended early." in said
    assert "1 trial left out: no clustering that could" in said
    with RunStore.open(past) as store:
        rows = leaking[leaking["trial"] == 4].drop(columns=["run", "task"]).to_dict("records")
        kept = {name: value for name, value in rows[0].items() if not is_missing(value)}
        store.append("trials", [{**kept, "leaks": "genre"}])
        store.consolidate()
    found, said = taken(past, task)
    assert sizes(found) == [7, 6, 5, 4][:FIRST]
    assert "1 trial left out: the model was given a label." in said


def is_missing(value: Any) -> bool:
    return not isinstance(value, str) and bool(pd.isna(value))


def test_what_the_space_does_not_hold_is_said(tmp_path: Path, task: Task) -> None:
    past = past_run(tmp_path, task)
    narrow = read_task("easy", {"clusters": "2:3", "space.latent_size.high": 8})
    found, said = taken(past, narrow)
    assert sizes(found) == [7, 6, 5, 4][:FIRST]  # 8 is where the default goes
    assert {configuration.n_clusters for configuration in found.first} == {3}
    assert "3 trials left out: latent_size is searched from 4 to 8 here." in said
    assert "5 clusterings left out: counts of clusters are searched from 2 to 3 here." in said


def test_a_run_of_another_space_is_refused_and_it_is_said_why(tmp_path: Path, task: Task) -> None:
    past, said = past_run(tmp_path, task), list[str]()
    medium = read_task("medium")
    with pytest.raises(TaskError, match=r"--from easy/night: no trial .* leave out --from"):
        warm_start(str(past), medium, None, said.append)
    assert any("8 trials left out: the family 'mlp_vae' is not searched" in s for s in said)


@pytest.mark.parametrize(
    "record",
    [{"settings": {"objective": "silhouette"}}, {"direction": "minimize"}, {"settings": {}}],
)
def test_a_run_by_another_objective_is_refused(
    tmp_path: Path, task: Task, record: dict[str, Any]
) -> None:
    past = past_run(tmp_path, task, **record)
    with pytest.raises(TaskError, match=r"this search is by 'coherence_excess' \('maximize'\)"):
        taken(past, task)


def test_a_run_without_trials_is_refused(tmp_path: Path, task: Task) -> None:
    past = past_run(tmp_path, task)
    for each in (*past.glob("*.parquet"), *past.glob("parts/*")):
        each.unlink()
    with pytest.raises(ResultsError, match="no searched trial"):
        taken(past, task)


def test_a_run_that_goes_on_still_is_used_as_far_as_it_is(tmp_path: Path, task: Task) -> None:
    past = past_run(tmp_path, task, ended=None)
    with RunStore.open(past):  # by the process that searches
        assert "did not go to its end" in taken(past, task)[1]


@pytest.mark.parametrize("named", ["", ",", "night,", " , night"])
def test_a_list_with_a_gap_is_refused(named: str) -> None:
    with pytest.raises(TaskError, match="--from"):
        names_of(named)


def test_a_run_that_is_named_twice_is_one() -> None:
    assert names_of("night, day,night") == ["night", "day"]


FORGED: dict[str, Callable[[pd.DataFrame], object]] = {
    "a family of nobody's": lambda rows: rows.assign(family="\x1b[2J" * 9),
    "a size beyond all": lambda rows: rows.assign(latent_size=10**12),
    "no size": lambda rows: rows.assign(latent_size=None),
    "no beta": lambda rows: rows.assign(beta=float("nan")),
    "a view of nobody's": lambda rows: rows.assign(view="../../etc"),
    "a reducer of nobody's": lambda rows: rows.assign(reducer="tsne"),
    "a batch that was not searched": lambda rows: rows.assign(batch_size=1),
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_table_of_trials_gives_nothing(tmp_path: Path, task: Task, forged: str) -> None:
    past = past_run(tmp_path, task)
    for part in past.glob("parts/*"):
        part.unlink()
    rows = FORGED[forged](pd.read_parquet(past / "trials.parquet"))
    assert isinstance(rows, pd.DataFrame)
    rows["latent_size"] = rows["latent_size"].astype("Int64")
    rows["batch_size"] = rows["batch_size"].astype("Int64")
    for name in ("family", "view", "reducer"):
        rows[name] = rows[name].astype(str).astype("category")
    rows.to_parquet(past / "trials.parquet")
    said: list[str] = []
    with pytest.raises((TaskError, ResultsError)):
        warm_start(str(past), task, None, said.append)
    assert len(said) <= 12 and not any("\x1b" in sentence for sentence in said)


FORGED_CLUSTERINGS: dict[str, dict[str, Any]] = {
    "an infinite value": {"coherence_excess": float("inf")},
    "a value that is no number": {"coherence_excess": float("nan")},
    "a count of nobody's": {"n_clusters": -5},
    "a clusterer of nobody's": {"clusterer": "mine"},
}


@pytest.mark.parametrize("forged", FORGED_CLUSTERINGS)
def test_forged_clusterings_give_nothing(tmp_path: Path, task: Task, forged: str) -> None:
    past = past_run(tmp_path, task)
    for part in past.glob("parts/*"):
        part.unlink()
    rows = pd.read_parquet(past / "clusterings.parquet").assign(**FORGED_CLUSTERINGS[forged])
    rows["clusterer"] = rows["clusterer"].astype("category")
    rows.to_parquet(past / "clusterings.parquet")
    with pytest.raises((TaskError, ResultsError)):
        taken(past, task)


def test_a_link_in_a_past_run_is_not_followed(tmp_path: Path, task: Task) -> None:
    past = past_run(tmp_path, task)
    (past / "trials.parquet").unlink()
    (past / "trials.parquet").symlink_to("/etc/hostname")
    with pytest.raises(ResultsError, match="not to be trusted"):
        taken(past, task)


def options() -> RunOptions:
    console = Console(file=io.StringIO())
    return RunOptions(Resources(workers=2), console=console, with_report=False)


def trials_of(folder: Path) -> pd.DataFrame:
    trials = pd.read_parquet(folder / "trials.parquet")
    return trials[trials["role"] == "search"].sort_values("trial").reset_index(drop=True)


def test_a_search_learns_from_a_run_of_other_songs_and_goes_on_so(
    finished_run: Path, tmp_path: Path
) -> None:
    songs = write_set(tmp_path / "others", make_songs(seed=5))
    short = small_task(trials=2, finalist_seeds=0, baselines=[])
    done = search(short, songs, out=tmp_path / "runs", past=str(finished_run), options=options())
    record = json.loads((done.folder / "run.json").read_text())
    assert [run["run"] for run in record["from"]["runs"]] == [f"easy/{finished_run.name}"]
    assert any(sentence.startswith("From easy/") for sentence in record["said"])
    first = record["from"]["first"]
    assert len(first) == 1  # of two trials one is the default
    trials = trials_of(done.folder)
    assert list(trials["trial"]) == [0, 1]  # what is learned from is no trial of this run
    assert trials["latent_size"].to_list() == [8, first[0]["settings"]["latent_size"]]
    assert trials["beta"].to_list() == [1.0, first[0]["settings"]["beta"]]
    more = resume(done.folder, trials=4, options=options())
    assert not more.interrupted
    again = trials_of(done.folder)
    assert len(again) == 4
    pd.testing.assert_frame_equal(again[:2][trials.columns], trials, check_dtype=False)


KILLED = """
import sys
from pathlib import Path
from search.backend.resources import Resources
from search.run import RunOptions
from search.start import search
from tests.searches import small_task
if __name__ == "__main__":
    songs, out, past = sys.argv[1:]
    task = small_task(trials=6, finalist_seeds=0, baselines=[])
    options = RunOptions(Resources(workers=1), with_report=False)
    search(task, Path(songs), out=Path(out), name="killed", past=past, options=options)
"""


def test_a_search_that_is_killed_goes_on_with_what_it_learned(
    ray_session: None, tmp_path: Path, songs: Songs
) -> None:
    task = small_task()
    past = past_run(
        tmp_path / "past", task, configurations=[with_size(task, s) for s in SIZES[:5]]
    )
    root = Path(__file__).resolve().parents[2]
    folder = write_set(tmp_path / "songs", songs)
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(folder), str(tmp_path / "runs"), str(past)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    run = tmp_path / "runs" / "easy" / "killed"
    began = time.monotonic()
    while not list(run.glob("parts/trials-*")):
        assert process.poll() is None and time.monotonic() - began < 120
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    resume(run, options=options())
    trials = trials_of(run)
    assert list(trials["trial"]) == list(range(6))
    first = json.loads((run / "run.json").read_text())["from"]["first"]
    assert trials["latent_size"][1 : 1 + len(first)].to_list() == [
        each["settings"]["latent_size"] for each in first
    ]
