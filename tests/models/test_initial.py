"""Starting weights depend on seed, place and the active latent size alone."""

import numpy as np
import pytest

from models.initial import WeightSpec, draw, fans

SPECS = [
    WeightSpec((20, 6), 1),
    WeightSpec((6,), 0, 0.0),
    WeightSpec((6, 10), 0),
    WeightSpec((10,), None, 1.0),
]


def test_fans_of_dense_and_convolutional_kernels():
    assert fans((20, 6)) == (20, 6)
    assert fans((3, 3, 4, 8)) == (36, 72)


def test_a_wide_latent_starts_as_the_small_one_would():
    small = [WeightSpec(spec.active(2), spec.latent_axis, spec.start) for spec in SPECS]
    for spec, wide, alone in zip(SPECS, draw(SPECS, 3, 2), draw(small, 3, 2), strict=True):
        np.testing.assert_array_equal(wide[spec.slices(2)], alone)
        assert np.count_nonzero(wide) == np.count_nonzero(alone)


def test_kernels_are_within_the_bound_of_glorot_and_fill_it():
    kernel = draw([WeightSpec((300, 200))], 0, 1)[0]
    assert np.abs(kernel).max() == pytest.approx(np.sqrt(6 / 500), rel=0.01)
    assert np.abs(kernel).max() <= np.sqrt(6 / 500)


def test_seeds_differ_and_repeat():
    assert np.array_equal(draw(SPECS, 1, 3)[0], draw(SPECS, 1, 3)[0])
    assert not np.array_equal(draw(SPECS, 1, 3)[0], draw(SPECS, 2, 3)[0])
