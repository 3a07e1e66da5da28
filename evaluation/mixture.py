"""Gaussian mixtures whose form of covariance is chosen by BIC."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluation.assignment import Array, HighestPosterior
from evaluation.expectation_maximization import Form, Mixture, fit_together
from evaluation.kmeans import fit_kmeans

FORMS: tuple[Form, ...] = ("full", "tied", "diag")
"""Full covariances overfit small sets and diagonal ones miss the tilt of large ones; BIC tells."""

FLOOR = 1e-3
"""Added to every variance, as a share of the mean variance of the codes."""

WIDEST = 512
"""Above so many dimensions covariances are diagonal: the others cost their cube, minutes at
8,192."""


def fit_mixtures(
    codes: Array, counts: Sequence[int], seed: int
) -> list[tuple[HighestPosterior, Array, float]]:
    """Return rule, clusters (n,) and BIC of the best mixture of each count (Schwarz 1978).

    Each begins at the clusters of k-means. A form of covariance with more parameters than there
    are numbers in the codes is not tried. Cost: k-means, and `fit_together` once for each form.
    """
    songs, size = codes.shape
    mean = codes.mean(axis=0)
    scale = np.sqrt(codes.var(axis=0).mean()) or 1.0
    scaled = (codes - mean) / scale
    counts = [min(count, songs) for count in counts]
    starts = [clusters for _, clusters in fit_kmeans(scaled, counts, seed)]
    fits: list[list[tuple[float, Mixture]]] = [[] for _ in counts]
    for form in FORMS:
        places = [i for i, count in enumerate(counts) if form in affordable(songs, size, count)]
        if places:
            own = [counts[i] for i in places], [starts[i] for i in places]
            for i, (mixture, likelihood) in zip(
                places, fit_together(scaled, *own, form, FLOOR), strict=True
            ):
                fits[i].append((mixture.bic(likelihood, songs), mixture))
    found = []
    for tried in fits:
        bic, best = min(tried, key=lambda fit: fit[0])
        rule = HighestPosterior(
            np.log(best.weights), mean + scale * best.means, best.factors() / scale
        )
        # The likelihood of the codes themselves, not of the scaled ones.
        bic += 2 * songs * size * float(np.log(scale))
        found.append((rule, rule.assign(codes), bic))
    return found


def affordable(songs: int, size: int, count: int) -> list[Form]:
    """Return the forms of covariance that so many codes (songs, size) can bear."""
    matrices = {"full": count, "tied": 1, "diag": 0}
    return [
        form
        for form in FORMS
        if not matrices[form] or (size <= WIDEST and matrices[form] * (size + 1) / 2 < songs)
    ]
