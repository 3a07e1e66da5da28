"""Each loss on a case worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import tensorflow as tf

from models import losses
from models.losses import Batch


class Told:
    """A network that encodes to what it is told and decodes a code to itself."""

    prior = ()

    def __init__(self, mean: list, log_variance: list) -> None:
        self.outputs = {"mean": tf.constant(mean), "log_variance": tf.constant(log_variance)}

    def encode(self, inputs):
        return self.outputs

    def decode(self, code, inputs):
        return {"audio": code}


def batch_of(audio, noise, mask=(1.0, 1.0), **scalars) -> Batch:
    return Batch(
        inputs={"audio": tf.constant(audio)},
        present=tf.ones(len(audio)),
        noise=tf.constant(noise),
        mask=tf.constant(mask),
        scalars={name: tf.constant(value) for name, value in scalars.items()},
    )


NETWORK = Told(mean=[[1.0, 0.0]], log_variance=[[math.log(4.0), 0.0]])


def test_the_kl_divergence_of_a_unit_gaussian_is_nothing():
    assert losses.gaussian_kl(tf.zeros(3), tf.zeros(3)).numpy().tolist() == [0, 0, 0]


def test_the_kl_divergence_of_mean_1_and_variance_4():
    found = float(losses.gaussian_kl(tf.constant(1.0), tf.constant(math.log(4.0))))
    assert found == pytest.approx((4 + 1 - 1 - math.log(4)) / 2)


def test_the_log_density_of_a_normal():
    found = losses.normal_log_density(tf.constant(3.0), tf.constant(1.0), tf.constant(math.log(4)))
    assert float(found) == pytest.approx(math.log(math.exp(-0.5) / (2 * math.sqrt(2 * math.pi))))


def test_variational_terms():
    """The code is 1 + 2 * 0.5 = 2 and 0 - 1 = -1; the song is (0, 1)."""
    terms = losses.variational(NETWORK, batch_of([[0.0, 1.0]], [[0.5, -1.0]], beta=3.0))
    kl = 2 - math.log(2)
    assert float(terms.reconstruction[0]) == pytest.approx((2**2 + 2**2) / 2)
    assert float(terms.kl[0]) == pytest.approx(kl)
    assert float(terms.penalty[0]) == pytest.approx(3 * kl)


def test_a_masked_dimension_is_neither_decoded_nor_penalised():
    batch = batch_of([[0.0, 1.0]], [[0.5, -1.0]], mask=[0.0, 1.0], beta=3.0)
    terms = losses.variational(NETWORK, batch)
    assert float(terms.reconstruction[0]) == pytest.approx((0 + 2**2) / 2)
    assert float(terms.kl[0]) == 0


def test_deterministic_terms():
    """The code is the mean (1, 0); the song is (0, 1)."""
    terms = losses.deterministic(NETWORK, batch_of([[0.0, 1.0]], [[0.5, -1.0]]))
    assert [float(term[0]) for term in terms] == [1.0, 0.0, 0.0]


def test_without_beta_and_noise_a_vae_has_the_objective_of_the_autoencoder():
    batch = batch_of([[0.3, 1.0], [2.0, -1.0]], np.zeros((2, 2), np.float32), beta=0.0)
    network = Told([[1.0, 0.5], [0.0, -2.0]], [[0.1, 0.2], [0.3, 0.4]])
    vae, plain = losses.variational(network, batch), losses.deterministic(network, batch)
    np.testing.assert_array_equal(vae.reconstruction + vae.penalty, plain.reconstruction)


def test_the_error_is_summed_over_features_and_inputs():
    targets = {"audio": tf.constant([[[1.0, 2.0], [3.0, 4.0]]]), "lyrics": tf.constant([[2.0]])}
    outputs = {"audio": tf.constant([[[1.0, 0.0], [3.0, 3.0]]]), "lyrics": tf.constant([[5.0]])}
    assert float(losses.half_squared_error(targets, outputs)[0]) == (4 + 1 + 9) / 2


def test_lyrics_that_a_song_does_not_have_cost_nothing():
    targets = {"lyrics": tf.ones((2, 3)), "has_lyrics": tf.constant([[1.0], [0.0]])}
    found = losses.half_squared_error(targets, {"lyrics": tf.zeros((2, 3))})
    assert found.numpy().tolist() == [1.5, 0.0]
