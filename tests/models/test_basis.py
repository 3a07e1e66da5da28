"""Components of training songs: a rotation, what it leaves out, and what is remembered."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from models import basis
from models.errors import ModelError


def songs(count: int = 50, shape: tuple[int, ...] = (9, 13), spread: float = 1.5) -> np.ndarray:
    """Songs whose components have standard deviations that fall like a power."""
    random = np.random.default_rng(0)
    features = int(np.prod(shape))
    turned = np.linalg.qr(random.normal(size=(features, features)))[0]
    deviations = np.arange(1, features + 1) ** -spread
    points = 3 + random.normal(size=(count, features)) * deviations @ turned
    return points.reshape(count, *shape).astype(np.float32)


@pytest.mark.parametrize("shape", [(9, 13), (20,)], ids=["fewer songs", "more songs"])
def test_components_are_those_of_principal_component_analysis(shape):
    array = songs(shape=shape)
    found = basis.fit(array, None, 0.9)
    pca = PCA().fit(array.reshape(50, -1))
    first = 8
    overlap = np.abs(found.components[:first] @ pca.components_[:first].T)
    np.testing.assert_allclose(overlap, np.eye(first), atol=1e-3)
    deviations = np.sqrt(pca.explained_variance_ * 49 / 50)
    np.testing.assert_allclose(found.deviations[:first], deviations[:first], rtol=1e-4)
    np.testing.assert_allclose(found.mean, array.reshape(50, -1).mean(axis=0), rtol=1e-5)


def test_what_is_inside_and_outside_adds_up_for_songs_never_seen():
    train, others = songs(spread=0.5)[:40], songs(spread=0.5)[40:]
    found = basis.fit(train, None, 0.5)
    inside, outside = found.project(others)
    assert (outside > 0).all()
    flat = others.reshape(len(others), -1)
    whole = 0.5 * np.square(flat - found.mean).sum(axis=1)
    np.testing.assert_allclose(0.5 * np.square(inside).sum(axis=1) + outside[:, 0], whole, 1e-5)
    left = 0.5 * np.square(flat - found.restore(inside)).sum(axis=1)
    np.testing.assert_allclose(outside[:, 0], left, rtol=1e-4)


def test_everything_that_songs_span_can_be_kept():
    array = songs(spread=0.5)
    found = basis.fit(array, None, 1.0)
    inside, outside = found.project(array)
    assert found.components.shape == (50, 117)
    np.testing.assert_allclose(outside, 0, atol=1e-4)
    np.testing.assert_allclose(found.restore(inside), array.reshape(50, -1), atol=1e-4)
    np.testing.assert_allclose(found.components @ found.components.T, np.eye(50), atol=1e-5)


@pytest.mark.parametrize(
    ("share", "kept"), [(0.5, 32), (0.64, 32), (0.65, 48), (0.84, 64), (0.9, 90), (1.0, 90)]
)
def test_components_hold_the_share_in_few_sizes(share, kept):
    """Of 90 the first 32 hold 64 %, the first 48 hold 83.2 %, the first 64 hold 89.6 %."""
    variances = np.r_[np.full(40, 2.0), np.full(50, 0.4)]
    assert basis.components_kept(variances, share, 90) == kept


def test_songs_that_are_all_alike_have_a_basis():
    found = basis.fit(np.ones((4, 6), np.float32), None, 0.99)
    inside, outside = found.project(np.full((2, 6), 3.0, np.float32))
    assert found.scale == 1.0 and not found.deviations.any()
    np.testing.assert_allclose(0.5 * (inside**2).sum(axis=1) + outside[:, 0], 12.0)


def test_songs_without_lyrics_do_not_count():
    array, has = songs(shape=(20,)), np.arange(50) < 30
    part = np.where(has[:, None], array, 1e6).astype(np.float32)
    found, expected = basis.fit(part, has, 0.99), basis.fit(array[:30], None, 0.99)
    np.testing.assert_array_equal(found.mean, expected.mean)
    assert basis.fit(part, np.zeros(50, bool), 0.99).scale == 1.0


def test_of_many_songs_a_sample_will_do(monkeypatch):
    array = songs(400)
    monkeypatch.setattr(basis, "MOST_SONGS", 100)
    sample = basis.fit(array, None, 0.9)
    assert len(sample.components) <= 100
    inside, outside = sample.project(array)
    assert outside.sum() < 0.01 * np.square(inside).sum()
    assert np.array_equal(basis.fit(array, None, 0.9).components, sample.components)


def test_of_very_long_songs_fewer_components_are_kept(monkeypatch):
    monkeypatch.setattr(basis, "MOST_NUMBERS", 10 * 117)
    assert len(basis.fit(songs(), None, 1.0).components) == 10


def test_sizes_are_powers_of_two_and_those_between():
    sizes = {basis.components_kept(np.ones(n), 1.0, 10**6) for n in range(1, 1000)}
    assert sizes == {32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024}


WRONG = {
    "half precision": {"audio_mean": np.zeros(6, np.float16)},
    "other features": {"audio_mean": np.zeros(7, np.float32)},
    "other components": {"audio_deviations": np.ones(3, np.float32)},
    "no components": {
        "audio_deviations": np.ones(0, np.float32),
        "audio_components": np.ones((0, 6), np.float32),
    },
    "not finite": {"audio_components": np.full((2, 6), np.nan, np.float32)},
    "below zero": {"audio_deviations": -np.ones(2, np.float32)},
    "text": {"audio_mean": np.full(6, b"a")},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG)
def test_what_is_no_basis_is_refused(changes):
    right = {
        "audio_mean": np.zeros(6, np.float32),
        "audio_components": np.eye(2, 6, dtype=np.float32),
        "audio_deviations": np.ones(2, np.float32),
    }
    assert len(basis.read("audio", right, 6).components) == 2
    with pytest.raises(ModelError, match="the components of its audio are not"):
        basis.read("audio", right | changes, 6)
