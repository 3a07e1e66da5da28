"""Gaussian mixtures: scikit-learn's posterior and BIC, whatever the scale of the codes."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from evaluation.clusterers import CLUSTERERS
from evaluation.mixture import affordable

RNG = np.random.default_rng(4)
TILTED = np.concatenate(
    [RNG.multivariate_normal(mean, [[1, 0.9], [0.9, 1]], 400) for mean in ([0, 0], [2.5, -2.5])]
)
MIXTURE = CLUSTERERS["gaussian_mixture"]


def test_components_of_any_shape_are_told_apart():
    fitted = MIXTURE.fit(TILTED, 2)
    half = np.repeat([0, 1], 400)
    assert max((fitted.clusters == half).mean(), (fitted.clusters != half).mean()) > 0.99


def test_bic_equals_scikit_learns():
    theirs = GaussianMixture(2, covariance_type="tied", random_state=0).fit(TILTED).bic(TILTED)
    assert MIXTURE.fit(TILTED, 2).bic == pytest.approx(theirs, rel=1e-3)


def test_bic_prefers_the_true_count():
    bics = [fitted.bic for fitted in MIXTURE.fit_counts(TILTED, [1, 2, 3, 4])]
    assert int(np.argmin(bics)) == 1


@pytest.mark.parametrize("scale", [1e-4, 1e4])
def test_the_scale_of_the_codes_changes_no_cluster(scale):
    np.testing.assert_array_equal(
        MIXTURE.fit(TILTED * scale, 3).clusters, MIXTURE.fit(TILTED, 3).clusters
    )


def test_wide_codes_have_diagonal_covariances_and_the_posterior_of_scikit_learn():
    wide = np.concatenate([RNG.normal(size=(40, 600)), RNG.normal(size=(40, 600)) + 0.5])
    fitted = MIXTURE.fit(wide, 2)
    assert fitted.rule.factors.shape == (2, 600)
    theirs = GaussianMixture(2, covariance_type="diag", random_state=0).fit(wide)
    same = fitted.predict(wide) == theirs.predict(wide)
    assert max(same.mean(), 1 - same.mean()) > 0.95


def test_a_form_with_more_parameters_than_numbers_is_not_tried():
    # 30 codes of 40 dimensions are 1,200 numbers; full takes 4 * 820 of them, tied 820.
    assert affordable(30, 40, 4) == ["tied", "diag"]
    assert affordable(100, 40, 4) == ["full", "tied", "diag"]
    assert affordable(10_000, 600, 4) == ["diag"]
