"""One trial as a plain function, without Ray."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score, silhouette_score

import models.registry
from data import Songs
from data.songs import PARTS
from evaluation.base_partitions import restore
from evaluation.honesty import HONESTY
from models import FAMILIES, defaults, load
from search.study.space import Configuration
from search.tasks.reading import read_task
from search.tasks.task import Task
from search.trial import viewing
from search.trial.inputs import TrialInputs, common_share, prepare
from search.trial.records import TrialSpec, highest_excess, reuse
from search.trial.trial import run, steps


@pytest.fixture
def task() -> Task:
    changes = {"clusters": "2:5", "epochs": 12, "early_stopping": 0, "space.latent_size.high": 8}
    return read_task("easy", changes)


@pytest.fixture
def inputs(songs: Songs, task: Task) -> TrialInputs:
    return prepare(songs, task)


def ask_for(family: str, **settings: float) -> TrialSpec:
    chosen = {"raw": {}, "pca": {"latent_size": 4}}.get(
        family, {"latent_size": 4, "learning_rate": 0.01, **settings}
    )
    configuration = Configuration(
        family, "standard", "none", defaults(FAMILIES[family], chosen), "kmeans", 4
    )
    return TrialSpec(0, "search", configuration, seed=0)


@pytest.fixture
def whole(task: Task) -> Task:
    """A task with a model that takes songs whole."""
    return replace(task, baselines=("raw",))


def test_songs_are_presented_alike_whole_and_some_at_a_time(
    songs: Songs, whole: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = prepare(songs, whole)
    monkeypatch.setattr(viewing, "TOGETHER", 7)
    pieces = prepare(songs, whole)
    for part in PARTS:
        ours, theirs = (some.viewed["standard"].parts[part] for some in (pieces, inputs))
        expected = songs.part(part)
        assert ours.ids.tolist() == theirs.ids.tolist() == expected.ids.tolist()
        np.testing.assert_array_equal(ours.audio, theirs.audio)
        presentation = inputs.viewed["standard"].presentation
        np.testing.assert_array_equal(ours.audio, presentation.apply(expected).audio)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 0.99),
        ({"space.variance_kept": 0.9}, 0.9),
        ({"space.variance_kept": [0.9, 0.99]}, None),
        ({"space.variance_kept.low": 0.9, "space.variance_kept.high": 0.99}, None),
        ({"baselines": ["pca", "raw"]}, None),
        ({"families": ["mlp_vae", "conv_vae"]}, None),
        ({"families": ["beta_vae", "vade"]}, 0.99),
        ({"families": ["beta_vae"], "space.backbone": ["mlp", "conv"]}, None),
    ],
)
def test_songs_travel_as_components_where_all_models_take_the_same_ones(
    changes: dict[str, object], expected: float | None
) -> None:
    task = read_task("easy", changes)
    assert common_share(task, dict.fromkeys(task.views, (64, 128))) == expected


def test_a_trial_scores_every_count(inputs: TrialInputs, task: Task) -> None:
    result = run(ask_for("mlp_vae"), inputs, task)
    assert result.row["status"] == "complete"
    assert [row["n_clusters"] for row in result.clusterings] == [2, 3, 4, 5]
    assert len(result.epochs) == result.row["epochs"] == 12


def test_scores_are_those_of_the_saved_codes(
    songs: Songs, inputs: TrialInputs, task: Task
) -> None:
    spec = replace(ask_for("pca"), role="finalist")
    result = run(spec, inputs, task)
    test = songs.split == "test"
    assert result.codes is not None and result.clusters is not None
    codes, clusters = result.codes[test], result.clusters[test]
    assert result.row["silhouette"] == pytest.approx(silhouette_score(codes, clusters), abs=1e-6)
    truth = songs.labels["genre"][test]
    assert result.row["ari"] == pytest.approx(adjusted_rand_score(truth, clusters))


def test_codes_have_the_rows_of_the_collection(songs: Songs, whole: Task) -> None:
    inputs = prepare(songs, whole)
    result = run(ask_for("raw"), inputs, whole)
    view = inputs.viewed["standard"].presentation.blocks["audio"]
    np.testing.assert_allclose(result.codes, view.apply(songs.audio), atol=1e-6)


def test_songs_that_are_maps_come_back_as_pictures_where_that_is_asked(
    songs: Songs, task: Task
) -> None:
    maps = songs.replace(audio=songs.audio.reshape(-1, 3, 4))
    spec = replace(ask_for("pca"), role="finalist", pictures=True)
    result = run(spec, prepare(maps, task), task)
    assert result.pictures is not None and result.pictures["originals"].shape == (4, 3, 4)
    assert set(result.pictures["ids"]) <= set(songs.ids[songs.split == "test"])
    assert run(replace(spec, pictures=False), prepare(maps, task), task).pictures is None


def test_the_same_seed_gives_the_same_row(inputs: TrialInputs, task: Task) -> None:
    times = {"started", "train_seconds", "score_seconds"}
    first, second = (run(ask_for("mlp_vae"), inputs, task).row for _ in range(2))
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
    inputs: TrialInputs, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        name, inputs, hyperparameters = "broken", ("audio",), ()

        def fit(self, *_: object) -> None:
            raise MemoryError("no room for the songs")

    monkeypatch.setitem(models.registry.FAMILIES, "broken", Broken())
    spec = TrialSpec(3, "search", Configuration("broken", "standard", "none", {}, "kmeans", 4), 0)
    result = run(spec, inputs, task)
    assert result.row["status"] == "failed"
    assert result.row["error"].startswith("MemoryError: no room for the songs")
    assert result.clusterings == []


def test_a_diverged_trial_fails_with_its_reason(inputs: TrialInputs, task: Task) -> None:
    spec = ask_for("mlp_vae")
    settings = {**spec.configuration.settings, "learning_rate": 1e12}
    reckless = replace(spec, configuration=replace(spec.configuration, settings=settings))
    result = run(reckless, inputs, task)
    assert result.row["status"] == "failed"
    assert "not finite" in result.row["error"]


def test_a_collapsed_model_is_infeasible_and_says_which_guard(
    inputs: TrialInputs, task: Task
) -> None:
    result = run(ask_for("mlp_vae", beta=1e4), inputs, task)
    assert result.row["status"] == "infeasible"
    assert "active_units 0, bound 2" in result.row["guard"]
    assert result.violations["active_units"] > 0


def test_a_clusterer_that_finds_its_own_count_is_held_to_those_allowed(
    inputs: TrialInputs, task: Task
) -> None:
    spec = ask_for("pca")
    dense = replace(spec, configuration=replace(spec.configuration, clusterer="dbscan"))
    free = replace(task, clusterers=("dbscan",))
    (row,) = run(dense, inputs, free).clusterings
    found = row["n_clusters_found"]
    for clusters, expected in (((found, found + 1), 1.0), ((2 * found, 3 * found), 0.5)):
        result = run(dense, inputs, replace(free, clusters=clusters))
        assert result.row["guard_count"] == expected
        assert ("count" in (result.row["guard"] or "")) is (expected < 1)
    assert "guard_count" not in run(spec, inputs, task).row


def test_a_trial_yields_after_each_epoch(inputs: TrialInputs, task: Task) -> None:
    epochs = [epoch.epoch for epoch in steps(ask_for("mlp_vae"), inputs, task)]
    assert epochs == list(range(1, 13))


def test_an_answer_is_what_a_new_trial_would_have_found(inputs: TrialInputs, task: Task) -> None:
    source = run(ask_for("mlp_vae"), inputs, task)
    other = replace(ask_for("mlp_vae").configuration, n_clusters=2)
    spec = TrialSpec(7, "search", other, seed=0)
    trained, answered = run(spec, inputs, task), reuse(spec, source)
    differing = {"started", "train_seconds", "score_seconds", "reused_from", *HONESTY}
    assert {k: v for k, v in answered.row.items() if k not in differing} == {
        k: v for k, v in trained.row.items() if k not in differing
    }
    assert answered.row["reused_from"] == 0
    assert answered.clusterings == [] and answered.codes is None


@pytest.mark.parametrize("family", ["pca", "vade"])
def test_a_finalist_is_scored_on_both_parts_and_held_against_chance(
    inputs: TrialInputs, task: Task, family: str
) -> None:
    settings = {"latent_size": 4, **({"n_components": 4} if family == "vade" else {})}
    configuration = Configuration(
        family, "standard", "none", defaults(FAMILIES[family], settings), "kmeans", 4
    )
    result = run(TrialSpec(0, "finalist", configuration, 1, curves=True), inputs, task)
    assert result.row["status"] != "failed", result.row["error"]
    rows = pd.DataFrame(result.clusterings)
    rows = rows[rows["clusterer"] == "kmeans"]
    assert list(rows["split"]) == ["test"] * 4 + ["validation"] * 4
    assert list(rows["n_clusters"]) == [2, 3, 4, 5] * 2
    held = rows[rows["split"] == "validation"]
    chance = ["gap", "prediction_strength", "stability", "null_excess", "coherence_excess"]
    assert np.isfinite(held[chance].astype(float)).all(axis=None)
    asked_for = rows[(rows["split"] == "test") & (rows["n_clusters"] == 4)]
    assert result.row["ari"] == asked_for["ari"].item()


def test_a_null_collection_has_no_score_against_labels(inputs: TrialInputs, task: Task) -> None:
    configuration = ask_for("pca").configuration
    result = run(TrialSpec(0, "null", configuration, 1), inputs, task)
    assert result.row["coherence"] is not None
    assert "ari" not in result.row and result.codes is None


def test_every_clustering_of_all_songs_is_kept_where_one_held_the_guards(
    inputs: TrialInputs, task: Task
) -> None:
    result = run(ask_for("pca"), inputs, task)
    assert result.row["status"] == "complete" and result.partitions is not None
    assert result.partitions.shape == (len(result.clusterings), inputs.count)
    assert result.partitions.dtype == np.int16
    validation, truth = inputs.rows["validation"], inputs.viewed["standard"].parts["validation"]
    for row, clusters in zip(result.clusterings, result.partitions, strict=True):
        found = adjusted_rand_score(truth.labels["genre"], clusters[validation])
        assert row["ari"] == pytest.approx(found)
    assert result.reduced is None and result.bases is None
    assert reuse(ask_for("pca"), result).partitions is None


def test_codes_are_kept_as_the_clusterers_saw_them(inputs: TrialInputs, task: Task) -> None:
    spec = ask_for("pca")
    umap = replace(spec.configuration, reducer="umap")
    result = run(replace(spec, configuration=umap), inputs, task)
    assert result.reduced is not None and len(result.reduced) == inputs.count
    assert result.reduced.shape != result.codes.shape


def test_a_model_is_kept_where_it_is_good_enough(inputs: TrialInputs, task: Task) -> None:
    spec = ask_for("pca")
    reached = highest_excess(run(spec, inputs, task).clusterings)
    at, above = (
        run(replace(spec, kept_from=bound), inputs, task) for bound in (reached, reached + 0.01)
    )
    assert at.model is not None and at.bases is not None
    assert above.model is None and above.bases is None


def test_a_kept_model_gives_its_base_partitions_again(
    songs: Songs, inputs: TrialInputs, task: Task, tmp_path: Path
) -> None:
    result = run(replace(ask_for("pca"), kept_from=-1.0), inputs, task)
    assert result.bases is not None and result.model is not None
    for suffix, content in result.model.items():
        (tmp_path / f"model{suffix}").write_bytes(content)
    model = load(tmp_path / "model.json")
    bases = restore(model.kept["bases"])
    np.testing.assert_array_equal(bases.assign(model.encode(songs)), result.bases)
