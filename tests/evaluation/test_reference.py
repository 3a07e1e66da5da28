"""The reference space is fitted on training songs alone; coherence by hand."""

import numpy as np
import pytest

from evaluation import reference as module
from evaluation.reference import build_reference

RNG = np.random.default_rng(2)
SPLIT = np.array(["train"] * 60 + ["validation"] * 30 + ["test"] * 20)
AUDIO = RNG.normal(size=(110, 12)) * np.geomspace(10, 1, 12)
LYRICS = RNG.normal(size=(110, 7))


def test_the_space_and_its_neighbours_do_not_depend_on_other_songs():
    changed = AUDIO.copy()
    changed[SPLIT == "test"] += 100
    one, other = build_reference([AUDIO], SPLIT), build_reference([changed], SPLIT)
    for name in ("points", "whitened", "neighbours", "neighbours_whitened"):
        np.testing.assert_array_equal(
            getattr(one.parts["validation"], name), getattr(other.parts["validation"], name)
        )


def test_inputs_of_any_scale_have_equal_say():
    one = build_reference([AUDIO, LYRICS], SPLIT).parts["validation"]
    other = build_reference([AUDIO * 21_000, LYRICS], SPLIT).parts["validation"]
    np.testing.assert_allclose(one.points, other.points, atol=1e-4)
    np.testing.assert_array_equal(one.neighbours, other.neighbours)


def test_whitened_training_components_would_have_unit_variance():
    reference = build_reference([AUDIO], SPLIT)
    part = reference.parts["validation"]
    ratio = part.points / part.whitened
    np.testing.assert_allclose(ratio[0], reference.train.std(axis=0, ddof=1), rtol=1e-4)


def test_neighbours_are_the_nearest_other_songs_of_the_split():
    part = build_reference([AUDIO], SPLIT).parts["test"]
    distances = np.linalg.norm(part.points[:, None] - part.points, axis=2)
    np.fill_diagonal(distances, np.inf)
    expected = np.sort(distances, axis=1)[:, :10]
    found = np.take_along_axis(distances, part.neighbours.astype(int), axis=1)
    np.testing.assert_allclose(found, expected)


def test_duplicates_are_never_their_own_neighbour():
    part = build_reference([np.repeat(AUDIO, 2, axis=1)], SPLIT).parts["validation"]
    assert (part.neighbours != np.arange(30)[:, None]).all()


def test_a_direction_that_never_varies_is_not_whitened():
    flat = np.column_stack([AUDIO, np.full(110, 3.0), AUDIO[:, 0]])
    part = build_reference([flat], SPLIT).parts["validation"]
    assert part.points.shape[1] == 12
    assert np.isfinite(part.whitened).all()


def test_silhouettes_of_a_large_split_use_a_fixed_sample(monkeypatch):
    monkeypatch.setattr(module, "EXACT_UP_TO", 20)
    sample = build_reference([AUDIO], SPLIT, seed=3).parts["validation"].sample
    assert len(sample) == 20
    np.testing.assert_array_equal(
        sample, build_reference([AUDIO], SPLIT, seed=3).parts["validation"].sample
    )


def test_songs_some_at_a_time_have_the_same_components(monkeypatch):
    whole = build_reference([AUDIO, LYRICS], SPLIT).parts["validation"]
    monkeypatch.setattr(module, "TOGETHER", 7)
    pieces = build_reference([AUDIO, LYRICS], SPLIT).parts["validation"]
    np.testing.assert_allclose(pieces.points, whole.points, atol=1e-6)


def test_of_many_training_songs_a_sample_gives_the_components(monkeypatch):
    songs = RNG.normal(size=(3_000, 12)) * np.geomspace(10, 1, 12)
    split = np.resize(["train", "train", "validation"], 3_000)
    whole = build_reference([songs], split)
    monkeypatch.setattr(module, "MOST_FITTED", 1_000)
    sample = build_reference([songs], split)
    assert len(sample.train) == 2_000
    np.testing.assert_allclose(sample.train.std(axis=0), whole.train.std(axis=0), rtol=0.1)
    one = np.abs(np.corrcoef(sample.train[:, 0], whole.train[:, 0])[0, 1])
    assert one > 0.99


def test_a_tiny_split_has_the_neighbours_it_can():
    split = np.array(["train"] * 107 + ["validation"] * 2 + ["test"])
    parts = build_reference([AUDIO], split).parts
    assert parts["validation"].neighbours.shape == (2, 1)
    assert parts["test"].neighbours.shape == (1, 0)


@pytest.mark.parametrize("inputs", [AUDIO[:3], np.ones((3, 4))])
def test_a_space_that_cannot_be_made_says_why(inputs):
    split = np.array(["train", "train" if inputs.std() == 0 else "test", "test"])
    with pytest.raises(ValueError, match="training songs"):
        build_reference([inputs], split)


def test_an_artist_filter_takes_the_nearest_songs_of_other_artists():
    groups = np.array([f"artist {place % 4}" for place in range(110)])
    part = build_reference([AUDIO], SPLIT, groups=groups).parts["validation"]
    own = groups[SPLIT == "validation"]
    distances = np.linalg.norm(part.points[:, None] - part.points, axis=2)
    distances[own[:, None] == own] = np.inf
    expected = np.sort(distances, axis=1)[:, :10]
    assert part.filtered is not None
    found = np.take_along_axis(distances, part.filtered[0].astype(int), axis=1)
    np.testing.assert_allclose(np.sort(found, axis=1), expected)


def test_there_is_no_artist_filter_where_a_part_has_one_artist():
    groups = np.where(SPLIT == "validation", "one", "other")
    parts = build_reference([AUDIO], SPLIT, groups=groups).parts
    assert parts["validation"].filtered is None
