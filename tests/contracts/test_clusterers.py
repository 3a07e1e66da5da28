"""The promises of every clusterer, kept by one suite."""

import numpy as np
import pytest

from evaluation.assignment import from_arrays
from evaluation.clusterers import CLUSTERERS
from search.contracts.clusterers import PROMISES


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.look.__name__)
@pytest.mark.parametrize("name", [*CLUSTERERS])
def test_every_promise_is_kept(name, promise):
    promise.look(CLUSTERERS[name])


@pytest.mark.parametrize("name", [*CLUSTERERS])
def test_it_is_listed_under_its_own_name(name):
    assert CLUSTERERS[name].name == name


def test_arrays_of_something_else_are_no_clusterer():
    with pytest.raises(ValueError, match="hold no clustering rule"):
        from_arrays({"centres": np.zeros((2, 2))})
