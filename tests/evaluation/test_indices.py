"""Indices: scikit-learn's values for many labelings at once."""

import numpy as np
import pytest
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

from evaluation import indices
from evaluation.indices import centroid_indices, silhouettes

RNG = np.random.default_rng(0)
CODES = RNG.normal(size=(300, 5)) + 4 * RNG.normal(size=(6, 5))[RNG.integers(6, size=300)]
LABELINGS = np.stack([RNG.integers(count, size=300) for count in range(2, 9)])


@pytest.mark.parametrize("block", [7, 128, 300, 1000])
def test_silhouettes_equal_scikit_learn_at_every_block_size(block):
    expected = [silhouette_score(CODES, labels) for labels in LABELINGS]
    np.testing.assert_allclose(silhouettes(CODES, LABELINGS, block), expected, atol=1e-10)


def test_silhouettes_of_many_songs_keep_eight_digits(monkeypatch):
    exact = silhouettes(CODES, LABELINGS)
    monkeypatch.setattr(indices, "DOUBLE_UP_TO", 100)
    np.testing.assert_allclose(silhouettes(CODES, LABELINGS), exact, atol=2e-8)


def test_centroid_indices_equal_scikit_learn():
    davies_bouldin, calinski_harabasz = centroid_indices(CODES, LABELINGS)
    expected = [davies_bouldin_score(CODES, labels) for labels in LABELINGS]
    np.testing.assert_allclose(davies_bouldin, expected, rtol=1e-10)
    expected = [calinski_harabasz_score(CODES, labels) for labels in LABELINGS]
    np.testing.assert_allclose(calinski_harabasz, expected, rtol=1e-10)


def test_codes_far_from_the_origin_keep_their_values():
    far = CODES + 1e6
    np.testing.assert_allclose(
        silhouettes(far, LABELINGS), silhouettes(CODES, LABELINGS), atol=1e-8
    )
    np.testing.assert_allclose(
        centroid_indices(far, LABELINGS), centroid_indices(CODES, LABELINGS), rtol=1e-7
    )


def test_noise_is_a_class_of_its_own():
    labels = LABELINGS[3].copy()
    with_noise = np.where(labels == 0, -1, labels)
    assert silhouettes(CODES, with_noise[None]) == silhouettes(CODES, labels[None])
    np.testing.assert_array_equal(
        centroid_indices(CODES, with_noise[None]), centroid_indices(CODES, labels[None])
    )


def test_a_song_alone_in_its_cluster_counts_zero():
    labels = np.zeros(300, int)
    labels[0] = 1
    labels[1] = 2
    expected = silhouette_score(CODES, labels)
    np.testing.assert_allclose(silhouettes(CODES, labels[None]), [expected], atol=1e-10)


def test_one_cluster_or_as_many_as_songs_have_no_value():
    labelings = np.stack([np.zeros(300, int), np.arange(300)])
    assert np.isnan(silhouettes(CODES, labelings)).all()
    assert np.isnan(centroid_indices(CODES, labelings)).all()


def test_equal_codes_give_zero_silhouette_and_no_centroid_index():
    codes = np.ones((6, 2))
    labels = np.array([[0, 0, 0, 1, 1, 1]])
    assert silhouettes(codes, labels) == 0
    assert np.isnan(centroid_indices(codes, labels)).all()


def test_two_pairs_on_a_line_worked_by_hand():
    codes = np.array([[0.0], [1.0], [10.0], [11.0]])
    labels = np.array([[5, 5, 9, 9]])
    # The outer songs: a = 1, b = 10.5; the inner ones: a = 1, b = 9.5.
    assert silhouettes(codes, labels) == pytest.approx([(9.5 / 10.5 + 8.5 / 9.5) / 2])
    davies_bouldin, calinski_harabasz = centroid_indices(codes, labels)
    assert davies_bouldin == pytest.approx([(0.5 + 0.5) / 10])
    assert calinski_harabasz == pytest.approx([100 / 1 * (4 - 2) / (2 - 1)])
