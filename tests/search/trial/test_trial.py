"""One trial as a plain function, without Ray."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score, silhouette_score

import models.registry
from data import Songs
from evaluation.curves import AGAINST_CHANCE
from models import FAMILIES, defaults
from search.study.space import Configuration
from search.tasks.task import Task, read_task
from search.trial.inputs import Bench, prepare
from search.trial.records import Ask, answer
from search.trial.trial import run, steps


@pytest.fixture
def task() -> Task:
    changes = {"clusters": "2:5", "epochs": 12, "early_stopping": 0, "space.latent_size.high": 8}
    return read_task("easy", changes)


@pytest.fixture
def bench(songs: Songs, task: Task) -> Bench:
    return prepare(songs, task)


def ask_for(family: str, **settings: float) -> Ask:
    chosen = {"raw": {}, "pca": {"latent_size": 4}}.get(
        family, {"latent_size": 4, "learning_rate": 0.01, **settings}
    )
    configuration = Configuration(
        family, "standard", "none", defaults(FAMILIES[family], chosen), "kmeans", 4
    )
    return Ask(0, "search", configuration, seed=0)


def test_a_trial_scores_every_count(bench: Bench, task: Task) -> None:
    outcome = run(ask_for("mlp_vae"), bench, task)
    assert outcome.row["status"] == "complete"
    assert [row["n_clusters"] for row in outcome.clusterings] == [2, 3, 4, 5]
    assert len(outcome.epochs) == outcome.row["epochs"] == 12


def test_scores_are_those_of_the_saved_codes(songs: Songs, bench: Bench, task: Task) -> None:
    ask = replace(ask_for("pca"), role="finalist")
    outcome = run(ask, bench, task)
    test = songs.split == "test"
    assert outcome.codes is not None and outcome.clusters is not None
    codes, clusters = outcome.codes[test], outcome.clusters[test]
    assert outcome.row["silhouette"] == pytest.approx(silhouette_score(codes, clusters), abs=1e-6)
    truth = songs.labels["genre"][test]
    assert outcome.row["ari"] == pytest.approx(adjusted_rand_score(truth, clusters))


def test_codes_have_the_rows_of_the_collection(songs: Songs, bench: Bench, task: Task) -> None:
    outcome = run(ask_for("raw"), bench, task)
    view = bench.shown["standard"].presentation.view
    np.testing.assert_allclose(outcome.codes, view.apply(songs.audio), atol=1e-6)


def test_songs_that_are_maps_come_back_as_pictures_where_that_is_asked(
    songs: Songs, task: Task
) -> None:
    maps = songs.replace(audio=songs.audio.reshape(-1, 3, 4))
    ask = replace(ask_for("pca"), role="finalist", pictures=True)
    outcome = run(ask, prepare(maps, task), task)
    assert outcome.pictures is not None and outcome.pictures["originals"].shape == (4, 3, 4)
    assert set(outcome.pictures["ids"]) <= set(songs.ids[songs.split == "test"])
    assert run(replace(ask, pictures=False), prepare(maps, task), task).pictures is None


def test_the_same_seed_gives_the_same_row(bench: Bench, task: Task) -> None:
    times = {"started", "train_seconds", "score_seconds"}
    first, second = (run(ask_for("mlp_vae"), bench, task).row for _ in range(2))
    assert {k: v for k, v in first.items() if k not in times} == {
        k: v for k, v in second.items() if k not in times
    }


def test_labels_change_no_score_but_their_own(songs: Songs, task: Task) -> None:
    shuffled = np.random.default_rng(0).permutation(songs.labels["genre"])
    other = songs.replace(labels={**songs.labels, "genre": shuffled})
    rows = [run(ask_for("mlp_vae"), prepare(s, task), task).row for s in (songs, other)]
    assert rows[0]["ari"] != rows[1]["ari"]
    for column in ("coherence", "silhouette", "r2", "ari_language", "reconstruction_loss"):
        assert rows[0][column] == rows[1][column]


def test_a_trial_that_raises_becomes_a_failed_row(
    bench: Bench, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        name, inputs, hyperparameters = "broken", ("audio",), ()

        def fit(self, *_: object) -> None:
            raise MemoryError("no room for the songs")

    monkeypatch.setitem(models.registry.FAMILIES, "broken", Broken())
    ask = Ask(3, "search", Configuration("broken", "standard", "none", {}, "kmeans", 4), 0)
    outcome = run(ask, bench, task)
    assert outcome.row["status"] == "failed"
    assert outcome.row["error"].startswith("MemoryError: no room for the songs")
    assert outcome.clusterings == []


def test_a_diverged_trial_fails_with_its_reason(bench: Bench, task: Task) -> None:
    ask = ask_for("mlp_vae")
    settings = {**ask.configuration.settings, "learning_rate": 1e12}
    reckless = replace(ask, configuration=replace(ask.configuration, settings=settings))
    outcome = run(reckless, bench, task)
    assert outcome.row["status"] == "failed"
    assert "not finite" in outcome.row["error"]


def test_a_collapsed_model_is_infeasible_and_says_which_guard(bench: Bench, task: Task) -> None:
    outcome = run(ask_for("mlp_vae", beta=1e4), bench, task)
    assert outcome.row["status"] == "infeasible"
    assert "active_units 0, bound 2" in outcome.row["guard"]
    assert outcome.violations["active_units"] > 0


def test_a_trial_yields_after_each_epoch(bench: Bench, task: Task) -> None:
    epochs = [epoch.epoch for epoch in steps(ask_for("mlp_vae"), bench, task)]
    assert epochs == list(range(1, 13))


def test_an_answer_is_what_a_new_trial_would_have_found(bench: Bench, task: Task) -> None:
    source = run(ask_for("mlp_vae"), bench, task)
    other = replace(ask_for("mlp_vae").configuration, n_clusters=2)
    ask = Ask(7, "search", other, seed=0)
    trained, answered = run(ask, bench, task), answer(ask, source)
    differing = {"started", "train_seconds", "score_seconds", "reused_from", *AGAINST_CHANCE}
    assert {k: v for k, v in answered.row.items() if k not in differing} == {
        k: v for k, v in trained.row.items() if k not in differing
    }
    assert answered.row["reused_from"] == 0
    assert answered.clusterings == [] and answered.codes is None


@pytest.mark.parametrize("family", ["pca", "vade"])
def test_a_finalist_is_scored_on_both_parts_and_held_against_chance(
    bench: Bench, task: Task, family: str
) -> None:
    settings = {"latent_size": 4, **({"n_components": 4} if family == "vade" else {})}
    configuration = Configuration(
        family, "standard", "none", defaults(FAMILIES[family], settings), "kmeans", 4
    )
    outcome = run(Ask(0, "finalist", configuration, 1, curves=True), bench, task)
    assert outcome.row["status"] != "failed", outcome.row["error"]
    rows = pd.DataFrame(outcome.clusterings)
    rows = rows[rows["clusterer"] == "kmeans"]
    assert list(rows["split"]) == ["test"] * 4 + ["validation"] * 4
    assert list(rows["n_clusters"]) == [2, 3, 4, 5] * 2
    held = rows[rows["split"] == "validation"]
    chance = ["gap", "prediction_strength", "stability", "null_excess", "coherence_excess"]
    assert np.isfinite(held[chance].astype(float)).all(axis=None)
    told = rows[(rows["split"] == "test") & (rows["n_clusters"] == 4)]
    assert outcome.row["ari"] == told["ari"].item()


def test_a_surrogate_has_no_score_against_labels(bench: Bench, task: Task) -> None:
    configuration = ask_for("pca").configuration
    outcome = run(Ask(0, "surrogate", configuration, 1), bench, task)
    assert outcome.row["coherence"] is not None
    assert "ari" not in outcome.row and outcome.codes is None
