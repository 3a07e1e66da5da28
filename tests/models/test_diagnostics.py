"""Diagnostics on a case worked by hand."""

import math

import numpy as np
import pytest

import models
from data import Songs
from models.diagnostics import diagnose
from models.neural_encoder import WIDEST, weight_names

SONGS = Songs(
    ids=np.array(["a", "b"]),
    audio=np.array([[1.0, 0.0], [3.0, 0.0]], np.float32),
    lyrics=np.array([[2.0], [0.0]], np.float32),
    has_lyrics=np.array([True, False]),
    labels={},
    groups=None,
    split=np.array(["test", "test"]),
)


class Doubles:
    """Decodes a code (c,) to audio (2c, 0) and lyrics (9,)."""

    shapes = {"audio": (2,), "lyrics": (1,)}

    def decode(self, codes, songs):
        return {"audio": np.hstack([2 * codes, 0 * codes]), "lyrics": np.full((2, 1), 9.0)}

    def kl(self, songs):
        return np.array([[0.5], [1.5]])


def test_figures_worked_by_hand():
    """Codes 0.5 and 1 give audio 1 and 2: errors 0 and 1, and (9 - 2)^2 of the one lyric."""
    codes = np.array([[0.5], [1.0]])
    spreads = {"audio": 2.0, "lyrics": 0.0}
    swapping = next(s for s in range(9) if np.random.default_rng(s).permutation(2)[0] == 1)
    figures = diagnose(Doubles(), codes, SONGS, spreads, seed=swapping)
    assert figures["reconstruction_loss"] == pytest.approx((0 + 1 + 49) / 2 / 2)
    assert figures["r2"] == pytest.approx(1 - 50 / (1 + 1 + 0))
    shuffled = 1 - (1 + 4 + 49) / 2
    assert figures["shuffle_drop"] == pytest.approx(figures["r2"] - shuffled)
    assert figures["kl"] == pytest.approx(1.0)
    assert figures["kl_per_dimension"] == pytest.approx([1.0])
    assert figures["active_units"] == 1


def test_an_encoder_that_knows_its_error_is_not_asked_for_songs():
    class Knows(Doubles):
        def decode(self, codes, songs):
            raise AssertionError("decoded")

        def squared_error(self, codes, songs):
            return 6.0

    figures = diagnose(Knows(), np.array([[0.5], [1.0]]), SONGS, {"audio": 2.0, "lyrics": 0}, 0)
    assert figures["reconstruction_loss"] == pytest.approx(6 / 2 / 2)
    assert figures["r2"] == pytest.approx(1 - 6 / 2)
    assert figures["shuffle_drop"] == 0


def test_a_family_without_prior_has_no_kl():
    class Plain(Doubles):
        def kl(self, songs):
            return None

    figures = diagnose(Plain(), np.array([[1.0], [1.05]]), SONGS, {"audio": 1.0, "lyrics": 1.0}, 0)
    assert figures["kl"] is None
    assert figures["kl_per_dimension"] is None
    assert figures["active_units"] == 0


def test_each_dimension_has_its_kl_divergence_in_closed_form():
    """A linear encoder: N(2 x, 4) in its first dimension, the prior itself in its second."""
    family, shapes = models.FAMILIES["mlp_vae"], {"audio": (2,)}
    settings = models.defaults(family, {"latent_size": 2, "depth": 0})
    log_variance = [np.zeros((2, 2)), [math.log(4.0), 0.0]]
    mean = [[[2.0, 0.0], [0.0, 0.0]], np.zeros(2)]
    decoder = [np.zeros((2, 2)), np.zeros(2)]
    weights = [*log_variance, *mean, *decoder]
    arrays = {
        name: np.array(weight, np.float32)
        for name, weight in zip(weight_names(len(weights)), weights, strict=True)
    }
    encoder = family.restore(settings, shapes, {**arrays, WIDEST: np.array(2.0, np.float32)})
    songs = SONGS.replace(lyrics=None, has_lyrics=np.zeros(2, bool))
    codes = encoder.encode(songs)
    assert codes.tolist() == [[2.0, 0.0], [6.0, 0.0]]
    figures = diagnose(encoder, codes, songs, {"audio": 10.0}, seed=0)
    mean_square = (2**2 + 6**2) / 2
    expected = [(4 + mean_square - 1 - math.log(4)) / 2, 0.0]
    assert figures["kl_per_dimension"] == pytest.approx(expected)
    assert figures["kl"] == pytest.approx(sum(expected))
    assert figures["active_units"] == 1
