"""A search from start to end, on real Ray, a real journal and real files."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import load_study
from optuna.trial import TrialState
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)

import data
import models
import results
from data import Songs
from search.assign import assign
from tests.searches import run, write_set
from tests.songs import make_songs

TIMES = ["started", "train_seconds", "score_seconds", "host", "run"]


AGAIN = {"finalist": 6, "null": 2}


@pytest.fixture
def folder(tmp_path: Path, songs: Songs) -> Path:
    return write_set(tmp_path / "songs", songs)


@pytest.fixture(scope="module")
def finished(finished_run: Path) -> Path:
    return finished_run


def test_a_search_leaves_its_tables(finished: Path) -> None:
    trials = pd.read_parquet(finished / "trials.parquet")
    assert trials["role"].value_counts().to_dict() == {"search": 5, "baseline": 5, **AGAIN}
    assert (trials["status"] != "failed").all()
    comparison = results.load("easy", root=finished.parents[1])
    assert set(comparison["family"]) == {"pca", "mlp_vae", "consensus"}
    clusterings = results.load("easy", "clusterings", root=finished.parents[1])
    searched = clusterings[clusterings["role"] == "search"]
    trained = trials[trials["reused_from"].isna() & (trials["role"] == "search")]
    assert len(searched) == 4 * len(trained)


def test_a_search_ends_with_its_report(finished: Path) -> None:
    html = (finished / "report.html").read_text(encoding="utf-8")
    assert "Of 2 methods trained again on 3 fresh seeds" in html
    assert "t-SNE of the songs by pca: 160 songs coloured by" in html
    assert "Split 60/20/20 by" in html


def test_the_study_and_the_table_agree_row_by_row(finished: Path) -> None:
    storage = JournalStorage(JournalFileBackend(str(finished / "study.journal")))
    study = load_study(study_name=finished.name, storage=storage)
    assert {trial.state for trial in study.trials} == {TrialState.COMPLETE}
    told = {trial.number: trial.value for trial in study.trials}
    trials = pd.read_parquet(finished / "trials.parquet")
    rows = trials[trials["role"] == "search"].set_index("trial")["objective"]
    assert told == pytest.approx(rows.to_dict())


def test_scores_recomputed_from_the_saved_codes_are_equal(finished: Path) -> None:
    trials = pd.read_parquet(finished / "trials.parquet")
    songs = pd.read_parquet(finished / "songs.parquet")
    assignments = pd.read_parquet(finished / "assignments.parquet")
    test = (songs["split"] == "test").to_numpy()
    for row in trials[trials["role"] == "finalist"].itertuples():
        codes = np.load(finished / "latents" / f"{row.trial}-s{row.seed}.npy")[test]
        own = (assignments["trial"] == row.trial) & (assignments["seed"] == row.seed)
        by_song = assignments[own].set_index("id")["cluster"]
        clusters = by_song.reindex(songs["id"][test]).to_numpy()
        assert row.silhouette == pytest.approx(silhouette_score(codes, clusters), abs=1e-6)
        assert row.davies_bouldin == pytest.approx(davies_bouldin_score(codes, clusters))
        assert row.calinski_harabasz == pytest.approx(calinski_harabasz_score(codes, clusters))
        assert row.ari == pytest.approx(adjusted_rand_score(songs["genre"][test], clusters))


def test_a_saved_finalist_gives_new_songs_the_codes_it_was_scored_by(finished: Path) -> None:
    songs = data.load(finished.parents[2] / "songs")
    for path in (finished / "models").glob("*.json"):
        codes = np.load(finished / "latents" / f"{path.stem}.npy")
        np.testing.assert_allclose(models.load(path).encode(songs), codes, atol=1e-5)


@pytest.mark.usefixtures("ray_session")
def test_one_worker_and_one_seed_give_the_same_table_twice(folder: Path, tmp_path: Path) -> None:
    tables = [
        pd.read_parquet(run(folder, tmp_path / name, workers=1).folder / "trials.parquet").drop(
            columns=TIMES
        )
        for name in ("one", "two")
    ]
    pd.testing.assert_frame_equal(*tables)


@pytest.mark.usefixtures("ray_session")
def test_trials_that_are_behind_end_early_in_table_and_study(folder: Path, tmp_path: Path) -> None:
    shortened = {"scheduler": "asha", "epochs": 9, "trials": 8, "early_stopping": 0}
    alone = {"baselines": [], "finalist_seeds": 0, "space.mlp_vae.warm_up": 0}
    done = run(folder, tmp_path / "runs", workers=1, **shortened, **alone)
    trials = pd.read_parquet(done.folder / "trials.parquet").set_index("trial")
    trained = trials[trials["reused_from"].isna()]
    epochs = trained.loc[trained["status"] == "pruned", "epochs"].to_dict()
    assert 0 < len(epochs) < len(trained)
    assert set(epochs.values()) <= {1, 3}
    storage = JournalStorage(JournalFileBackend(str(done.folder / "study.journal")))
    study = load_study(study_name=done.folder.name, storage=storage)
    pruned = [trial for trial in study.trials if trial.state is TrialState.PRUNED]
    assert {trial.number: trial.last_step for trial in pruned if trial.number in epochs} == epochs
    curves = pd.read_parquet(done.folder / "epochs.parquet").groupby("trial").size()
    assert curves[list(epochs)].to_dict() == epochs


@pytest.mark.usefixtures("ray_session")
def test_several_objectives_are_searched_together(folder: Path, tmp_path: Path) -> None:
    few = {"objective": "coherence,reconstruction_r2", "trials": 3, "baselines": []}
    done = run(folder, tmp_path / "runs", **few, finalist_seeds=2, null_collections=0)
    storage = JournalStorage(JournalFileBackend(str(done.folder / "study.journal")))
    study = load_study(study_name=done.folder.name, storage=storage)
    trials = pd.read_parquet(done.folder / "trials.parquet").query("role == 'search'")
    told = {trial.number: trial.values for trial in study.trials}
    columns = trials.set_index("trial")[["coherence", "r2"]]
    assert told == {number: pytest.approx(list(row)) for number, row in columns.T.items()}
    assert done.compared


@pytest.mark.usefixtures("ray_session")
def test_a_search_with_no_feasible_trial_ends_with_its_rows(folder: Path, tmp_path: Path) -> None:
    collapsed = {"space.beta": 1e4, "space.latent_size": 4, "baselines": []}
    done = run(folder, tmp_path / "runs", **collapsed)
    trials = pd.read_parquet(done.folder / "trials.parquet")
    assert set(trials["status"]) == {"infeasible"}
    assert trials["guard"].str.contains("active_units").all()
    assert not done.compared
    assert results.runs(root=tmp_path / "runs")["finished"].all()
    report = (done.folder / "report.html").read_text(encoding="utf-8")
    assert "Nothing found: no trial held every guard" in report
    assert "fewer than 2 units can stay active" in report  # said when the search began


def command(*arguments: str | Path, **options: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "search", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )


def test_ctrl_c_stops_cleanly_and_keeps_what_is_finished(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "runs"
    process = command(
        *("easy", "--data", folder, "--out", out, "--name", "run", "--trials", "500"),
        *("--workers", "1", "--set", "epochs=5"),
        start_new_session=True,
    )
    parts = out / "easy" / "run" / "parts"
    deadline = time.monotonic() + 120
    while len(list(parts.glob("trials-*"))) < 7 and time.monotonic() < deadline:
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGINT)
    said, complained = process.communicate(timeout=60)
    assert process.returncode == 130, complained
    assert "Stopping: what is finished is kept" in said
    trials = pd.read_parquet(out / "easy" / "run" / "trials.parquet")
    assert 7 <= len(trials) < 500
    assert (trials["status"] != "failed").all(), trials["error"].dropna().iloc[0]
    assert "no comparison yet" in said
    assert not results.runs(root=out)["finished"].any()
    report = out / "easy" / "run" / "report.html"
    assert f"Report: {report}" in said
    assert f"{(trials['role'] == 'search').sum()} trials of 500 planned" in report.read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["hardest"], 2, "there is no task 'hardest'"),
        (["easy", "--set", "epochs"], 2, "write it as KEY=VALUE"),
        (["easy", "--set", "epochs=none"], 2, "epochs must be a whole number, not 'none'"),
        (["easy", "--clusters", "9:3"], 2, "clusters is '9:3'"),
        (["easy", "--workers", "0"], 2, "--workers is 0; it must be at least 1"),
        (["easy", "--gpus-per-trial", "-1"], 2, "--gpus-per-trial is -1; it must be 0 or more"),
        (["easy", "--data", "nowhere"], 3, "nowhere"),
        (["easy", "--objective", "beauty"], 2, "there is no 'beauty'"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_sentence(
    arguments: list[str], code: int, said: str
) -> None:
    process = command(*arguments)
    _, complained = process.communicate(timeout=60)
    assert process.returncode == code
    assert said in complained
    assert "Traceback" not in complained


def test_new_songs_get_the_clusters_that_the_run_gave_them(finished: Path, tmp_path: Path) -> None:
    kept = pd.read_parquet(finished / "assignments.parquet")
    comparison = pd.read_parquet(finished / "comparison.parquet")
    best = comparison["family"][0]
    expected = kept[(kept["method"] == best) & (kept["seed"] == 1)].set_index("id")["cluster"]
    few = make_songs().select(np.arange(5))
    songs, out = write_set(tmp_path / "few", few), tmp_path / "clusters.csv"
    process = command("assign", finished, "--data", songs, "--out", out)
    _, complained = process.communicate(timeout=60)
    assert process.returncode == 0, complained
    given = pd.read_csv(out).set_index("id")["cluster"]
    assert given.to_dict() == expected[few.ids].to_dict()


def test_songs_of_another_layout_are_refused_by_a_finalist(finished: Path, tmp_path: Path) -> None:
    other = write_set(tmp_path / "other", make_songs(features=7))
    process = command("assign", finished, "--data", other, "--out", tmp_path / "clusters.csv")
    _, complained = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "cannot take these songs" in complained and "Traceback" not in complained


def test_a_run_is_not_overwritten(folder: Path, tmp_path: Path) -> None:
    taken = tmp_path / "runs" / "easy" / "mine"
    taken.mkdir(parents=True)
    (taken / "run.json").write_text('{"run": "mine", "task": "easy"}')
    process = command("easy", "--data", folder, "--out", tmp_path / "runs", "--name", "mine")
    _, complained = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "mine" in complained and "Traceback" not in complained


def test_new_songs_get_the_clusters_of_the_consensus(finished: Path) -> None:
    songs = data.load(finished.parents[2] / "songs")
    table = pd.read_parquet(finished / "assignments.parquet")
    own = table[table["method"] == "consensus"]
    first = own[own["seed"] == own["seed"].min()].set_index("id")
    some = songs.select(np.arange(40, 70))
    found = assign(finished, some, "consensus").set_index("id")
    assert found["cluster"].tolist() == first.loc[some.ids, "cluster"].tolist()
    np.testing.assert_allclose(found["agreement"], first.loc[some.ids, "agreement"])
    assert (found["n_clusters"] == first["n_clusters"].iloc[0]).all()
    assert assign(finished, some, "pca").columns.tolist() == [
        *("id", "method", "n_clusters", "cluster")
    ]
    with pytest.raises(results.ResultsError, match="no method 'vade': give one of"):
        assign(finished, some, "vade")


def test_the_consensus_is_in_every_table_but_trials(finished: Path) -> None:
    comparison = results.load(finished).set_index("family")
    assert comparison.loc["consensus", "n_seeds"] == 3
    clusterings = pd.read_parquet(finished / "clusterings.parquet")
    rows = clusterings[clusterings["role"] == "consensus"]
    assert len(rows) == 3 * 2 * 4  # seeds, parts, counts
    at = rows[(rows["split"] == "test")].groupby("n_clusters")["ari"].mean()
    count = comparison.loc["consensus", "n_clusters"]
    assert comparison.loc["consensus", "ari"] == pytest.approx(at[count])
    others = pd.read_parquet(finished / "assignments.parquet")
    assert others.loc[others["method"] != "consensus", "agreement"].isna().all()
    trials = pd.read_parquet(finished / "trials.parquet")
    assert "consensus" not in set(trials["role"]) | set(trials["family"])
