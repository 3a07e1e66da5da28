"""What views promise: fitted on training songs, applied to any."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from data import views


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
    with pytest.raises(ValueError, match="no view 'sideways'; there are standard"):
        views.fit("sideways", np.ones((3, 2)))
