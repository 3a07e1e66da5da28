"""What every clusterer promises."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import adjusted_rand_score

from evaluation.assignment import RULES, from_arrays, to_arrays
from evaluation.clusterers import Clusterer, Fitted
from search.contracts.promise import hold, promises

_RANDOM = np.random.default_rng(0)
_TRUTH = _RANDOM.integers(3, size=260)
_CODES = 8 * _RANDOM.normal(size=(3, 4))[_TRUTH] + _RANDOM.normal(size=(260, 4))
_TRAIN, _NEW = _CODES[:200], _CODES[200:]


def finds_separate_clusters(clusterer: Clusterer) -> None:
    """Well separated clusters are found in training and in new songs."""
    fitted = clusterer.fit(_TRAIN, 3, seed=0)
    hold(fitted.n_clusters_found == 3, f"{fitted.n_clusters_found} of 3 are found")
    for clusters, truth in ((fitted.clusters, _TRUTH[:200]), (fitted.predict(_NEW), _TRUTH[200:])):
        covered = clusters >= 0
        hold(covered.mean() > 0.8, f"{1 - covered.mean():.0%} of the songs are noise")
        ari = adjusted_rand_score(truth[covered], clusters[covered])
        hold(ari > 0.95, f"their ARI with the clusters is {ari:.2f}")


def gives_int32(clusterer: Clusterer) -> None:
    """Clusters are int32 and noise is -1."""
    fitted = clusterer.fit(_TRAIN, 5, seed=0)
    for clusters, songs in ((fitted.clusters, 200), (fitted.predict(_NEW), 60)):
        hold(clusters.shape == (songs,), f"{songs} songs have clusters of shape {clusters.shape}")
        hold(clusters.dtype == np.int32, f"they are {clusters.dtype}")
        hold(clusters.min() >= -1, f"one is {clusters.min()}")


def predicts_training_songs(clusterer: Clusterer) -> None:
    """The clusters of the training songs are those that the rule gives them, noise apart."""
    fitted = clusterer.fit(_TRAIN, 3, seed=0)
    covered = fitted.clusters >= 0
    same = (fitted.predict(_TRAIN) == fitted.clusters)[covered].mean()
    hold(same > 0.95, f"{1 - same:.0%} of them are given another")


def repeats_itself(clusterer: Clusterer) -> None:
    """The seed decides the result."""
    one, same = (clusterer.fit(_TRAIN, 5, seed=7) for _ in range(2))
    hold(np.array_equal(one.clusters, same.clusters), "the same seed gives other clusters")
    hold(np.array_equal(one.predict(_NEW), same.predict(_NEW)), "new songs get other clusters")


def counts_are_alone(clusterer: Clusterer) -> None:
    """A range of counts gives what each count gives alone."""
    fits = clusterer.fit_counts(_TRAIN, [2, 4, 7], seed=1)
    hold(len(fits) == 3, f"3 counts give {len(fits)} clusterings")
    for count, fitted in zip([2, 4, 7], fits, strict=True):
        alone = clusterer.fit(_TRAIN, count, seed=1)
        hold(np.array_equal(fitted.clusters, alone.clusters), f"{count} clusters differ")


def keeps_the_count(clusterer: Clusterer) -> None:
    """As many clusters are found as are asked for, unless the clusterer chooses their number."""
    if not clusterer.takes_count:
        return
    for count, fitted in zip([1, 3, 6], clusterer.fit_counts(_TRAIN, [1, 3, 6]), strict=True):
        hold(fitted.n_clusters_found == count, f"{fitted.n_clusters_found} of {count} are found")


def assigns_one_by_one(clusterer: Clusterer) -> None:
    """New songs are assigned one by one as all together."""
    fitted = clusterer.fit(_TRAIN, 3, seed=0)
    alone = np.concatenate([fitted.predict(code[None]) for code in _NEW[:10]])
    hold(np.array_equal(alone, fitted.predict(_NEW)[:10]), "alone they go elsewhere")


def bears_few_distinct_songs(clusterer: Clusterer) -> None:
    """Fewer distinct songs than clusters give fewer clusters, and no exception."""
    codes = np.repeat(np.array([[0.0, 0.0], [9.0, 0.0]]), 15, axis=0)
    fitted = clusterer.fit(codes, 12, seed=0)
    hold(fitted.n_clusters_found <= 2, f"2 distinct songs give {fitted.n_clusters_found}")
    hold(len(fitted.predict(codes)) == 30, "songs are lost")


def bears_equal_songs(clusterer: Clusterer) -> None:
    """Equal songs, and two alone, are no exception."""
    for codes in (np.zeros((40, 3)), np.arange(6.0).reshape(2, 3)):
        found = clusterer.fit(codes, 5, seed=0).predict(codes)
        hold(found.shape == (len(codes),), f"{len(codes)} songs have clusters of {found.shape}")


def takes_float32(clusterer: Clusterer) -> None:
    """Codes of float32 serve."""
    fitted = clusterer.fit(_TRAIN.astype(np.float32), 3, seed=0)
    hold(fitted.predict(_NEW.astype(np.float32)).dtype == np.int32, "clusters are no int32")


def leaves_codes(clusterer: Clusterer) -> None:
    """The codes are left as they are."""
    codes = _TRAIN.copy()
    clusterer.fit(codes, 3, seed=0).predict(codes)
    hold(np.array_equal(codes, _TRAIN), "they are changed")


def is_saved_as_arrays(clusterer: Clusterer) -> None:
    """It comes back from plain arrays: its rule is one of evaluation.assignment.RULES."""
    fitted = clusterer.fit(_TRAIN, 3, seed=0)
    hold(type(fitted.rule) in RULES.values(), f"its rule is a {type(fitted.rule).__name__}")
    loaded = Fitted(from_arrays(to_arrays(fitted.rule)), fitted.clusters)
    hold(np.array_equal(loaded.predict(_NEW), fitted.predict(_NEW)), "it assigns otherwise")


def refuses_impossible_codes(clusterer: Clusterer) -> None:
    """Codes that cannot be clustered are refused in a sentence that names the clusterer."""
    for codes in (np.full((9, 2), np.nan), np.zeros(9), np.zeros((0, 2)), np.zeros((1, 2))):
        _refused(clusterer, codes, [2], f"{clusterer.name}: codes of shape")


def refuses_impossible_counts(clusterer: Clusterer) -> None:
    """Impossible counts are refused in a sentence."""
    for counts in ([0, 3], []):
        _refused(clusterer, _TRAIN, counts, "must all be 1 or more")


def _refused(
    clusterer: Clusterer, codes: np.ndarray, counts: Sequence[int], sentence: str
) -> None:
    try:
        clusterer.fit_counts(codes, counts)
    except ValueError as error:
        hold(sentence in str(error), f"it says {error}")
    else:
        hold(False, f"codes of shape {codes.shape} at the counts {[*counts]} are taken")


PROMISES = promises(
    finds_separate_clusters,
    gives_int32,
    predicts_training_songs,
    repeats_itself,
    counts_are_alone,
    keeps_the_count,
    assigns_one_by_one,
    bears_few_distinct_songs,
    bears_equal_songs,
    takes_float32,
    leaves_codes,
    is_saved_as_arrays,
    refuses_impossible_codes,
    refuses_impossible_counts,
)
