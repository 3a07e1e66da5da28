"""Tables load as pandas would read them, from finished and from unfinished runs."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up import clustering, method, trial
from pandas.testing import assert_frame_equal

import results
from results import ResultsError
from results.parquet import TornFileWarning
from results.schema import TABLES
from results.store import RunStore

ROOT = Path(results.__file__).parents[1]


def run(root, name, task="easy", **info):
    """A run with two trials, the second of them the best."""
    with RunStore.create(root, task, name, info) as store:
        store.append("clusterings", [clustering(number, 4) for number in (0, 1)])
        store.append("trials", [trial(0), trial(1)])
        store.append("comparison", [method("pca", 0.5, 1.5)])
        store.append("songs", {"id": ["a", "b"], "split": ["train", "test"]})
        store.consolidate()
    return store.folder


@pytest.mark.parametrize("table", TABLES)
def test_a_finished_run_loads_as_pandas_reads_its_file(finished, table):
    read = pd.read_parquet(finished / f"{table}.parquet")
    assert len(read)
    assert_frame_equal(results.load(finished, table), read)


@pytest.mark.parametrize("table", TABLES)
def test_an_unfinished_run_loads_what_is_finished(unfinished, table):
    before = results.load(unfinished, table)
    with RunStore.open(unfinished) as store:
        store.consolidate()
    assert_frame_equal(before, pd.read_parquet(unfinished / f"{table}.parquet"))


def test_rows_written_since_the_tables_were_are_loaded_too(finished):
    with RunStore.open(finished) as store:
        store.append("trials", [trial(1, objective=9.0), trial(7)])
    trials = results.load(finished, "trials")
    assert trials["trial"].tolist() == [0, 1, 2, 3, 7]
    assert trials["objective"][1] == 9.0


def test_columns_and_conditions_are_those_of_pandas(finished, unfinished):
    columns = ["n_clusters", "trial"]
    where = [("clusterer", "==", "kmeans"), ("trial", "in", [0, 2]), ("objective", ">", 0.45)]
    read = pd.read_parquet(finished / "clusterings.parquet", columns=columns, filters=where)
    assert len(read) == 3
    for folder in (finished, unfinished):
        loaded = results.load(folder, "clusterings", columns=columns, where=where)
        assert_frame_equal(loaded, read)


def test_the_newest_run_is_the_default(tmp_path):
    run(tmp_path, "b")
    run(tmp_path, "a")
    assert results.load("easy", root=tmp_path)["run"].tolist() == ["a"]


@pytest.mark.parametrize(
    ("runs", "names"),
    [("all", ["b", "a1", "a2"]), ("a*", ["a1", "a2"]), ("b", ["b"]), (["a2", "b"], ["b", "a2"])],
)
def test_several_runs_make_one_frame_in_order_of_time(tmp_path, runs, names):
    for name in ("b", "a1", "a2"):
        run(tmp_path, name)
    loaded = results.load("easy", root=tmp_path, runs=runs)
    assert loaded["run"].tolist() == names
    assert loaded["n_clusters"].dtype == "Int64"
    assert list(loaded["split"].cat.categories) == ["train", "validation", "test"]


def test_songs_of_several_runs_say_which_run_they_are_of(tmp_path):
    run(tmp_path, "a")
    run(tmp_path, "b")
    songs = results.load("easy", "songs", root=tmp_path, runs="all")
    assert songs[["task", "run", "id"]].values.tolist() == [
        ["easy", name, song] for name in ("a", "b") for song in ("a", "b")
    ]


def test_runs_with_different_columns_fit_together(tmp_path):
    run(tmp_path, "a")
    with RunStore.create(tmp_path, "easy", "b", {}) as store:
        store.append("trials", [trial(0, width=64, family="pca")])
    trials = results.load("easy", "trials", root=tmp_path, runs="all")
    assert trials["width"].tolist() == [pd.NA, pd.NA, 64]
    assert trials["family"].tolist() == ["mlp_vae", "mlp_vae", "pca"]
    wide = results.load("easy", "trials", root=tmp_path, runs="all", where=[("width", ">", 8)])
    assert wide["run"].tolist() == ["b"]


def test_a_run_is_found_by_name_by_task_and_name_and_by_path(tmp_path, monkeypatch):
    folder = run(tmp_path, "night")
    monkeypatch.chdir(tmp_path)
    for which in ("night", "easy/night", folder, str(folder), Path("easy/night")):
        assert results.load(which, root=tmp_path)["run"].tolist() == ["night"]
    assert results.load("easy/night", root=tmp_path / "elsewhere")["run"].tolist() == ["night"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"task": "eazy"}, "no run of 'eazy' in .*; there are runs of easy, hard"),
        ({"task": "easy", "runs": "c"}, "Task easy has no run 'c'; its runs are a, b"),
        ({"task": "easy", "runs": ["a", "c*"]}, r"no run 'c\*'"),
        ({"task": "easy", "table": "trails"}, "no table 'trails'; the tables are trials, "),
        ({"task": "easy", "table": "epochs"}, "Run b has no table epochs yet; it has trials, "),
        ({"task": "easy", "columns": ["arri"]}, "no column 'arri'; it has run, task, "),
        ({"task": "easy", "where": [("arri", ">", 0)]}, "no column 'arri'"),
        ({"task": "easy", "where": [("ari", ">", "x")]}, "cannot be read as asked"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(tmp_path, arguments, message):
    run(tmp_path, "a")
    run(tmp_path, "b")
    run(tmp_path, "c", task="hard")
    with pytest.raises(ResultsError, match=message):
        results.load(root=tmp_path, **arguments)


def test_without_any_run_the_error_says_so(tmp_path):
    with pytest.raises(ResultsError, match="there are no runs yet"):
        results.load("easy", root=tmp_path)


def test_a_reader_leaves_a_torn_part_where_it_is_and_says_so(unfinished):
    torn = sorted(unfinished.glob("parts/trials-*"))[1]
    torn.write_bytes(torn.read_bytes()[:-9])
    with pytest.warns(TornFileWarning, match=torn.name):
        assert results.load(unfinished, "trials")["trial"].tolist() == [0, 2, 3]
    assert torn.exists()


def test_a_torn_table_is_read_from_its_parts(finished):
    before = results.load(finished, "trials")
    table = finished / "trials.parquet"
    table.write_bytes(table.read_bytes()[:-9])
    with pytest.warns(TornFileWarning, match="trials.parquet"):
        assert_frame_equal(results.load(finished, "trials"), before)


def test_runs_lists_what_there_is_and_leaves_out_what_is_damaged(tmp_path):
    run(tmp_path, "a", task="hard")
    run(tmp_path, "b")
    with RunStore.create(tmp_path, "easy", "c", {}) as store:
        store.append("trials", [trial(0)])
    (run(tmp_path, "d") / "run.json").write_text('{"run": "../../etc"')
    with pytest.warns(UserWarning, match="run.json cannot be read"):
        there = results.runs(root=tmp_path)
    assert there[["task", "run", "trials", "finished"]].values.tolist() == [
        ["easy", "b", 2, True],
        ["easy", "c", 1, False],
        ["hard", "a", 2, True],
    ]
    assert results.runs("hard", root=tmp_path)["run"].tolist() == ["a"]


def test_latents_are_the_codes_that_were_saved(finished):
    codes = results.latents(finished, 2)
    assert codes.dtype == np.float32
    assert codes.tolist() == [[2.0, 2.0]] * 6
    with pytest.raises(ResultsError, match="no codes 7-s1; it has those of 0, 1, 2"):
        results.latents(finished, 7, seed=1)


def test_codes_that_would_run_code_are_refused(finished):
    np.save(finished / "latents" / "0.npy", np.array([{"a": 1}]), allow_pickle=True)
    with pytest.raises(ResultsError, match="0.npy cannot be read"):
        results.latents(finished, 0)


def test_codes_outside_the_run_folder_are_not_read(finished, tmp_path):
    np.save(tmp_path / "secret.npy", np.zeros((2, 2)))
    (finished / "latents" / "9.npy").symlink_to(tmp_path / "secret.npy")
    with pytest.raises(ResultsError, match="leads out of the run folder"):
        results.latents(finished, 9)


@pytest.mark.parametrize(("direction", "chosen"), [("maximize", (1, 5)), ("minimize", (0, 4))])
def test_the_best_is_the_best_clustering_that_passed_its_guards(tmp_path, direction, chosen):
    with RunStore.create(tmp_path, "easy", "a", {"direction": direction}) as store:
        for number in range(3):
            rows = [clustering(number, count) for count in (4, 5)]
            guarded = [row | {"guard": "balance 0.1"} for row in rows]
            store.append("clusterings", guarded if number == 2 else rows)
            store.append("trials", [trial(number, family=f"family-{number}")])
        store.append("clusterings", [clustering(9, 4)])  # of a trial that has not ended
    winner = results.best("a", root=tmp_path)
    assert (winner["trial"], winner["n_clusters"]) == chosen
    assert winner["family"] == f"family-{chosen[0]}"


def test_without_a_clustering_that_passed_there_is_no_best(tmp_path):
    with RunStore.create(tmp_path, "easy", "a", {}) as store:
        store.append("clusterings", [clustering(0, 4, guard="balance 0.1")])
        store.append("trials", [trial(0, status="infeasible")])
    with pytest.raises(ResultsError, match="passed every guard"):
        results.best("a", root=tmp_path)


def test_importing_results_is_light_and_not_hidden_by_a_folder_of_that_name(tmp_path):
    (tmp_path / "results").mkdir()
    program = (
        "import sys, results; results.load; "
        "print(*{'ray', 'optuna', 'tensorflow', 'matplotlib', 'sklearn'} & set(sys.modules))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""
