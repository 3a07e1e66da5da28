"""The shape of a latent space: how many directions it uses, how far they depend on each other."""

from __future__ import annotations

import numpy as np
from scipy.special import entr

from evaluation.assignment import Array


def effective_rank(codes: Array) -> float:
    """Return exp(entropy of the eigenvalue shares of the covariance of codes (n, d)), 1 to d.

    Roy and Vetterli 2007. 0 where the codes do not vary. Cost: n * d**2.
    """
    centred = codes - codes.mean(axis=0)
    eigenvalues = np.linalg.svd(centred, compute_uv=False) ** 2
    total = eigenvalues.sum()
    return float(np.exp(entr(eigenvalues / total).sum())) if total > 0 else 0.0


def total_correlation(codes: Array) -> float | None:
    """Return total correlation in nats of the Gaussian with the covariance of codes (n, d).

    -1/2 log det of the correlations between dimensions: 0 where they are uncorrelated, a lower
    bound on dependence that is not linear. Dimensions that do not vary carry none. None where
    the correlations are singular, as with fewer songs than dimensions. Cost: n * d**2.
    """
    deviation = codes.std(axis=0, dtype=np.float64)
    alive = deviation > 1e-6 * deviation.max(initial=0)
    if len(codes) <= alive.sum():
        return None
    scaled = (codes[:, alive] - codes[:, alive].mean(axis=0)) / deviation[alive]
    values = np.linalg.eigvalsh(scaled.T @ scaled / len(codes))
    if len(values) and values.min() < 1e-10:
        return None
    return float(max(-0.5 * np.log(values).sum(), 0))
