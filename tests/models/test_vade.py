"""The mixture prior: responsibilities, divergence, and its start."""

import math

import numpy as np
import pytest
import tensorflow as tf

import models
from models.losses import gaussian_kl
from models.vade import in_use, log_responsibilities, mixture_kl

RANDOM = np.random.default_rng(0)


def normal(*shape):
    return tf.constant(RANDOM.normal(size=shape).astype(np.float32))


LOGITS, MEANS, LOG_VARIANCES = normal(4), normal(4, 3), normal(4, 3)
MIXTURE = (LOGITS, MEANS, LOG_VARIANCES)
CODE = normal(5, 3)


def test_responsibilities_sum_to_one():
    shares = tf.exp(log_responsibilities(CODE, MIXTURE, tf.ones(3)))
    np.testing.assert_allclose(tf.reduce_sum(shares, axis=1), np.ones(5), rtol=1e-5)


def test_responsibilities_ignore_masked_dimensions():
    mask = tf.constant([1.0, 1.0, 0.0])
    masked = log_responsibilities(CODE, MIXTURE, mask)
    moved = log_responsibilities(CODE + 7.0 * (1 - mask), MIXTURE, mask)
    small = (LOGITS, MEANS[:, :2], LOG_VARIANCES[:, :2])
    np.testing.assert_array_equal(masked, moved)
    alone = log_responsibilities(CODE[:, :2], small, tf.ones(2))
    np.testing.assert_allclose(masked, alone, rtol=1e-5)


def test_responsibilities_worked_by_hand():
    """A code at 0 between N(-1, 1) of weight 1/4 and N(1, 1) of weight 3/4."""
    mixture = (tf.constant([0.0, math.log(3)]), tf.constant([[-1.0], [1.0]]), tf.zeros((2, 1)))
    shares = tf.exp(log_responsibilities(tf.zeros((1, 1)), mixture, tf.ones(1)))
    np.testing.assert_allclose(shares, [[0.25, 0.75]], rtol=1e-6)


def test_components_that_are_switched_off_do_not_exist():
    small = tuple(weight[:3] for weight in MIXTURE)
    built = in_use(MIXTURE, 3)
    shares = log_responsibilities(CODE, built, tf.ones(3))
    alone = log_responsibilities(CODE, small, tf.ones(3))
    np.testing.assert_allclose(shares[:, :3], alone, rtol=1e-5)
    mean, log_variance = normal(5, 3), normal(5, 3)
    found = mixture_kl(mean, log_variance, shares, built, tf.ones(3))
    of_small = mixture_kl(mean, log_variance, alone, small, tf.ones(3))
    np.testing.assert_allclose(found, of_small, rtol=1e-5)


def test_from_one_unit_gaussian_the_divergence_is_that_of_the_plain_vae():
    mean, log_variance = normal(5, 3), normal(5, 3)
    unit = (tf.zeros(1), tf.zeros((1, 3)), tf.zeros((1, 3)))
    found = mixture_kl(mean, log_variance, tf.zeros((5, 1)), unit, tf.ones(3))
    plain = tf.reduce_sum(gaussian_kl(mean, log_variance), axis=1)
    np.testing.assert_allclose(found, plain, rtol=1e-5)


def test_the_divergence_worked_by_hand():
    """N(0, 1), half of it in N(0, 1) and half in N(1, 4), which weigh 1/4 and 3/4."""
    mixture = (
        tf.constant([0.0, math.log(3)]),
        tf.constant([[0.0], [1.0]]),
        tf.constant([[0.0], [math.log(4)]]),
    )
    halves = tf.fill((1, 2), math.log(0.5))
    zero = tf.zeros((1, 1))
    found = float(mixture_kl(zero, zero, halves, mixture, tf.ones(1))[0])
    of_second = 0.5 * (math.log(4) + (1 + 1) / 4 - 1)
    of_choice = 0.5 * (math.log(0.5 / 0.25) + math.log(0.5 / 0.75))
    assert found == pytest.approx(0.5 * of_second + of_choice)


def test_clusters_of_separated_songs_are_found_and_both_phases_train(songs):
    family = models.FAMILIES["vade"]
    settings = {"width": 32, "depth": 1, "n_components": 4, "learning_rate": 0.01}
    training = family.fit(
        songs.part("train"),
        songs.part("validation"),
        models.defaults(family, {**settings, "latent_size": 3, "batch_size": 16}),
        0,
        models.Schedule(epochs=20, patience=0),
    )
    epochs = []
    with pytest.raises(StopIteration) as end:
        while True:
            epochs.append(next(training))
    encoder, held_out = end.value.value, songs.part("test")
    assert [epoch.epoch for epoch in epochs] == list(range(1, 21))
    clusters = encoder.assign(held_out)
    assert clusters.dtype == np.int32
    np.testing.assert_allclose(encoder.responsibilities(held_out).sum(axis=1), 1, rtol=1e-5)
    pairs = set(zip(clusters.tolist(), held_out.labels["genre"].tolist(), strict=True))
    assert len(pairs) == 4
