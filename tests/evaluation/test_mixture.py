"""Gaussian mixtures: scikit-learn's posterior and BIC, whatever the scale of the codes."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from evaluation.clusterers import CLUSTERERS

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
