"""What views promise: fitted on training songs, applied to any."""

from itertools import product

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from data import views

STEPS = ("", "trimmed", "gainless", "pooled", "trimmed+gainless", "trimmed+pooled")
ENDS = ("", "standard", "clipped", "global", "power")
MAP_VIEWS = ["+".join(filter(None, words)) for words in product(STEPS, ENDS) if any(words)]


def some_maps(count: int, seed: int = 0) -> np.ndarray:
    """Maps of 8 mels x 10 frames in dB, most of them with silent ends."""
    rng = np.random.default_rng(seed)
    maps = rng.normal(-20, 8, (count, 8, 10)).astype(np.float32)
    for song, (start, stop) in zip(maps, rng.integers([0, 6], [4, 11], (count, 2)), strict=True):
        song[:, :start] = song[:, stop:] = -80
    return maps


@pytest.mark.parametrize("name", MAP_VIEWS)
def test_every_combination_has_the_shape_it_said_and_comes_back_from_its_arrays(name):
    train, new = some_maps(60), some_maps(20, seed=1)
    view = views.fit(name, train)
    shown = view.apply(new)
    assert shown.shape[1:] == views.shape_of(name, train.shape[1:])
    assert shown.dtype == np.float32 and np.isfinite(shown).all()
    state = view.state()
    assert {values.dtype.kind for values in state.values()} == {"f"}
    np.testing.assert_array_equal(views.restore(name, state).apply(new), shown)
    assert 0.75 < np.sqrt(np.mean(np.square(view.apply(train)))) < 1.1


@pytest.mark.parametrize("name", ["standard", "trimmed+gainless", "pooled+power"])
def test_how_a_song_is_shown_does_not_depend_on_the_songs_beside_it(name):
    train = some_maps(60)
    view = views.fit(name, train)
    many = np.concatenate([train] * 9)
    np.testing.assert_allclose(view.apply(many)[-60:], view.apply(train), atol=1e-5)
    np.testing.assert_allclose(view.apply(train[7:8])[0], view.apply(train)[7], atol=1e-5)


def test_the_same_songs_give_the_same_view():
    one, other = (views.fit("trimmed+power", some_maps(60)).state() for _ in range(2))
    for name, values in one.items():
        np.testing.assert_array_equal(other[name], values)


def test_a_view_that_names_no_scaling_is_standardised_and_clipped():
    maps = some_maps(60)
    named, implied = (
        views.fit(name, maps).apply(maps) for name in ("gainless+clipped", "gainless")
    )
    np.testing.assert_array_equal(named, implied)


def test_clipped_is_standard_up_to_three_deviations():
    audio = np.random.default_rng(0).standard_t(2, (500, 3)).astype(np.float32)
    standard, clipped = (views.fit(name, audio).apply(audio) for name in ("standard", "clipped"))
    assert np.abs(standard).max() > 5
    np.testing.assert_array_equal(clipped, standard.clip(-3, 3))


def test_a_global_scale_keeps_the_proportions_of_features():
    audio = np.random.default_rng(0).normal(7, [1, 10, 100, 0], (900, 4)).astype(np.float32)
    shown = views.fit("global", audio).apply(audio)
    np.testing.assert_allclose(shown.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(np.mean(shown.var(axis=0)), 1, rtol=1e-5)
    np.testing.assert_allclose(
        shown.std(axis=0) / shown.std(axis=0)[0], audio.std(axis=0) / audio.std(axis=0)[0], 1e-4
    )


def test_songs_that_are_all_the_same_give_zeros():
    for name in ("standard", "clipped", "global", "power"):
        shown = views.fit(name, np.full((30, 4), 0.1, np.float32)).apply(np.eye(4))
        np.testing.assert_array_equal(shown, 0)


def test_standard_vectors_agree_with_scikit_learn():
    audio = np.random.default_rng(0).normal(3, 5, (700, 4)).astype(np.float32)
    expected = StandardScaler().fit(audio[:500].astype(np.float64)).transform(audio)
    standard = views.fit("standard", audio[:500]).apply(audio)
    assert standard.dtype == np.float32
    np.testing.assert_allclose(standard, expected, atol=1e-5)


def test_standard_maps_share_one_mean_and_deviation_per_mel_bin():
    audio = np.random.default_rng(0).normal(size=(600, 3, 5)).astype(np.float32)
    audio = audio * np.array([[1], [10], [100]], np.float32) - 40
    standard = views.fit("standard", audio).apply(audio)
    for row in range(3):
        values = audio[:, row].astype(np.float64)
        np.testing.assert_allclose(
            standard[:, row], (values - values.mean()) / values.std(), atol=2e-5
        )


def test_validation_songs_do_not_change_the_view():
    rng = np.random.default_rng(0)
    train, validation = rng.normal(size=(50, 4, 6)), rng.normal(9, 9, size=(20, 4, 6))
    alone = views.fit("standard", train)
    alone.apply(validation)
    for name, values in views.fit("standard", train).state().items():
        np.testing.assert_array_equal(alone.state()[name], values)
    assert abs(alone.apply(validation).mean()) > 5


def test_what_is_constant_in_training_gives_zero_everywhere():
    audio = np.full((30, 3), 0.1, np.float32)
    audio[:, 1] = np.arange(30)
    view = views.fit("standard", audio)
    unseen = view.apply(np.array([[7.0, 14.5, -80.0]], np.float32))
    np.testing.assert_allclose(unseen, [[0, 0, 0]], atol=1e-6)


def test_a_view_is_restored_from_its_arrays():
    audio = np.random.default_rng(0).normal(size=(30, 4, 6)).astype(np.float32)
    view = views.fit("standard", audio)
    again = views.restore(view.name, view.state())
    np.testing.assert_array_equal(view.apply(audio), again.apply(audio))


def test_the_songs_themselves_are_left_alone():
    audio = np.ones((30, 4), np.float32)
    before = audio.copy()
    views.fit("standard", audio).apply(audio)
    np.testing.assert_array_equal(audio, before)


def test_an_unknown_view_is_answered_with_the_known_ones():
    known = ", ".join(views.names())
    for name in ("sideways", "trimmed+sideways"):
        with pytest.raises(ValueError, match=f"no view 'sideways'; there are {known}"):
            views.fit(name, np.ones((3, 2)))


def test_map_views_of_vectors_are_refused():
    views.check("trimmed+gainless")
    for name, word in [("trimmed+gainless", "trimmed"), ("pooled+power", "pooled")]:
        with pytest.raises(ValueError, match=f"{word} needs mels x frames, these songs are vect"):
            views.check(name, (57,))


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("pooled+trimmed", "pooled", "trimmed"),
        ("gainless+trimmed", "gainless", "trimmed"),
        ("trimmed+gainless+pooled", "gainless", "pooled"),
        ("standard+trimmed", "standard", "trimmed"),
        ("power+standard", "power", "standard"),
        ("trimmed+trimmed", "trimmed", "trimmed"),
    ],
)
def test_an_impossible_order_is_answered_with_the_possible_one(name, first, second):
    with pytest.raises(ValueError) as raised:
        views.check(name)
    assert f"the view {name}: {second} cannot follow {first}" in str(raised.value)
    assert "trimmed, then gainless or pooled, then standard or" in str(raised.value)


def test_songs_of_another_shape_are_refused():
    view = views.fit("pooled", some_maps(60))
    with pytest.raises(ValueError, match="fitted on songs of 8 x 10 and .* songs of 6 x 10: "):
        view.apply(some_maps(20)[:, :6])
