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
        if self.form == "diag":
            return 1 / np.sqrt(self.covariances)
        inverse = np.linalg.inv(np.linalg.cholesky(self.covariances))
        return np.broadcast_to(inverse.swapaxes(1, 2), (*self.means.shape, self.means.shape[1]))

    def parameters(self) -> int:
        """Return the number of free parameters."""
        count, size = self.means.shape
        each = size if self.form == "diag" else size * (size + 1) // 2
        return each * (1 if self.form == "tied" else count) + count * size + count - 1

    def bic(self, log_likelihood: float, songs: int) -> float:
        """Return the Bayesian information criterion at a mean log likelihood of the songs."""
        return float(-2 * songs * log_likelihood + self.parameters() * np.log(songs))


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
    found = [_maximised(moments, numbers, floor) for moments in _first(starts, counts, numbers)]
    before = np.full(len(counts), -np.inf)
    running = list(range(len(counts)))
    for _ in range(ITERATIONS):
        moments, likelihoods = _expected([found[place] for place in running], numbers)
        for place, own in zip(running, moments, strict=True):
            found[place] = _maximised(own, numbers, floor)
        gains = np.abs(likelihoods - before[running])
        before[running] = likelihoods
        running = [place for place, gain in zip(running, gains, strict=True) if gain >= TOLERANCE]
        if not running:
            break
    sums = sum(own for *_, own in _responsibilities(found, numbers))
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

    def log_densities(self, mixture: Mixture) -> Array:
        """Return the coefficients (width, k) of weighted log densities."""
        count, size = mixture.means.shape
        factors = mixture.factors()
        if self.form == "diag":
            precisions = factors**2
            log_scales = np.log(factors).sum(axis=1)
            pulls = precisions * mixture.means
            quadratic = precisions
        else:
            matrices = factors @ factors.swapaxes(1, 2)
            log_scales = np.log(np.einsum("kdd->kd", factors)).sum(axis=1)
            pulls = np.einsum("kde,ke->kd", matrices, mixture.means)
            twice = np.where(self._rows == self._columns, 1, 2)
            quadratic = matrices[:, self._rows, self._columns] * twice
        coefficients = np.empty((self.width, count))
        distances = np.einsum("kd,kd->k", pulls, mixture.means)
        constants = log_scales - 0.5 * (size * np.log(2 * np.pi) + distances)
        coefficients[0] = constants + np.log(mixture.weights)
        coefficients[1 : 1 + size] = pulls.T
        coefficients[1 + size :] = -0.5 * quadratic.T
        return coefficients


def _first(starts: Sequence[Array], counts: Sequence[int], numbers: _Numbers) -> list[Array]:
    """Return moments (k, width) of the clusters that each mixture begins at."""
    sums = [np.zeros((count, numbers.width)) for count in counts]
    for songs, part in numbers.blocks():
        for own, start, count in zip(sums, starts, counts, strict=True):
            own += (start[songs, None] == np.arange(count)).T.astype(np.float64) @ part
    return sums


def _expected(mixtures: Sequence[Mixture], numbers: _Numbers) -> tuple[list[Array], Array]:
    """Return moments (k, width) of every mixture's components, and mean log likelihoods."""
    moments = np.zeros((sum(len(one.weights) for one in mixtures), numbers.width))
    likelihoods = np.zeros(len(mixtures))
    for part, shares, sums in _responsibilities(mixtures, numbers):
        likelihoods += sums
        moments += shares.T @ part
    edges = np.cumsum([len(one.weights) for one in mixtures])[:-1]
    return np.split(moments, edges), likelihoods / numbers.songs


def _responsibilities(
    mixtures: Sequence[Mixture], numbers: _Numbers
) -> Iterator[tuple[Array, Array, Array]]:
    """Yield numbers (m, width) of codes, the shares of all components in them, and likelihoods.

    Shares are (m, components), and the sums of log likelihoods (mixtures,).
    """
    coefficients = np.concatenate([numbers.log_densities(one) for one in mixtures], axis=1)
    counts = np.array([len(one.weights) for one in mixtures])
    edges = np.concatenate([[0], np.cumsum(counts)[:-1]])
    for _, part in numbers.blocks():
        shares = part @ coefficients
        largest = np.maximum.reduceat(shares, edges, axis=1)
        shares -= np.repeat(largest, counts, axis=1)
        np.exp(shares, out=shares)
        totals = np.add.reduceat(shares, edges, axis=1)
        shares /= np.repeat(totals, counts, axis=1)
        yield part, shares, (np.log(totals) + largest).sum(axis=0)


def _maximised(moments: Array, numbers: _Numbers, floor: float) -> Mixture:
    """Return the mixture of these moments (k, width)."""
    size = numbers.size
    sizes = moments[:, 0] + SMALLEST
    means = moments[:, 1 : 1 + size] / sizes[:, None]
    second = numbers.second(moments)
    if numbers.form == "diag":
        covariances = second / sizes[:, None] - means**2 + floor
    else:
        if numbers.form == "tied":
            pooled = second.sum(axis=0) - (sizes[:, None] * means).T @ means
            covariances = pooled[None] / sizes.sum()
        else:
            covariances = second / sizes[:, None, None] - means[:, :, None] * means[:, None, :]
        covariances[:, np.arange(size), np.arange(size)] += floor
    return Mixture(numbers.form, sizes / sizes.sum(), means, covariances)
