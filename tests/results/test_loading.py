"""Tables load as pandas would read them, from finished and from unfinished runs."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import results
from results import ResultsError
from results.reading import TornFileWarning
from results.schema import TABLES
from results.store import RunStore

ROOT = Path(results.__file__).parents[1]
FAILED_A_GUARD = {"status": "infeasible", "guard": "balance 0.1, bound 0.25"}


@pytest.fixture(scope="module")
def root(tmp_path_factory, row):
    """Runs b, a1 and a2 of the task easy, in this order, and then run c of the task hard."""
    root = tmp_path_factory.mktemp("runs")
    for task, name in (("easy", "b"), ("easy", "a1"), ("easy", "a2"), ("hard", "c")):
        with RunStore.create(root, task, name, {}) as store:
            store.append("trials", [row.trial(0), row.trial(1)])
            store.append("comparison", [row.method("pca", 0.5, 1.5)])
            store.append("songs", {"id": ["x", "y"], "split": ["train", "test"]})
            store.consolidate()
            store.write_info({"ended": "2026-03-01T13:00:00+00:00"})
    return root


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


def test_rows_written_since_the_tables_were_are_loaded_too(finished, row):
    with RunStore.open(finished) as store:
        store.append("trials", [row.trial(1, objective=9.0), row.trial(7)])
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


def test_the_newest_run_is_the_default(root):
    assert results.load("easy", root=root)["run"].tolist() == ["a2"]


@pytest.mark.parametrize(
    ("runs", "names"),
    [("all", ["b", "a1", "a2"]), ("a*", ["a1", "a2"]), ("b", ["b"]), (["a2", "b"], ["b", "a2"])],
)
def test_several_runs_make_one_frame_in_order_of_time(root, runs, names):
    loaded = results.load("easy", root=root, runs=runs)
    assert loaded["run"].tolist() == names
    assert loaded["n_clusters"].dtype == "Int64"
    assert list(loaded["split"].cat.categories) == ["train", "validation", "test"]


def test_songs_of_several_runs_say_which_run_they_are_of(root):
    songs = results.load("easy", "songs", root=root, runs="a*")
    assert songs[["task", "run", "id"]].values.tolist() == [
        ["easy", run, song] for run in ("a1", "a2") for song in ("x", "y")
    ]


def test_runs_with_different_columns_fit_together(tmp_path, row):
    for name, more in (("a", {}), ("b", {"width": 64, "family": "pca"})):
        with RunStore.create(tmp_path, "easy", name, {}) as store:
            store.append("trials", [row.trial(0, **more)])
    trials = results.load("easy", "trials", root=tmp_path, runs="all")
    assert trials["width"].tolist() == [pd.NA, 64]
    assert trials["family"].tolist() == ["mlp_vae", "pca"]
    wide = results.load("easy", "trials", root=tmp_path, runs="all", where=[("width", ">", 8)])
    assert wide["run"].tolist() == ["b"]


def test_a_run_is_found_by_name_by_task_and_name_and_by_path(root, monkeypatch):
    monkeypatch.chdir(root)
    for which in ("a1", "easy/a1", root / "easy" / "a1", str(root / "easy" / "a1")):
        assert results.load(which, root=root)["run"].tolist() == ["a1"]
    assert results.load("easy/a1", root=root / "elsewhere")["run"].tolist() == ["a1"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"task": "eazy"}, "no run of 'eazy' in .*; there are runs of easy .a1, a2, b., hard .c."),
        ({"task": "easy", "runs": "c"}, "Task easy has no run 'c'; its runs are b, a1, a2"),
        ({"task": "easy", "runs": ["b", "c*"]}, r"no run 'c\*'"),
        ({"task": "easy", "table": "trails"}, "no table 'trails'; the tables are trials, "),
        ({"task": "easy", "table": "epochs"}, "Run a2 has no table epochs yet; it has trials, "),
        ({"task": "easy", "columns": ["arri"]}, "no column 'arri'; it has run, task, "),
        ({"task": "easy", "where": [("arri", ">", 0)]}, "no column 'arri'"),
        ({"task": "easy", "where": [("ari", ">", "x")]}, "cannot be read as asked"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(root, arguments, message):
    with pytest.raises(ResultsError, match=message):
        results.load(root=root, **arguments)


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


def test_runs_lists_what_there_is_and_leaves_out_what_is_damaged(root, tmp_path, row):
    shutil.copytree(root, tmp_path, dirs_exist_ok=True)
    with RunStore.create(tmp_path, "easy", "d", {}) as store:
        store.append("trials", [row.trial(0)])
    (tmp_path / "easy" / "a1" / "run.json").write_text('{"run": "../../etc"')
    with pytest.warns(UserWarning, match="run.json cannot be read"):
        there = results.runs(root=tmp_path)
    assert there[["task", "run", "trials", "finished"]].values.tolist() == [
        ["easy", "b", 2, True],
        ["easy", "a2", 2, True],
        ["easy", "d", 1, False],
        ["hard", "c", 2, True],
    ]
    assert results.runs("hard", root=tmp_path)["run"].tolist() == ["c"]


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
    with pytest.raises(ResultsError, match="is a link"):
        results.latents(finished, 9)


@pytest.mark.parametrize(("direction", "chosen"), [("maximize", (1, 5)), ("minimize", (0, 4))])
def test_the_best_is_the_best_clustering_that_passed_its_guards(tmp_path, direction, chosen, row):
    with RunStore.create(tmp_path, "easy", "a", {"direction": direction}) as store:
        for number in range(3):
            rows = [row.clustering(number, count) for count in (4, 5)]
            guarded = [row | FAILED_A_GUARD for row in rows]
            store.append("clusterings", guarded if number == 2 else rows)
            store.append("trials", [row.trial(number, family=f"family-{number}")])
        store.append("clusterings", [row.clustering(9, 4)])  # of a trial that has not ended
    winner = results.best("a", root=tmp_path)
    assert (winner["trial"], winner["n_clusters"]) == chosen
    assert winner["family"] == f"family-{chosen[0]}"


def test_without_a_clustering_that_passed_there_is_no_best(tmp_path, row):
    with RunStore.create(tmp_path, "easy", "a", {}) as store:
        store.append("clusterings", [row.clustering(0, 4, **FAILED_A_GUARD)])
        store.append("trials", [row.trial(0, status="infeasible")])
    with pytest.raises(ResultsError, match="passed every guard"):
        results.best("a", root=tmp_path)


def test_importing_results_loads_nothing_heavy():
    program = (
        "import sys, results; "
        "print(*{'ray', 'optuna', 'tensorflow', 'matplotlib', 'sklearn', 'rich'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
