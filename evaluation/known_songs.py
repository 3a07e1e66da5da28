"""How far partitions agree with a few known songs, and which of them a person should take.

Labels and same/different answers are both pairs of songs of which it is known whether they belong
together. Agreement is Cohen's kappa of a partition with these pairs; where every known song has a
label that is their adjusted Rand index (Warrens 2008). Known songs only choose among partitions
that were made without them (COBS, Van Craenendonck and Blockeel 2017).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evaluation.assignment import Array
from evaluation.external import adjusted_rand_index

AGREEMENT = "known_agreement"
"""The column by which known songs choose."""

DRAWS = 200
"""Draws of the bootstrap."""

INDISTINGUISHABLE, AS_GOOD = 2.0, 1 / 3
"""Standard errors of a difference in agreement: within the first two partitions cannot be told
apart, and within the second the more coherent one is taken."""

HALVINGS = 10
"""Random divisions of the known songs into two halves, by which agreement is cross-fitted."""

DRAWS_OF_HALVES = 50
"""Draws of the bootstrap within a half."""

MOST_PAIRS = 100_000
"""Pairs that labels stand for; of more a seeded sample counts."""

_BLOCK = 2**26
"""Numbers that are in memory at a time."""


@dataclass(frozen=True)
class KnownPairs:
    """Pairs of songs that belong together or do not.

    Attributes
    ----------
    first, second : (pairs,) rows of the songs.
    same : (pairs,) bool.
    answers : (pairs, 2) the answers that a pair stands on, of a person: of the labels of two
        songs, or twice the same one.
    n_labels, n_pairs : answers that are labels, which come first, and answers on a pair.
    """

    first: Array
    second: Array
    same: Array
    answers: Array
    n_labels: int
    n_pairs: int

    @classmethod
    def of(
        cls, rows: Array, classes: Array, pairs: Array | None = None, same: Array | None = None
    ) -> KnownPairs:
        """Return the pairs of labelled songs, and those that were answered themselves.

        Parameters
        ----------
        rows, classes : (labels,) rows of the songs and what they are.
        pairs, same : (n, 2) rows and (n,) bool.
        """
        i, j = np.triu_indices(len(rows), 1)
        if len(i) > MOST_PAIRS:
            kept = np.random.default_rng(0).choice(len(i), MOST_PAIRS, replace=False)
            i, j = i[kept], j[kept]
        pairs = np.empty((0, 2), np.int64) if pairs is None else np.asarray(pairs).reshape(-1, 2)
        same = np.empty(0, bool) if same is None else np.asarray(same, bool)
        own = len(rows) + np.arange(len(pairs))
        rows, classes = np.asarray(rows, np.int64), np.asarray(classes)
        return cls(
            np.concatenate([rows[i], pairs[:, 0]]),
            np.concatenate([rows[j], pairs[:, 1]]),
            np.concatenate([classes[i] == classes[j], same]),
            np.concatenate([np.stack([i, j], axis=1), np.stack([own, own], axis=1)]),
            len(rows),
            len(pairs),
        )

    def weights(self, counts: Array) -> Array:
        """Return how often each pair is there (draws, pairs), from the same of the answers."""
        one, other = self.answers.T
        return np.where(one == other, counts[:, one], counts[:, one] * counts[:, other])

    def drawn(self, draws: int, seed: int) -> Array:
        """Return weights (draws, pairs) of bootstraps over the answers of each kind."""
        random = np.random.default_rng(seed)
        counts = [
            random.multinomial(n, np.full(n, 1 / n), draws)
            for n in (self.n_labels, self.n_pairs)
            if n
        ]
        return self.weights(np.concatenate(counts, axis=1))

    def halves(self, halvings: int, seed: int) -> Iterator[tuple[Array, Array]]:
        """Yield weights (pairs,) of the pairs within one half and the other, and the reverse."""
        random = np.random.default_rng(seed)
        inside = np.zeros((halvings, self.n_labels + self.n_pairs), np.int64)
        for row in inside:
            for begin, n in ((0, self.n_labels), (self.n_labels, self.n_pairs)):
                row[begin + random.permutation(n)[: n // 2]] = 1
        for one, other in zip(self.weights(inside), self.weights(1 - inside), strict=True):
            yield one, other
            yield other, one


def agreement(partitions: Array, known: KnownPairs, weights: Array | None = None) -> Array:
    """Return Cohen's kappa (m, draws) of partitions (m, songs) with known pairs; chance is 0.

    Parameters
    ----------
    weights : (draws, pairs) how often each pair counts; once each by default.

    Cost: m * pairs * draws.
    """
    weights = np.ones((1, len(known.same))) if weights is None else weights
    weights = np.asarray(weights, np.float32).T
    total = weights.sum(axis=0, dtype=np.float64)
    in_class = known.same.astype(np.float64) @ weights
    found = np.empty((len(partitions), len(total)))
    size = max(1, _BLOCK // max(1, len(known.same)))
    for begin in range(0, len(partitions), size):
        block = partitions[begin : begin + size]
        together = (block[:, known.first] == block[:, known.second]).astype(np.float32)
        in_cluster = (together @ weights).astype(np.float64)
        both = ((together * known.same) @ weights).astype(np.float64)
        found[begin : begin + size] = adjusted_rand_index(both, in_cluster, in_class, total)
    return found


@dataclass(frozen=True)
class Choice:
    """What known songs say of partitions.

    Attributes
    ----------
    order : (m,) their places, the chosen one first and then by agreement.
    agreement, low, high : (m,) agreement and the ends of its 95 % interval.
    running : (m,) bool, which cannot be told from the best: the chosen is one of them.
    cross_fitted : agreement of what one half of the known songs chooses with the other half; None
        where there are too few.
    """

    order: Array
    agreement: Array
    low: Array
    high: Array
    running: Array
    cross_fitted: float | None


def choose(partitions: Array, known: KnownPairs, coherence: Array, seed: int = 0) -> Choice:
    """Return which partition to take, and which could as well be taken.

    It is the most coherent of those that agree about as well as the best, within a third of a
    standard error. Within a whole one few songs would leave so many that coherence, which cannot
    know what was meant, would decide.

    Parameters
    ----------
    partitions : (m, songs)
    coherence : (m,)
    """
    values, drawn = _bootstrapped(partitions, known, seed)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=1)
    first = _taken(values, drawn, coherence)
    order = np.lexsort((-coherence, -values))
    return Choice(
        np.concatenate([[first], order[order != first]]),
        values,
        low,
        high,
        _within(INDISTINGUISHABLE, values, drawn),
        _cross_fitted(partitions, known, coherence, seed),
    )


def chosen(
    partitions: Array, known: KnownPairs, coherence: Array, seed: int = 0
) -> tuple[int, Array]:
    """Return the place that `choose` takes and which are in the running (m,), and no more."""
    values, drawn = _bootstrapped(partitions, known, seed)
    return _taken(values, drawn, coherence), _within(INDISTINGUISHABLE, values, drawn)


def _bootstrapped(partitions: Array, known: KnownPairs, seed: int) -> tuple[Array, Array]:
    """Return agreement (m,), and the same over a bootstrap (m, draws)."""
    drawn = agreement(partitions, known, known.drawn(DRAWS, seed))
    return agreement(partitions, known)[:, 0], drawn


def _within(errors: float, values: Array, drawn: Array) -> Array:
    """Return which values (m,) are within so many standard errors of the best: a mask (m,).

    Parameters
    ----------
    drawn : (m, draws) the same over a bootstrap, from which the errors of differences follow.
    """
    best = values.argmax()
    return values[best] - values <= errors * (drawn[best] - drawn).std(axis=1)


def _taken(values: Array, drawn: Array, coherence: Array) -> int:
    near = _within(AS_GOOD, values, drawn)
    return int(np.lexsort((-values, np.where(near, -coherence, np.inf)))[0])


def _cross_fitted(
    partitions: Array, known: KnownPairs, coherence: Array, seed: int
) -> float | None:
    """Return the mean agreement with one half of the known songs of what the other chooses."""
    found = []
    drawn = known.drawn(DRAWS_OF_HALVES, seed)
    for choosing, judging in known.halves(HALVINGS, seed):
        if all(_tells(known, half) for half in (choosing, judging)):
            values = agreement(partitions, known, choosing[None])[:, 0]
            first = _taken(values, agreement(partitions, known, drawn * choosing), coherence)
            found.append(agreement(partitions[[first]], known, judging[None])[0, 0])
    return float(np.mean(found)) if len(found) >= HALVINGS else None


def _tells(known: KnownPairs, half: Array) -> bool:
    """Return whether some pairs of a half belong together and some do not."""
    return bool((half * known.same).any() and (half * ~known.same).any())
