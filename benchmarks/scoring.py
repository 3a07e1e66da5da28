"""How much sooner is a model scored than by scikit-learn's fits, one after another?

One model's codes are scored as a trial of `medium` is, by three clusterers at every count, and as
a finalist is, with refits on halves and null songs. The other side does the same with k-means and
Gaussian mixtures of scikit-learn, a fit for each start of each count.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

import numpy as np
from measuring import median_seconds, show
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from evaluation import kmeans, mixture
from evaluation.assignment import Array, HighestPosterior
from evaluation.expectation_maximization import Mixture
from evaluation.honesty import add_coherence_excess, add_curves
from evaluation.null_collections import chance_coherence
from evaluation.nulls import null_dispersions
from evaluation.reference import Reference, build_reference
from evaluation.score import score

COUNTS = range(2, 17)
GROUPS, DIMENSIONS, FEATURES = 8, 16, 200
THEIR_STARTS = 5
"""With which scikit-learn's k-means is as tight as ours."""

VIEW = "standard"
OF_A_TRIAL = ("kmeans", "agglomerative", "gaussian_mixture")


class Model:
    """Codes of songs in eight groups, and the songs' reference space and null songs.

    Parameters
    ----------
    songs : number of training songs; a third as many are evaluated.
    """

    def __init__(self, songs: int) -> None:
        random = np.random.default_rng(0)
        self.split = np.resize(["train", "train", "train", "validation"], songs * 4 // 3)
        groups = random.integers(GROUPS, size=len(self.split))
        centres = random.normal(scale=1.2, size=(GROUPS, DIMENSIONS))
        self.codes = centres[groups] + random.normal(size=(len(groups), DIMENSIONS))
        noise = random.normal(scale=0.5, size=(len(groups), FEATURES))
        features = self.codes @ random.normal(size=(DIMENSIONS, FEATURES)) + noise
        inputs = [features.astype(np.float32)]
        self.reference: Reference = build_reference(inputs, self.split, 0)
        self.chance = chance_coherence({VIEW: inputs}, self.split, COUNTS, seed=0)
        part = self.reference.parts["validation"]
        self.dispersions = null_dispersions(part.points, COUNTS, 0)
        self.genres = groups.astype(str)[self.split == "validation"]

    def score(self, clusterers: Sequence[str], finalist: bool) -> None:
        """Score the codes as those of a trial, or of a finalist."""
        train, codes = (self.codes[self.split == part] for part in ("train", "validation"))
        part = self.reference.parts["validation"]
        scores = score(
            train, codes, {VIEW: part}, {"genre": self.genres}, "genre", clusterers, COUNTS
        )
        if finalist:
            add_curves(
                scores.rows, scores.assignments, train, codes, part, self.dispersions, seed=0
            )
        add_coherence_excess(scores.rows, self.chance, "validation")


def kmeans_one_by_one(codes: Array, counts: Sequence[int], seed: int) -> list[tuple[Array, Array]]:
    """Return what `evaluation.kmeans.fit_kmeans` does, by scikit-learn."""
    sample = codes
    if len(codes) > kmeans.START_SONGS:
        drawn = np.random.default_rng(seed).choice(len(codes), kmeans.START_SONGS, replace=False)
        sample = codes[drawn]
    fits = [KMeans(count, n_init=THEIR_STARTS, random_state=seed).fit(sample) for count in counts]
    if sample is not codes:
        fits = [KMeans(fit.n_clusters, init=fit.cluster_centers_).fit(codes) for fit in fits]
    return [(fit.cluster_centers_, fit.labels_.astype(np.int32)) for fit in fits]


def mixtures_one_by_one(
    codes: Array, counts: Sequence[int], seed: int
) -> list[tuple[HighestPosterior, Array, float]]:
    """Return what `evaluation.mixture.fit_mixtures` does, by scikit-learn."""
    mean, scale = codes.mean(axis=0), np.sqrt(codes.var(axis=0).mean())
    scaled = (codes - mean) / scale
    found = []
    for count in counts:
        fits = [
            GaussianMixture(
                count, covariance_type=form, reg_covar=mixture.FLOOR, random_state=seed
            ).fit(scaled)
            for form in mixture.affordable(*codes.shape, count)
        ]
        best = min(fits, key=lambda fit: fit.bic(scaled))
        covariances = best.covariances_
        own = Mixture(
            best.covariance_type,
            best.weights_,
            best.means_,
            covariances[None] if best.covariance_type == "tied" else covariances,
        )
        weights, means = np.log(own.weights), mean + scale * own.means
        rule = HighestPosterior(weights, means, own.factors() / scale)
        found.append((rule, rule.assign(codes), float(best.bic(scaled))))
    return found


@contextmanager
def one_by_one() -> Iterator[None]:
    """Let every k-means and mixture be scikit-learn's within the block."""
    with ExitStack() as stack:
        for room in ("clusterers", "nulls", "mixture"):
            stack.enter_context(patch(f"evaluation.{room}.fit_kmeans", kmeans_one_by_one))
        stack.enter_context(patch("evaluation.clusterers.fit_mixtures", mixtures_one_by_one))
        yield


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--songs", type=int, nargs="+", default=[2_000, 20_000])
    options.add_argument("--repeats", type=int, default=3)
    given = options.parse_args()
    rows = []
    for songs in given.songs:
        model = Model(songs)
        for what, clusterers in (
            ("trial", OF_A_TRIAL),
            ("finalist by k-means", ("kmeans",)),
            ("finalist by mixtures", ("gaussian_mixture",)),
        ):
            finalist = what != "trial"

            def theirs(model=model, clusterers=clusterers, finalist=finalist) -> None:
                with one_by_one():
                    model.score(clusterers, finalist)

            def ours(model=model, clusterers=clusterers, finalist=finalist) -> None:
                model.score(clusterers, finalist)

            with threadpool_limits(1):
                spent = median_seconds({"one by one": theirs, "latentune": ours}, given.repeats)
            rows.append(
                {
                    "training songs": songs,
                    "scored": what,
                    **{f"{side}, s": time for side, time in spent.items()},
                    "ratio": spent["one by one"] / spent["latentune"],
                }
            )
    show("Scoring a model's codes", rows)


if __name__ == "__main__":
    main()
