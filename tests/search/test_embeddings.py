"""Searches of songs that are given by embeddings, in place of their maps or beside them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import results
from data import DataError, Songs, fingerprint, read
from data.presentation import shape_of
from models import FAMILIES, defaults, load
from results.columns import ResultsError
from search.assign import assign
from search.backend.packing import seen_as
from search.choose import choose
from search.record import refuse_other_songs
from search.resume import resume
from search.tasks.adaptation import adapt, restrict_inputs
from search.tasks.ranges import TaskError
from search.tasks.reading import read_task
from search.trial.inputs import prepare
from search.trial.null_songs import NullSource, null_inputs
from tests.searches import run, small_task, write_set
from tests.songs import make_songs, with_embedding

INPUTS = {"alone": ["embedding"], "both": ["audio", "embedding"]}
GIVEN = {"alone": (6,), "both": (8 * 16 + 6,)}
"""Shape of a song as families are given it in the view standard."""


def with_maps() -> Songs:
    songs = with_embedding(make_songs(features=128))
    assert songs.audio is not None
    return songs.replace(audio=songs.audio.reshape(len(songs), 8, 16))


SONGS = with_maps()


@pytest.fixture(scope="module", params=INPUTS)
def which(request: pytest.FixtureRequest) -> str:
    """In place of maps, or beside them."""
    return str(request.param)


@pytest.fixture(scope="module")
def finished(ray_session: None, which: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was searched to its end; its songs lie in `../../../songs`."""
    base = tmp_path_factory.mktemp(which)
    families = ["mlp_vae", "conv_vae"]
    done = run(
        write_set(base / "songs", SONGS), base / "runs", inputs=INPUTS[which], families=families
    )
    assert done.compared
    return done.folder


def test_families_are_given_embeddings_and_convolutions_fall_away(
    finished: Path, which: str
) -> None:
    trials = results.load(finished, "trials")
    assert {*trials["family"]} == {"mlp_vae", "pca"}
    assert (trials["status"] != "failed").all()
    said = json.loads((finished / "run.json").read_text())["said"]
    how = {
        "alone": "Songs are given by embeddings of 6 values, in place of maps.",
        "both": "Songs are given as one vector: their view beside embeddings of 6 values, equal "
        "in variance.",
    }
    assert how[which] in said
    kind = f"vectors of {GIVEN[which][0]}"
    assert any(
        f"conv_vae convolves maps of 8x8 or more, and these songs are {kind}" in s for s in said
    )


def test_what_clusters_sound_like_is_told_from_maps_whatever_is_given(finished: Path) -> None:
    assert results.load(finished, "clusters")[["loudness", "change"]].notna().all(axis=None)
    kept = np.load(finished / "figures" / "clusters.npz")
    assert kept["spectrograms"].shape[1:] == (8, 16)


def test_a_finalist_remembers_what_it_takes(finished: Path, which: str) -> None:
    for path in (finished / "models").glob("*-s1.json"):
        model = load(path)
        assert model.shapes["audio"] == GIVEN[which]
        assert {*model.presentation.blocks} == {*INPUTS[which]}


def test_songs_of_the_run_are_assigned_the_clusters_that_they_have(finished: Path) -> None:
    songs = read(finished.parents[2] / "songs")
    assigned = results.load(finished, "assignments")
    for method in ("pca", "mlp_vae", "consensus"):
        row = results.load(finished).set_index("family").loc[method]
        own = assigned[assigned["trial"] == row["trial"]]
        own = own[own["seed"] == own["seed"].min()].set_index("id")["cluster"]
        found = assign(finished, songs, method).set_index("id")["cluster"]
        pd.testing.assert_series_equal(found, own[found.index], check_dtype=False)


def test_songs_of_another_layout_are_refused_in_a_sentence(finished: Path, which: str) -> None:
    new = SONGS.select(np.arange(9))
    assert len(assign(finished, new, "pca")) == 9
    for songs, said in (
        (new.replace(embedding=None), "these songs have no embeddings, and the model takes them"),
        (with_embedding(new, width=4), "have 4 values, those that the model was fitted on 6"),
    ):
        with pytest.raises(ResultsError, match=said):
            assign(finished, songs, "pca")
    without_maps = new.replace(audio=None)
    if which == "alone":
        assert len(assign(finished, without_maps, "pca")) == 9
    else:
        with pytest.raises(ResultsError, match="have no spectrograms, and the model takes them"):
            assign(finished, without_maps, "pca")


def test_a_run_goes_on_with_the_inputs_that_it_began_with(
    finished: Path, which: str, tmp_path: Path
) -> None:
    folder = tmp_path / "runs" / "easy" / finished.name
    shutil.copytree(finished, folder)
    resume(folder, trials=7, source=finished.parents[2] / "songs")
    trials = results.load(folder, "trials")
    assert (trials["role"] == "search").sum() == 7 and (trials["status"] != "failed").all()
    assert {*load(next((folder / "models").glob("*-s1.json"))).presentation.blocks} == {
        *INPUTS[which]
    }


def test_a_choice_is_trained_again_on_the_same_inputs(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "easy" / finished.name
    shutil.copytree(finished, folder)
    songs = results.load(folder, "songs").iloc[:40]
    known = tmp_path / "known.csv"
    songs[["id", "genre"]].rename(columns={"genre": "label"}).to_csv(known, index=False)
    chosen, _ = choose(folder, [known], train_finalists=True, source=finished.parents[2] / "songs")
    assert pd.read_parquet(chosen / "comparison.parquet").iloc[0]["n_seeds"] >= 1


@pytest.mark.usefixtures("ray_session")
def test_a_collection_without_maps_is_searched_by_its_embeddings(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "songs", SONGS.replace(audio=None))
    with pytest.raises(TaskError, match=r"""no processed_spec.*--set 'inputs=\["embedding"\]'"""):
        run(folder, tmp_path / "runs")
    small = {"trials": 1, "finalist_seeds": 2, "null_collections": 0}
    done = run(folder, tmp_path / "runs", inputs=["embedding"], **small)
    assert done.compared
    assert "loudness" not in results.load(done.folder, "clusters").dropna(axis=1)
    assert (done.folder / "report.html").is_file()


def test_songs_lose_the_inputs_that_a_task_does_not_name() -> None:
    for inputs, fields in ((["audio"], {"audio"}), *((one, {*one}) for one in INPUTS.values())):
        songs = restrict_inputs(small_task(inputs=inputs), SONGS)
        assert {name for name in ("audio", "embedding") if getattr(songs, name) is not None} == {
            *fields
        }


def test_songs_without_what_a_task_names_are_refused() -> None:
    with pytest.raises(TaskError, match=r"no audio_embeddings\.npy: put one among their files"):
        restrict_inputs(small_task(inputs=["embedding"]), SONGS.replace(embedding=None))


def test_a_task_names_the_audio_or_embeddings() -> None:
    for inputs in (["lyrics"], ["metadata"]):
        with pytest.raises(TaskError, match="needs audio; add it to inputs"):
            small_task(inputs=inputs)
    assert read_task("easy").inputs == ("audio",)


def test_steps_on_maps_fall_away_for_embeddings_alone() -> None:
    said: list[str] = []
    views = read_task("hard").views
    alone, beside = (small_task(inputs=one, views=views) for one in INPUTS.values())
    task = adapt(alone, restrict_inputs(alone, SONGS), said.append)
    assert task.views == ("standard", "power")
    assert any("the view trimmed+gainless: trimmed needs mels x frames" in line for line in said)
    assert adapt(beside, restrict_inputs(beside, SONGS), said.append).views == views


@pytest.mark.parametrize("inputs", INPUTS.values())
def test_null_songs_are_like_the_songs_in_every_input(inputs: list[str]) -> None:
    songs = restrict_inputs(small_task(inputs=inputs), with_embedding(make_songs(count=4_000)))
    drawn = NullSource.like(songs).draw(np.arange(len(songs)), seed=1)
    train = songs.part("train")
    for name in ("audio", "embedding"):
        was, is_now = getattr(train, name), getattr(drawn, name)
        assert (was is None) == (is_now is None)
        if was is not None:
            np.testing.assert_allclose(is_now.std(axis=0), was.std(axis=0), rtol=0.1)
    if songs.audio is not None:
        together = np.corrcoef(drawn.audio.T, drawn.embedding.T)
        np.testing.assert_allclose(
            together, np.corrcoef(train.audio.T, train.embedding.T), atol=0.1
        )


@pytest.mark.parametrize("inputs", INPUTS.values())
def test_null_songs_are_presented_as_the_songs_are(inputs: list[str]) -> None:
    task = small_task(inputs=inputs, baselines=["pca", "raw"])
    songs = restrict_inputs(task, SONGS)
    task = adapt(task, songs, lambda said: None)
    made = prepare(songs, task)
    drawn = null_inputs(NullSource.like(songs), task, "standard", 1, made.chance)
    for one in (made, drawn):
        assert one.viewed["standard"].parts["test"].audio.shape[1:] == shape_of("standard", songs)


def test_in_a_reference_space_maps_embeddings_and_lyrics_are_blocks_of_equal_variance() -> None:
    lyrics = np.random.default_rng(2).normal(size=(len(SONGS), 5)).astype(np.float32)
    songs = SONGS.replace(lyrics=lyrics, has_lyrics=np.ones(len(SONGS), bool))
    task = small_task(inputs=["audio", "embedding", "lyrics"])
    louder = songs.replace(embedding=songs.embedding * 1000)
    one, other = (
        prepare(each, task).first_reference.parts["validation"].neighbours
        for each in (songs, louder)
    )
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("inputs", INPUTS.values())
def test_memory_is_counted_for_what_families_are_given(inputs: list[str]) -> None:
    songs = restrict_inputs(small_task(inputs=inputs), SONGS)
    seen = seen_as(songs, "standard")
    assert seen.audio.shape[1:] == shape_of("standard", songs) and seen.embedding is None


def test_a_family_says_that_it_lacks_audio() -> None:
    alone = SONGS.replace(audio=None)
    for name in ("pca", "mlp_vae"):
        family = FAMILIES[name]
        said = family.refusal(alone, defaults(family, {}))
        assert said == f"{name} needs audio, which these songs do not have"


def test_embeddings_that_came_after_a_run_began_do_not_stop_it(tmp_path: Path) -> None:
    folder = write_set(tmp_path / "songs", make_songs())
    before = fingerprint(folder)
    np.save(folder / "audio_embeddings.npy", SONGS.embedding)
    refuse_other_songs(folder, before)
    began_with = fingerprint(folder)
    np.save(folder / "audio_embedding_ids.npy", SONGS.ids[::-1])
    with pytest.raises(DataError, match=r"audio_embedding_ids\.npy has changed since"):
        refuse_other_songs(folder, began_with)
