"""A task as the songs allow it."""

import numpy as np
import pytest

from data import Songs
from evaluation.clusterers import CLUSTERERS
from search.tasks.adaptation import adapt, restrict_inputs
from search.tasks.ranges import TaskError
from search.tasks.reading import read_task


def as_maps(songs: Songs) -> Songs:
    audio = np.random.default_rng(0).normal(size=(len(songs), 16, 12)).astype(np.float32)
    return songs.replace(audio=audio)


def test_on_vectors_maps_and_convolutions_fall_away_with_a_sentence(songs: Songs) -> None:
    said: list[str] = []
    task = adapt(read_task("hard"), songs, said.append)
    assert task.views == ("standard", "power")
    assert task.families == ("beta_vae", "beta_tcvae", "conditional_vae", "vade")
    assert any(line.startswith("A view falls away: the view trimmed+gainless") for line in said)
    assert any("poe_vae falls away: poe_vae needs lyrics" in line for line in said)


def test_a_convolutional_family_keeps_to_views_that_are_maps(songs: Songs) -> None:
    task = adapt(read_task("medium"), as_maps(songs), lambda line: None)
    assert task.views_of("conv_vae") == ("standard", "trimmed+gainless")
    assert task.views_of("pca") == task.views
    assert task.families == ("conv_vae",)


def test_a_task_of_convolutions_alone_is_refused_on_vectors(songs: Songs) -> None:
    task = read_task("medium", {"families": ["conv_vae"], "baselines": []})
    with pytest.raises(TaskError, match="no family of the task is left: conv_vae convolves maps"):
        adapt(task, songs, lambda line: None)


def test_a_family_told_what_determines_the_label_is_said_to_leak(songs: Songs) -> None:
    said: list[str] = []
    by_genre = np.where(songs.labels["genre"] < "genre-2", "english", "bangla")
    one_language_a_genre = songs.replace(labels={**songs.labels, "language": by_genre})
    adapt(read_task("hard"), one_language_a_genre, said.append)
    assert any("conditional_vae is given language, which determines genre" in s for s in said)
    said.clear()
    adapt(read_task("hard"), songs, said.append)
    assert not any("is given" in line for line in said)


def test_a_missing_label_is_said(songs: Songs) -> None:
    said: list[str] = []
    adapt(read_task("easy", {"label": "mood"}), songs, said.append)
    assert said == [
        "The songs have no label 'mood' (labels: genre, language): there will be no ari. "
        "Choose one with --label."
    ]


def test_lyrics_are_heard_only_by_a_task_that_names_them(songs: Songs) -> None:
    sung = songs.replace(
        lyrics=np.ones((len(songs), 3), np.float32), has_lyrics=np.ones(len(songs), bool)
    )
    assert restrict_inputs(read_task("easy"), sung).lyrics is None
    assert restrict_inputs(read_task("medium"), sung).lyrics is not None


def test_counts_above_half_of_the_training_songs_fall_away(songs: Songs) -> None:
    few = songs.select(slice(0, 120))
    most = int((few.split == "train").sum()) // 2
    told: list[str] = []
    for highest in (most, most + 1, 500):
        task = read_task("easy", {"clusters": f"2:{highest}"})
        assert adapt(task, few, told.append).clusters == (2, most)
    assert len(told) == 2 and f"above {most} fall away: 120 songs leave" in told[0]


def test_where_no_count_is_left_the_task_is_refused(songs: Songs) -> None:
    few = songs.select(slice(0, 120))
    n_train = int((few.split == "train").sum())
    task = read_task("easy", {"clusters": "100:500"})
    with pytest.raises(TaskError, match=f"120 songs leave {n_train} for training") as refused:
        adapt(task, few, lambda line: None)
    assert f"give --clusters 2:{n_train // 2}" in str(refused.value)


@pytest.mark.parametrize("name", [n for n, c in CLUSTERERS.items() if c.takes_count])
def test_a_clusterer_makes_as_many_clusters_as_are_allowed_and_cuts_what_is_more(
    name: str,
) -> None:
    codes = np.random.default_rng(0).normal(size=(36, 4))
    assert CLUSTERERS[name].fit(codes, 36).n_clusters_found == 36
    assert CLUSTERERS[name].fit(codes, 37).n_clusters_found == 36


def test_a_clusterer_that_finds_its_own_count_is_not_bounded(songs: Songs) -> None:
    task = read_task("easy", {"clusters": "2:900", "clusterers": ["dbscan"]})
    assert adapt(task, songs, lambda line: None).clusters == (2, 900)


def test_reference_views_that_songs_cannot_be_shown_in_fall_away(songs: Songs) -> None:
    task = adapt(read_task("hard"), songs, lambda line: None)
    assert task.reference_views == ("standard", "power")
    assert adapt(read_task("hard"), as_maps(songs), lambda line: None).reference_views == (
        *("standard", "trimmed+gainless", "power", "pooled+power"),
    )
    with pytest.raises(TaskError, match="no reference view of the task is left: .*trimmed"):
        adapt(read_task("easy", {"reference_views": ["trimmed"]}), songs, lambda line: None)
