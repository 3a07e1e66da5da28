"""Mixtures that are fitted together are those that scikit-learn fits one by one."""

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture

from evaluation import expectation_maximization
from evaluation.expectation_maximization import Form, fit_together
from evaluation.kmeans import fit_kmeans

FLOOR = 1e-3
COUNTS = [1, 2, 5, 9]
FORMS: list[Form] = ["full", "tied", "diag"]


def _scaled(codes: np.ndarray) -> np.ndarray:
    return (codes - codes.mean(axis=0)) / np.sqrt(codes.var(axis=0).mean())


CODES = {
    "digits": _scaled(PCA(8, random_state=0).fit_transform(load_digits().data[:700])),
    "noise": _scaled(np.random.default_rng(0).normal(size=(400, 5))),
    "one dimension": _scaled(np.random.default_rng(1).normal(size=(200, 1)) ** 3),
}


class GivenStart(GaussianMixture):  # type: ignore[misc]
    """Scikit-learn's mixture that begins at given clusters."""

    def __init__(self, n_components: int, covariance_type: str, clusters: np.ndarray) -> None:
        super().__init__(n_components, covariance_type=covariance_type, reg_covar=FLOOR)
        self.clusters = clusters

    def _initialize_parameters(self, codes: np.ndarray, *_: Any, **__: Any) -> None:
        self._initialize(codes, np.eye(self.n_components)[self.clusters])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("codes", CODES.values(), ids=CODES)
@pytest.mark.parametrize("form", FORMS)
def test_the_same_starts_give_scikit_learns_mixtures(codes: np.ndarray, form: Form) -> None:
    starts = [clusters for _, clusters in fit_kmeans(codes, COUNTS, 0)]
    own = fit_together(codes, COUNTS, starts, form, FLOOR)
    for (mixture, likelihood), count, start in zip(own, COUNTS, starts, strict=True):
        theirs = GivenStart(count, form, start).fit(codes)
        assert likelihood == pytest.approx(theirs.score(codes), rel=1e-9)
        assert mixture.bic(likelihood, len(codes)) == pytest.approx(theirs.bic(codes), rel=1e-9)
        np.testing.assert_allclose(mixture.means, theirs.means_, atol=1e-7)
        factors = np.broadcast_to(theirs.precisions_cholesky_, mixture.factors().shape)
        np.testing.assert_allclose(mixture.factors(), factors, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("form", FORMS)
def test_songs_in_blocks_give_the_same(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = CODES["digits"]
    starts = [clusters for _, clusters in fit_kmeans(codes, COUNTS, 0)]
    whole = fit_together(codes, COUNTS, starts, form, FLOOR)
    monkeypatch.setattr(expectation_maximization, "NUMBERS_TOGETHER", 4_000)
    for (_, one), (_, other) in zip(
        whole, fit_together(codes, COUNTS, starts, form, FLOOR), strict=True
    ):
        assert one == pytest.approx(other, rel=1e-12)


def test_a_component_without_a_song_does_no_harm() -> None:
    codes = CODES["noise"]
    ((mixture, likelihood),) = fit_together(codes, [3], [np.arange(len(codes)) % 2], "full", FLOOR)
    assert np.isfinite(likelihood)
    assert mixture.weights.tolist() == pytest.approx([0.5, 0.5, 0], abs=0.1)
