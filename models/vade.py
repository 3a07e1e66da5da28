"""A VAE whose prior is a Gaussian mixture, and so has clusters of its own (Jiang et al. 2017).

The first epochs train it as an ordinary VAE; a mixture fitted to the training codes starts the
prior, and both are trained on together with a smaller step.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models.errors import ModelError
from models.family import Arrays, Settings, Shapes
from models.hyperparameters import Hyperparameter
from models.neural import NeuralFamily, joint
from models.neural_encoder import NeuralEncoder
from models.phase import Phase
from models.schedule import Epoch, Schedule

if TYPE_CHECKING:
    import tensorflow as tf

    from data import Songs
    from models.losses import Batch, Terms
    from models.networks import Network
    from models.training import Program

LOG = logging.getLogger(__name__)

Mixture = tuple["tf.Tensor", "tf.Tensor", "tf.Tensor"]
"""Logits (components,), means and log variances (components, latent)."""

N_COMPONENTS = Hyperparameter(
    "n_components", 10, "Gaussians of the mixture", low=2, high=256, log=True
)
PRETRAINING = Hyperparameter(
    "pretraining", 0.5, "share of the epochs before the mixture starts", low=0.0, high=1.0
)
SLOWER = 3.0
"""The learning rate is divided by this once the mixture has started."""

BUILT_TOGETHER = 16
"""Components are built in multiples of this and switched off beyond `n_components`, so that one
program serves many counts."""

UNUSED = -1e9
"""Logit of a component that is switched off."""

NUMBERS_TOGETHER = 2**24
"""Numbers, one for each song, component and dimension, that are held at once; 64 MiB."""

SMALLEST_VARIANCE = 1e-3
"""Added to the variances of the starting mixture, so that no component shrinks to a point."""


def build(shapes: Shapes, settings: Settings, widest: int, stochastic: bool) -> Network:
    """Build the usual network, and a prior of Gaussians with diagonal covariance."""
    import keras

    from models.networks import MIXTURE

    components = int(settings["n_components"])
    mixture = keras.layers.Layer(name=MIXTURE)
    prior = (
        mixture.add_weight(name="logits", shape=(components,)),
        mixture.add_weight(name="means", shape=(components, widest)),
        mixture.add_weight(name="log_variances", shape=(components, widest)),
    )
    return replace(joint(shapes, settings, widest, stochastic), prior=prior)


def loss(network: Network, batch: Batch) -> Terms:
    """Penalise the KL divergence from the mixture, or from a unit Gaussian if `mixture` is 0."""
    from models.losses import Terms, gaussian_kl, masked_sum, reconstruct, sample

    posterior = sample(network, batch)
    mean, log_variance = posterior.mean, posterior.log_variance
    mixture = in_use(network.prior, batch.scalars["n_components"])
    log_shares = log_responsibilities(posterior.code, mixture, batch.mask)
    of_mixture = mixture_kl(mean, log_variance, log_shares, mixture, batch.mask)
    of_unit = masked_sum(gaussian_kl(mean, log_variance), batch.mask)
    started = batch.scalars["mixture"]
    kl = started * of_mixture + (1.0 - started) * of_unit
    return Terms(reconstruct(network, batch, posterior.code), kl, batch.scalars["beta"] * kl)


def in_use(prior: Sequence[Any], count: tf.Tensor) -> Mixture:
    """Return the prior as tensors, with the components beyond `count` switched off."""
    import tensorflow as tf

    logits, means, log_variances = (tf.convert_to_tensor(weight) for weight in prior)
    number = tf.range(logits.shape[0], dtype=tf.float32)
    return tf.where(number < count, logits, UNUSED), means, log_variances


def log_responsibilities(code: tf.Tensor, mixture: Mixture, mask: tf.Tensor) -> tf.Tensor:
    """Return log probability of each component given each code, (batch, components)."""
    import tensorflow as tf

    from models.losses import masked_sum, normal_log_density

    logits, means, log_variances = mixture
    densities = normal_log_density(code[:, None], means[None], log_variances[None])
    return tf.nn.log_softmax(logits + masked_sum(densities, mask), axis=-1)


def _component_kl(mean: tf.Tensor, log_variance: tf.Tensor, mixture: Mixture) -> tf.Tensor:
    """Return KL divergence of each posterior from each component, (batch, components, latent)."""
    import tensorflow as tf

    _, means, log_variances = mixture
    squares = tf.exp(log_variance)[:, None] + tf.square(mean[:, None] - means)
    ratio = log_variances - log_variance[:, None]
    return 0.5 * (ratio + squares * tf.exp(-log_variances) - 1.0)


def mixture_kl(
    mean: tf.Tensor,
    log_variance: tf.Tensor,
    log_shares: tf.Tensor,
    mixture: Mixture,
    mask: tf.Tensor,
) -> tf.Tensor:
    """Return KL divergence of posterior and responsibilities from the mixture, (batch,)."""
    import tensorflow as tf

    from models.losses import masked_sum

    of_component = masked_sum(_component_kl(mean, log_variance, mixture), mask)
    of_choice = log_shares - tf.nn.log_softmax(mixture[0])
    return tf.reduce_sum(tf.exp(log_shares) * (of_component + of_choice), axis=-1)


@dataclass(frozen=True)
class MixtureFamily(NeuralFamily):
    """Trains in two phases, and its encoders assign songs to the mixture's components."""

    def built_for(self, settings: Settings) -> dict[str, Any]:
        """Return the settings that need another program."""
        rounded = -(-int(settings["n_components"]) // BUILT_TOGETHER) * BUILT_TOGETHER
        return {**super().built_for(settings), "n_components": rounded}

    def train(
        self,
        program: Program,
        data: Arrays,
        held_out: Arrays,
        settings: Settings,
        seed: int,
        schedule: Schedule,
    ) -> Generator[Epoch, None, None]:
        """Train as a VAE, then with the mixture; each phase ends at its own best weights."""
        scalars = self.scalars(settings)
        alone = min(round(schedule.epochs * scalars["pretraining"]), schedule.epochs - 1)
        looks = schedule.looks
        first = Phase(alone, schedule.patience, {**scalars, "mixture": 0.0}, looks=looks)
        done = 0
        for epoch in program.train(data, held_out, first, seed):
            done = epoch.epoch
            yield epoch
        _start_mixture(program, data, int(settings["n_components"]), seed)
        slower = scalars["learning_rate"] / SLOWER
        changed = {**scalars, "mixture": 1.0, "learning_rate": slower, "warm_up": 0.0}
        left = schedule.epochs - alone
        second = Phase(left, schedule.patience, changed, first=done + 1, looks=looks)
        yield from program.train(data, held_out, second, seed)

    def encoder(
        self,
        settings: Settings,
        shapes: Shapes,
        weights: list[np.ndarray],
        learned: Arrays,
        program: Program,
    ) -> MixtureEncoder:
        """Return the encoder of these weights."""
        return MixtureEncoder(self, settings, shapes, weights, learned, program)


def _start_mixture(program: Program, data: Arrays, count: int, seed: int) -> None:
    """Fit a mixture to the training codes, put it in place and start the optimiser anew."""
    from sklearn.mixture import GaussianMixture

    codes = program.encode(data)["mean"]
    fitted = GaussianMixture(
        count,
        covariance_type="diag",
        reg_covar=SMALLEST_VARIANCE,
        n_init=3,
        random_state=seed % 2**32,
    ).fit(codes)
    starts = np.log(fitted.weights_ + 1e-8), fitted.means_, np.log(fitted.covariances_)
    specs = program.specs[-len(starts) :]
    for weight, spec, start in zip(program.network.prior, specs, starts, strict=True):
        weight.assign(spec.widened(start))
    program.optimizer.forget()
    occupied = np.bincount(fitted.predict(codes), minlength=count)
    LOG.info("the mixture starts with %s songs per component", occupied.tolist())


class MixtureEncoder(NeuralEncoder):
    """An encoder whose prior's components are clusters."""

    @property
    def n_clusters(self) -> int:
        """Components of the mixture, empty ones included."""
        return int(self.settings["n_components"])

    def mixture(self) -> Mixture:
        """Return the components in use."""
        prior = [weight[: self.n_clusters] for weight in self.weights[-3:]]
        return in_use(prior, np.inf)

    def responsibilities(self, songs: Songs) -> np.ndarray:
        """Return probability of each component given each song's code mean, (n, n_clusters)."""
        codes, mixture = self.encode(songs), self.mixture()
        every = np.ones(codes.shape[1], np.float32)
        together = max(1, NUMBERS_TOGETHER // mixture[1].numpy().size)
        parts = [
            np.exp(log_responsibilities(codes[start : start + together], mixture, every).numpy())
            for start in range(0, max(len(codes), 1), together)
        ]
        shares = np.concatenate(parts)
        if not np.isfinite(shares).all():
            raise ModelError("the mixture gives these songs no probabilities that are finite")
        return shares

    def assign(self, songs: Songs) -> np.ndarray:
        """Return the likeliest component of each song, (n,) int32."""
        return self.responsibilities(songs).argmax(axis=1).astype(np.int32)

    def kl(self, songs: Songs) -> np.ndarray:
        """Return KL divergence from the components, weighed by responsibility, (n, latent_size).

        The divergence of the responsibilities from the mixture's weights belongs to no dimension
        and is left out.
        """
        code = self.distribution(songs)
        each = _component_kl(code["mean"], code["log_variance"], self.mixture()).numpy()
        return np.einsum("nc,ncd->nd", self.responsibilities(songs), each)


FAMILY = MixtureFamily(
    "vade",
    build=build,
    loss=loss,
    extra=(N_COMPONENTS, PRETRAINING),
    tuned={"latent_size": 10, "beta": 0.3},
)
