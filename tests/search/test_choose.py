"""Known songs choose among the clusterings of a run, after it and in it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from sklearn.metrics import adjusted_rand_score

import results
from results.disk import StoreError
from search.__main__ import main
from search.choose import choose
from search.query import query
from search.resume import resume
from search.run import RunOptions
from search.start import search
from tests.searches import small_task, write_set
from tests.songs import make_songs

Write = Callable[[str, pd.DataFrame], Path]


@pytest.fixture
def run(finished_run: Path, tmp_path: Path) -> Path:
    """A run of the test's own."""
    return Path(shutil.copytree(finished_run, tmp_path / "runs" / "easy" / finished_run.name))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """What writes a file of known songs."""

    def to(name: str, table: pd.DataFrame) -> Path:
        table.to_csv(tmp_path / name, index=False)
        return tmp_path / name

    return to


def labelled(run: Path, count: int, label: str = "genre", seed: int = 0) -> pd.DataFrame:
    songs = results.load(run, "songs").sample(count, random_state=seed)
    return songs[["id", label]].rename(columns={label: "label"})


def test_the_first_row_is_chosen_and_the_run_stays_as_it_is(run: Path, write: Write) -> None:
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    folder, chosen = choose(run, [write("known.csv", labelled(run, 30))])
    assert folder == run / "choices" / "choice-1"
    comparison = pd.read_parquet(folder / "comparison.parquet")
    clusterings = results.load(run, "clusterings")
    complete = clusterings["status"] == "complete"
    models = clusterings["role"].isin(["search", "baseline"]) & complete
    assert len(comparison) >= models[clusterings["split"] == "validation"].sum()
    first = comparison.iloc[0]
    assert first["selection"] == "chosen with 30 known songs"
    assert first["in_running"]
    assert first["known_agreement"] == pytest.approx(first["known_ari"])
    assert first["known_agreement_low"] <= first["known_agreement"]
    assert first["known_agreement_cross_fitted"] > 0.5
    assert first["ari"] > 0.8
    assert {path: path.read_bytes() for path in before} == before
    assert chosen.row["trial"] == first["trial"]


def test_scores_are_of_test_songs_of_which_nothing_is_known(run: Path, write: Write) -> None:
    known = labelled(run, 80)
    folder, _ = choose(run, [write("known.csv", known)])
    first = pd.read_parquet(folder / "comparison.parquet").iloc[0]
    songs = results.load(run, "songs").set_index("id")
    left = songs[(songs["split"] == "test") & ~songs.index.isin(known["id"])]
    assigned = pd.read_parquet(folder / "assignments.parquet")
    of_seeds = [
        adjusted_rand_score(left["genre"], one.set_index("id").loc[left.index, "cluster"])
        for _, one in assigned.groupby("seed")
    ]
    assert first["test_songs"] == len(left) < (songs["split"] == "test").sum()
    assert first["ari"] == pytest.approx(np.mean(of_seeds))
    assert set(assigned.loc[assigned["known"], "id"]) == set(known["id"])
    assert not assigned.loc[assigned["query_rank"].notna(), "known"].any()


def test_what_the_known_songs_mean_decides(run: Path, write: Write) -> None:
    by_genre, by_language = (
        choose(run, [write(f"{label}.csv", labelled(run, 60, label))])[1]
        for label in ("genre", "language")
    )
    assert by_genre.choice.agreement.max() > 0.8
    assert by_language.choice.agreement.max() < 0.3  # in which nothing is to be found
    assert abs(by_language.comparison[0]["known_agreement_cross_fitted"]) < 0.15


def test_choices_are_numbered_and_none_is_overwritten(run: Path, write: Write) -> None:
    file = write("known.csv", labelled(run, 20))
    names = [choose(run, [file])[0].name, choose(run, [file], "by ear")[0].name]
    names.append(choose(run, [file])[0].name)
    assert names == ["choice-1", "by ear", "choice-2"]
    with pytest.raises(StoreError, match="has a choice by ear"):
        choose(run, [file], "by ear")
    with pytest.raises(results.ResultsError, match="cannot be the name of a choice"):
        choose(run, [file], "../elsewhere")


def test_questions_are_answered_in_their_own_file(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = tmp_path / "query.csv"
    assert main(["query", str(run), "--songs", "12", "--out", str(asked)]) == 0
    questions = pd.read_csv(asked, dtype=str, keep_default_na=False)
    assert [*questions.columns][:2] == ["id", "label"]
    assert questions["id"].is_unique and len(questions) == 12
    assert (questions["label"] == "").all()
    truth = results.load(run, "songs").set_index("id")["genre"]
    questions.assign(label=[truth[song] for song in questions["id"]]).to_csv(asked, index=False)
    assert main(["choose", str(run), "--known", str(asked)]) == 0
    assert "chosen with" not in capsys.readouterr().err
    again = query(run, [asked], songs=5)
    assert not {song for (song,) in again} & {*questions["id"]}
    assert main(["query", str(run), "--songs", "12", "--out", str(asked)]) == 2  # holds answers


def test_clips_are_the_loudest_of_the_songs(run: Path, tmp_path: Path) -> None:
    songs = tmp_path / "songs"
    (songs / "audio").mkdir(parents=True)
    ids = results.load(run, "songs")["id"]
    paths = [f"audio/{number}.wav" for number in range(len(ids))]
    pd.DataFrame({"id": ids, "audio_path": paths}).to_csv(songs / "dataset.csv", index=False)
    sound = np.repeat([0.0, 0.5, 0.0], 8000 * 10).astype(np.float32)
    for path in paths:
        soundfile.write(songs / path, sound, 8000)
    given = ["--data", str(songs), "--clips", str(tmp_path / "clips")]
    out = str(tmp_path / "query.csv")
    assert main(["query", str(run), "--songs", "3", "--out", out, *given]) == 0
    clips = sorted((tmp_path / "clips").iterdir())
    assert [clip.name[:4] for clip in clips] == ["001-", "002-", "003-"]
    for clip in clips:
        values, rate = soundfile.read(clip)
        assert (len(values), rate) == (80_000, 8000)
        assert values[80:-80].min() > 0.4  # within the fades
    assert (
        main(["query", str(run), "--songs", "3", "--out", f"{out[:-4]}-2.csv", "--clips", out])
        == 2
    )


def test_nothing_is_asked_where_every_song_is_known(run: Path, write: Write) -> None:
    songs = results.load(run, "songs")
    known = songs[["id", "genre"]].rename(columns={"genre": "label"})
    with pytest.raises(results.ResultsError, match="nothing left to ask about"):
        query(run, [write("known.csv", known)], songs=3)


def test_pairs_are_asked_about_that_tell_clusterings_apart(run: Path) -> None:
    pairs = query(run, pairs=10)
    assert len({*pairs}) == 10
    assert all(a != b for a, b in pairs)


def test_the_chosen_is_trained_on_fresh_seeds_if_that_is_asked_for(
    run: Path, finished_run: Path, write: Write
) -> None:
    songs = finished_run.parents[2] / "songs"
    trials = results.load(run, "trials")
    finalists = trials.loc[trials["role"] == "finalist", "trial"]
    known = write("known.csv", labelled(run, 30))
    folder, chosen = choose(run, [known], train_finalists=True, source=songs)
    first = pd.read_parquet(folder / "comparison.parquet").iloc[0]
    if chosen.row["trial"] not in {*finalists} and chosen.row["role"] != "consensus":
        assert first["n_seeds"] == 3
        assert first["ari_low"] <= first["ari"] <= first["ari_high"]
    assigned = pd.read_parquet(folder / "assignments.parquet")
    assert assigned["seed"].nunique() == first["n_seeds"]


def test_songs_that_are_not_there_are_bad_data(
    run: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write("known.csv", pd.DataFrame({"id": ["nobody"], "label": ["a"]}))
    assert main(["choose", str(run), "--known", str(file)]) == 3
    assert "there is no song 'nobody'" in capsys.readouterr().err
    assert not (run / "choices").exists()


@pytest.mark.usefixtures("ray_session")
def test_a_search_goes_by_known_songs_and_a_resumed_one_too(tmp_path: Path, write: Write) -> None:
    songs = make_songs()
    folder = write_set(tmp_path / "songs", songs)
    rows = np.random.default_rng(0).choice(len(songs), 40, replace=False)
    known = pd.DataFrame({"id": songs.ids[rows], "label": songs.labels["genre"][rows]})
    done = search(
        small_task(trials=3),
        folder,
        out=tmp_path / "runs",
        known=[write("known.csv", known)],
        options=RunOptions(with_report=False),
    )
    part = results.load(done.folder, "songs").set_index("id")["split"]
    assert not (part[known["id"]] == "test").any()
    trials = results.load(done.folder, "trials")
    searched = trials[trials["role"] == "search"]
    assert (searched["objective"] == searched["known_agreement"]).all()
    comparison = results.load(done.folder)
    assert (comparison["selection"] == "chosen with 40 known songs").all()
    assert comparison["known_agreement_cross_fitted"].notna().tolist()[0]
    assert comparison["objective"].is_monotonic_decreasing
    assert comparison["known_ari_low"].notna().any()
    again = resume(done.folder, trials=4, options=RunOptions(with_report=False))
    searched = results.load(again.folder, "trials", where=[("role", "==", "search")])
    assert len(searched) == 4
    assert searched["known_agreement"].notna().all()


def test_known_songs_and_an_objective_exclude_each_other(
    tmp_path: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write("known.csv", pd.DataFrame({"id": ["a"], "label": ["b"]}))
    assert main(["easy", "--known", str(file), "--objective", "coherence"]) == 2
    assert "leave out --objective" in capsys.readouterr().err
