"""The total correlation, on batches small enough to count out."""

import math

import numpy as np
import pytest
import tensorflow as tf

from models.beta_tcvae import decompose
from models.losses import Batch, Sample, normal_log_density

RANDOM = np.random.default_rng(0)
MEAN = tf.constant(RANDOM.normal(size=(6, 3)).astype(np.float32))
LOG_VARIANCE = tf.constant(RANDOM.normal(size=(6, 3)).astype(np.float32) - 1)
NOISE = tf.constant(RANDOM.normal(size=(6, 3)).astype(np.float32))
CODE = MEAN + tf.exp(LOG_VARIANCE / 2) * NOISE
MASK = tf.constant([1.0, 1.0, 0.0])


def batch_of(present, mask=MASK, songs=50.0) -> Batch:
    scalars = {"songs": tf.constant(songs)}
    return Batch({}, tf.constant(present), NOISE, tf.constant(mask), scalars)


def test_the_three_parts_sum_to_the_sampled_kl_divergence():
    parts = decompose(Sample(MEAN, LOG_VARIANCE, CODE), batch_of(np.ones(6, np.float32)))
    own = normal_log_density(CODE, MEAN, LOG_VARIANCE)
    prior = normal_log_density(CODE, tf.zeros_like(CODE), tf.zeros_like(CODE))
    kl = tf.reduce_sum((own - prior) * MASK, axis=1)
    np.testing.assert_allclose(sum(parts), kl, rtol=1e-4)


def test_one_song_in_one_dimension_worked_by_hand():
    """The only posterior is the song's own: q(z) = q(z | x) / songs, in joint and marginal."""
    sample = Sample(*(tf.constant([[value]]) for value in (0.5, 0.0, 1.5)))
    batch = Batch({}, tf.ones(1), tf.zeros((1, 1)), tf.ones(1), {"songs": tf.constant(10.0)})
    parts = decompose(sample, batch)
    assert float(parts.mutual_information[0]) == pytest.approx(math.log(10))
    assert float(parts.total_correlation[0]) == pytest.approx(0.0, abs=1e-6)
    assert float(parts.dimension_wise[0]) == pytest.approx(-0.5 + 1.5**2 / 2 - math.log(10))


def test_dimensions_that_repeat_each_other_correlate_more_than_independent_ones():
    spread = tf.constant(RANDOM.normal(size=(200, 1)).astype(np.float32))
    other = tf.constant(RANDOM.normal(size=(200, 1)).astype(np.float32))
    batch = Batch({}, tf.ones(200), spread, tf.ones(2), {"songs": tf.constant(200.0)})
    narrow = tf.fill((200, 2), -3.0)

    def correlation(codes):
        return float(tf.reduce_mean(decompose(Sample(codes, narrow, codes), batch)[1]))

    twice = correlation(tf.concat([spread, spread], axis=1))
    assert twice > correlation(tf.concat([spread, other], axis=1)) + 1.0


def test_songs_that_only_fill_the_batch_up_do_not_count():
    present = np.array([1, 1, 1, 1, 0, 0], np.float32)
    filled = decompose(Sample(MEAN, LOG_VARIANCE, CODE), batch_of(present))
    four = Sample(MEAN[:4], LOG_VARIANCE[:4], CODE[:4])
    alone = decompose(four, batch_of(np.ones(4, np.float32)))
    np.testing.assert_allclose(filled.total_correlation[:4], alone.total_correlation, rtol=1e-5)
