"""The promises of a run's store, kept by one suite wherever runs lie."""

import numpy as np
import pandas as pd
import pytest

import results
from results import ResultsError
from results.schema import TABLES
from results.store import RunStore, StoreError

# Where runs lie: name -> the root of all runs, given an empty folder of the test.
LOCATIONS = {"local folder": lambda folder: folder / "runs"}
ROW = {"trial": 0, "role": "search", "seed": 0}
MAPPED = {"method": "pca", "trial": -1, "seed": 0}
ROWS = {
    "trials": [ROW | {"status": "complete"}],
    "clusterings": [ROW | {"split": "validation", "n_clusters": count} for count in (4, 5)],
    "epochs": [ROW | {"epoch": number} for number in (1, 2)],
    "comparison": [
        {"trial": 0, "role": "finalist", "split": "test", "family": family}
        for family in ("vae", "pca")
    ],
    "songs": [{"id": f"song-{n}", "split": "train", "genre": "rock"} for n in range(3)],
    "assignments": [
        {
            "id": f"song-{n}",
            "split": "train",
            "method": "pca",
            "trial": -1,
            "seed": 0,
            "n_clusters": 2,
        }
        | {"cluster": n % 2}
        for n in range(3)
    ],
    "map": [
        MAPPED
        | {"id": f"song-{n}", "split": "train", "n_clusters": 2, "cluster": n % 2}
        | {"pca_x": float(n), "pca_y": -float(n)}
        for n in range(3)
    ],
    "clusters": [MAPPED | {"cluster": cluster, "songs": 2 - cluster} for cluster in (0, 1)],
}


@pytest.fixture(params=LOCATIONS)
def root(request, tmp_path):
    return LOCATIONS[request.param](tmp_path)


@pytest.fixture
def store(root):
    with RunStore.create(root, "easy", "first", {"seed": 3}) as store:
        yield store


@pytest.mark.parametrize("table", TABLES)
def test_rows_are_there_as_soon_as_they_are_written(store, root, table):
    store.append(table, ROWS[table])
    loaded = results.load("easy", table, root=root)
    for name in ROWS[table][0]:
        assert loaded[name].tolist() == [row[name] for row in ROWS[table]]


@pytest.mark.parametrize("table", TABLES)
def test_rows_written_again_are_there_once(store, root, table):
    for _ in range(2):
        store.append(table, ROWS[table])
        store.consolidate()
    store.append(table, ROWS[table])
    assert len(results.load("easy", table, root=root)) == len(ROWS[table])


def test_consolidated_tables_are_files_that_pandas_reads(store):
    for table, rows in ROWS.items():
        store.append(table, rows)
    store.consolidate()
    for table, rows in ROWS.items():
        assert len(pd.read_parquet(store.folder / f"{table}.parquet")) == len(rows)
    assert len(pd.read_csv(store.folder / "comparison.csv")) == len(ROWS["comparison"])


def test_rows_know_their_run_and_task(store, root):
    store.append("trials", ROWS["trials"])
    assert results.load("easy", "trials", root=root)[["run", "task"]].values.tolist() == [
        ["first", "easy"]
    ]


def test_no_rows_write_no_part(store):
    store.append("epochs", [])
    store.append("epochs", {})
    assert not list((store.folder / "parts").iterdir())


def test_a_run_goes_on_where_it_was_left(store, root):
    store.append("trials", ROWS["trials"])
    store.consolidate()
    store.close()
    with RunStore.open(store.folder) as again:
        assert (again.task, again.run, again.info["seed"]) == ("easy", "first", 3)
        again.append("trials", [ROW | {"trial": 1, "status": "failed"}])
    assert results.load("easy", "trials", root=root)["trial"].tolist() == [0, 1]


def test_a_fresh_run_on_a_taken_name_is_refused_and_told_of_resume(store, root):
    store.close()
    with pytest.raises(StoreError, match="search resume first"):
        RunStore.create(root, "easy", "first", {})
    RunStore.create(root, "hard", "first", {}).close()


def test_an_open_run_is_refused_to_others(store):
    with pytest.raises(StoreError, match="open in another process"):
        RunStore.open(store.folder)
    store.close()
    RunStore.open(store.folder).close()


def test_what_the_record_says_can_be_added_to(store):
    store.write_info({"finished": True})
    store.close()
    with RunStore.open(store.folder) as again:
        assert again.info == store.info
        assert (again.info["seed"], again.info["finished"]) == (3, True)


def test_codes_figures_and_models_are_kept(store):
    codes = np.arange(6, dtype=np.float32).reshape(3, 2)
    store.save_codes(4, codes)
    store.save_codes(4, codes + 1, seed=2)
    assert results.latents(store.folder, 4).tolist() == codes.tolist()
    assert results.latents(store.folder, 4, seed=2).tolist() == (codes + 1).tolist()
    with np.load(store.save_figure("curves", {"loss": [1.0, 0.5]})) as figure:
        assert figure["loss"].tolist() == [1.0, 0.5]
    path = store.save_model(4, {".json": b"{}", ".weights.h5": b"weights"}, seed=2)
    assert path == store.folder / "models" / "4-s2"
    assert (store.folder / "models" / "4-s2.weights.h5").read_bytes() == b"weights"


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../first", "a/b", "/tmp/a", ".hidden", "a\\b", "a\n", "a" * 101, " a"]
)
def test_a_name_that_is_no_folder_name_is_refused(root, store, name):
    for task, run in ((name, "second"), ("easy", name)):
        with pytest.raises(ResultsError, match="cannot be the name of a"):
            RunStore.create(root, task, run, {})
    with pytest.raises(ResultsError, match="cannot be the name of a figure"):
        store.save_figure(name, {})


@pytest.mark.parametrize("name", ["20260301-120000", "night 1", "β-search", "v1.2+x_y"])
def test_a_name_that_people_give_is_taken(root, name):
    RunStore.create(root, name, name, {}).close()
    assert (root / name / name / "run.json").is_file()
