"""Gaussian mixtures whose form of covariance is chosen by BIC."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from evaluation.assignment import Array, HighestPosterior
from evaluation.kmeans import one_thread

COVARIANCES = ("full", "tied", "diag")
"""Full covariances overfit small sets and diagonal ones miss the tilt of large ones; BIC tells."""

FLOOR = 1e-3
"""Added to every variance, as a share of the mean variance of the codes."""

WIDEST = 512
"""Above so many dimensions covariances are diagonal: the others cost their cube, minutes at
8,192."""


def fit_mixture(codes: Array, count: int, seed: int) -> tuple[HighestPosterior, Array, float]:
    """Return rule, clusters (n,) and BIC of the best mixture of `count` Gaussians (Schwarz 1978).

    A form of covariance with more parameters than there are numbers in the codes is not tried.
    Cost: three EM fits of at most 100 iterations of n * count * d**2, some .1 s at 1,500 songs,
    16 dimensions and 10 components.
    """
    songs, size = codes.shape
    mean = codes.mean(axis=0)
    scale = np.sqrt(codes.var(axis=0).mean()) or 1.0
    scaled = (codes - mean) / scale
    count = min(count, songs)
    fits = [_fit(scaled, count, form, seed) for form in affordable(songs, size, count)]
    model = min(fits, key=lambda fit: fit.bic(scaled))
    factors = _factors(model, size) / scale
    rule = HighestPosterior(np.log(model.weights_), mean + scale * model.means_, factors)
    # The likelihood of the codes themselves, not of the scaled ones.
    bic = model.bic(scaled) + 2 * songs * size * np.log(scale)
    return rule, rule.assign(codes), float(bic)


def affordable(songs: int, size: int, count: int) -> list[str]:
    """Return the forms of covariance that so many codes (songs, size) can bear."""
    matrices = {"full": count, "tied": 1, "diag": 0}
    return [
        form
        for form in COVARIANCES
        if not matrices[form] or (size <= WIDEST and matrices[form] * (size + 1) / 2 < songs)
    ]


def _fit(codes: Array, count: int, covariance: str, seed: int) -> GaussianMixture:
    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GaussianMixture(
            count, covariance_type=covariance, reg_covar=FLOOR, random_state=seed
        ).fit(codes)


def _factors(model: GaussianMixture, size: int) -> Array:
    """Return Cholesky factors of the precisions, (k, d, d), or (k, d) where they are diagonal."""
    factors = model.precisions_cholesky_
    if model.covariance_type == "diag":
        return factors
    return np.broadcast_to(factors, (len(model.means_), size, size))
