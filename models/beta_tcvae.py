"""The total correlation of the code weighed by beta (Chen et al. 2018).

The KL divergence is the sum of the mutual information of code and song, the total correlation
between dimensions, and each dimension's divergence from the prior. Only the second is weighed:
the penalty is the KL divergence plus (beta - 1) times the total correlation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from models.neural import NeuralFamily

if TYPE_CHECKING:
    import tensorflow as tf

    from models.losses import Batch, Sample, Terms
    from models.networks import Network

NOT_THERE = -1e9
"""Log density of a song that only fills the batch up."""


class Decomposition(NamedTuple):
    """Parts of the KL divergence at each song's sampled code, (batch,) each (nats)."""

    mutual_information: tf.Tensor
    total_correlation: tf.Tensor
    dimension_wise: tf.Tensor


def loss(network: Network, batch: Batch) -> Terms:
    """Return KL divergence plus (beta - 1) times the total correlation."""
    from models.losses import Terms, gaussian_kl, masked_sum, reconstruct, sample

    posterior = sample(network, batch)
    kl = masked_sum(gaussian_kl(posterior.mean, posterior.log_variance), batch.mask)
    correlation = decompose(posterior, batch).total_correlation
    penalty = kl + (batch.scalars["beta"] - 1.0) * correlation
    return Terms(reconstruct(network, batch, posterior.code), kl, penalty)


def decompose(posterior: Sample, batch: Batch) -> Decomposition:
    """Estimate the parts by minibatch-weighted sampling (Chen et al. 2018, equation S5)."""
    import tensorflow as tf

    from models.losses import masked_sum, normal_log_density

    code = posterior.code
    of_others = normal_log_density(
        code[:, None], posterior.mean[None], posterior.log_variance[None]
    )  # (code of, posterior of, dimension)
    absent = NOT_THERE * (1.0 - batch.present)
    size = tf.math.log(batch.scalars["songs"] * tf.reduce_sum(batch.present))
    joint = tf.reduce_logsumexp(masked_sum(of_others, batch.mask) + absent, axis=1) - size
    each = tf.reduce_logsumexp(of_others + absent[None, :, None], axis=1) - size
    of_own = normal_log_density(code, posterior.mean, posterior.log_variance)
    of_prior = normal_log_density(code, tf.zeros_like(code), tf.zeros_like(code))
    marginal = masked_sum(each, batch.mask)
    return Decomposition(
        mutual_information=masked_sum(of_own, batch.mask) - joint,
        total_correlation=joint - marginal,
        dimension_wise=marginal - masked_sum(of_prior, batch.mask),
    )


FAMILY = NeuralFamily("beta_tcvae", loss=loss, tuned={"beta": 4.0})
