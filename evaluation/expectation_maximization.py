"""Expectation-maximisation of many Gaussian mixtures of the same codes at once.

The logarithm of a Gaussian's density is linear in the numbers 1, x_i and x_i x_j of a code, and
so are the moments from which it is estimated. So both steps are one matrix product each, of the
codes' numbers with the components of all mixtures: what NumPy does fastest. The steps, their
order and when they end are those of scikit-learn's `GaussianMixture`, and so is the result, but
for the last digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluation.assignment import Array

Form = Literal["full", "tied", "diag"]

TOLERANCE = 1e-3
"""Gain in mean log likelihood below which a mixture has ended."""

ITERATIONS = 100
"""After which a mixture ends in any case."""

NUMBERS_TOGETHER = 2**22
"""Of songs by numbers of a code, held at once; 32 MiB."""

SMALLEST = 10 * np.finfo(np.float64).eps
"""Added to the size of a component, which may have no song."""


@dataclass(frozen=True)
class Mixture:
    """A mixture of k Gaussians of d dimensions.

    Attributes
    ----------
    form : of the covariances: one for each component, one for all, or variances alone
    weights : (k,), of sum 1
    means : (k, d)
    covariances : (k, d, d), (1, d, d) or (k, d), by their form
    """

    form: Form
    weights: Array
    means: Array
    covariances: Array

    def factors(self) -> Array:
        """Return Cholesky factors of the precisions, (k, d, d), or (k, d) if diagonal."""
        return _factors(self.form, self.covariances, np.array([len(self.weights)]))

    def parameters(self) -> int:
        """Return the number of free parameters."""
        count, size = self.means.shape
        each = size if self.form == "diag" else size * (size + 1) // 2
        return each * (1 if self.form == "tied" else count) + count * size + count - 1

    def bic(self, log_likelihood: float, songs: int) -> float:
        """Return the Bayesian information criterion at a mean log likelihood of the songs."""
        return float(-2 * songs * log_likelihood + self.parameters() * np.log(songs))


@dataclass(frozen=True)
class _Mixtures:
    """Mixtures of one form, the components of one after those of another.

    Attributes
    ----------
    counts : (m,) components of each mixture
    weights, means : (k,) and (k, d), k the sum of the counts
    covariances : (k, d, d), (m, d, d) or (k, d), by their form
    """

    form: Form
    counts: Array
    weights: Array
    means: Array
    covariances: Array

    @classmethod
    def of(cls, mixtures: Sequence[Mixture]) -> _Mixtures:
        return cls(
            mixtures[0].form,
            np.array([len(one.weights) for one in mixtures]),
            np.concatenate([one.weights for one in mixtures]),
            np.concatenate([one.means for one in mixtures]),
            np.concatenate([one.covariances for one in mixtures]),
        )

    def apart(self) -> list[Mixture]:
        """Return the mixtures."""
        edges = np.cumsum(self.counts)[:-1]
        by_mixture = self.form == "tied"
        covariances = np.split(self.covariances, len(self.counts) if by_mixture else edges)
        parts = zip(
            np.split(self.weights, edges), np.split(self.means, edges), covariances, strict=True
        )
        return [Mixture(self.form, *part) for part in parts]

    def factors(self) -> Array:
        """Return Cholesky factors of the precisions, (k, d, d), or (k, d) if diagonal."""
        return _factors(self.form, self.covariances, self.counts)


def _factors(form: Form, covariances: Array, counts: Array) -> Array:
    if form == "diag":
        return 1 / np.sqrt(covariances)
    factors = np.linalg.inv(np.linalg.cholesky(covariances)).swapaxes(1, 2)
    return np.repeat(factors, counts, axis=0) if form == "tied" else factors


def fit_together(
    codes: Array, counts: Sequence[int], starts: Sequence[Array], form: Form, floor: float
) -> list[tuple[Mixture, float]]:
    """Return a mixture from each start, and the mean log likelihood of the codes under it.

    Parameters
    ----------
    codes : (n, d) float64, of a scale near 1
    counts : components of each mixture
    starts : clusters (n,) of the codes, from 0 and below the count, that each begins at
    form : see `Mixture`
    floor : added to every variance

    Cost: at most `ITERATIONS` times two products of (n, d**2 / 2) and (d**2 / 2, sum of counts),
    .35 s for 15 counts at 1,800 songs x 16.
    """
    numbers = _Numbers(form, codes)
    found = _maximised(_first(starts, counts, numbers), np.array(counts), numbers, floor).apart()
    before = np.full(len(counts), -np.inf)
    running = list(range(len(counts)))
    for _ in range(ITERATIONS):
        mixtures = _Mixtures.of([found[place] for place in running])
        moments, likelihoods = _expected(mixtures, numbers)
        mixtures = _maximised(moments, mixtures.counts, numbers, floor)
        for place, mixture in zip(running, mixtures.apart(), strict=True):
            found[place] = mixture
        gains = np.abs(likelihoods - before[running])
        before[running] = likelihoods
        running = [place for place, gain in zip(running, gains, strict=True) if gain >= TOLERANCE]
        if not running:
            break
    sums = sum(own for *_, own in _responsibilities(_Mixtures.of(found), numbers))
    return [
        (mixture, float(own) / numbers.songs)
        for mixture, own in zip(found, np.asarray(sums), strict=True)
    ]


class _Numbers:
    """The numbers of a code of d dimensions in which log densities are linear.

    They are 1, x_i, and x_i x_j for i <= j, or x_i squared where covariances are diagonal.
    """

    def __init__(self, form: Form, codes: Array) -> None:
        self.form = form
        self.size = size = codes.shape[1]
        self._rows, self._columns = (
            (np.arange(size), np.arange(size)) if form == "diag" else np.triu_indices(size)
        )
        self.width = 1 + size + len(self._rows)
        together = max(1, NUMBERS_TOGETHER // self.width)
        self._parts = [slice(start, start + together) for start in range(0, len(codes), together)]
        self._codes = codes
        self.songs = len(codes)
        self._whole = self._of(codes) if len(self._parts) == 1 else None

    def blocks(self) -> Iterator[tuple[slice, Array]]:
        """Yield the numbers (m, width) of some codes at a time, and which codes these are."""
        for part in self._parts:
            yield part, self._of(self._codes[part]) if self._whole is None else self._whole

    def _of(self, codes: Array) -> Array:
        numbers = np.empty((len(codes), self.width))
        numbers[:, 0] = 1
        numbers[:, 1 : 1 + self.size] = codes
        products = numbers[:, 1 + self.size :]
        np.multiply(codes[:, self._rows], codes[:, self._columns], out=products)
        return numbers

    def second(self, moments: Array) -> Array:
        """Return second moments (k, d, d), or (k, d), of moments (k, width)."""
        flat = moments[:, 1 + self.size :]
        if self.form == "diag":
            return flat
        square = np.empty((len(flat), self.size, self.size))
        square[:, self._rows, self._columns] = flat
        square[:, self._columns, self._rows] = flat
        return square

    def log_densities(self, mixtures: _Mixtures) -> Array:
        """Return the coefficients (width, k) of weighted log densities."""
        count, size = mixtures.means.shape
        factors = mixtures.factors()
        if self.form == "diag":
            precisions = factors**2
            log_scales = np.log(factors).sum(axis=1)
            pulls = precisions * mixtures.means
            quadratic = precisions
        else:
            matrices = factors @ factors.swapaxes(1, 2)
            log_scales = np.log(np.einsum("kdd->kd", factors)).sum(axis=1)
            pulls = np.einsum("kde,ke->kd", matrices, mixtures.means)
            twice = np.where(self._rows == self._columns, 1, 2)
            quadratic = matrices[:, self._rows, self._columns] * twice
        coefficients = np.empty((self.width, count))
        distances = np.einsum("kd,kd->k", pulls, mixtures.means)
        constants = log_scales - 0.5 * (size * np.log(2 * np.pi) + distances)
        coefficients[0] = constants + np.log(mixtures.weights)
        coefficients[1 : 1 + size] = pulls.T
        coefficients[1 + size :] = -0.5 * quadratic.T
        return coefficients


def _first(starts: Sequence[Array], counts: Sequence[int], numbers: _Numbers) -> Array:
    """Return moments (k, width) of the clusters that the mixtures begin at."""
    sums = [np.zeros((count, numbers.width)) for count in counts]
    for songs, part in numbers.blocks():
        for own, start, count in zip(sums, starts, counts, strict=True):
            own += (start[songs, None] == np.arange(count)).T.astype(np.float64) @ part
    return np.concatenate(sums)


def _expected(mixtures: _Mixtures, numbers: _Numbers) -> tuple[Array, Array]:
    """Return moments (k, width) of all components, and mean log likelihoods (m,)."""
    moments = np.zeros((len(mixtures.weights), numbers.width))
    likelihoods = np.zeros(len(mixtures.counts))
    for part, shares, sums in _responsibilities(mixtures, numbers):
        likelihoods += sums
        moments += shares.T @ part
    return moments, likelihoods / numbers.songs


def _responsibilities(
    mixtures: _Mixtures, numbers: _Numbers
) -> Iterator[tuple[Array, Array, Array]]:
    """Yield numbers (songs, width) of codes, shares of all components in them, and likelihoods.

    Shares are (songs, k), and the sums of log likelihoods (m,).
    """
    coefficients = numbers.log_densities(mixtures)
    counts = mixtures.counts
    edges = np.cumsum(counts) - counts
    for _, part in numbers.blocks():
        shares = part @ coefficients
        largest = np.maximum.reduceat(shares, edges, axis=1)
        shares -= np.repeat(largest, counts, axis=1)
        np.exp(shares, out=shares)
        totals = np.add.reduceat(shares, edges, axis=1)
        shares /= np.repeat(totals, counts, axis=1)
        yield part, shares, (np.log(totals) + largest).sum(axis=0)


def _maximised(moments: Array, counts: Array, numbers: _Numbers, floor: float) -> _Mixtures:
    """Return the mixtures of so many components that have these moments (k, width)."""
    size, edges = numbers.size, np.cumsum(counts) - counts
    sizes = moments[:, 0] + SMALLEST
    means = moments[:, 1 : 1 + size] / sizes[:, None]
    second = numbers.second(moments)
    if numbers.form == "diag":
        covariances = second / sizes[:, None] - means**2 + floor
    else:
        squares = means[:, :, None] * means[:, None, :]
        if numbers.form == "tied":
            pooled = np.add.reduceat(second - sizes[:, None, None] * squares, edges)
            covariances = pooled / np.add.reduceat(sizes, edges)[:, None, None]
        else:
            covariances = second / sizes[:, None, None] - squares
        covariances[:, np.arange(size), np.arange(size)] += floor
    weights = sizes / np.repeat(np.add.reduceat(sizes, edges), counts)
    return _Mixtures(numbers.form, counts, weights, means, covariances)
