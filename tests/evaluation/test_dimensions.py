"""Wide codes in fewer dimensions: every distance stays, and with it what distances decide."""

import numpy as np
import pytest
from sklearn.metrics import pairwise_distances

from evaluation.clusterers import CLUSTERERS
from evaluation.dimensions import fewest_dimensions
from evaluation.stability import prediction_strengths, stability


def clouds(count: int, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    centres = random.normal(size=(3, dimensions))
    points = centres[random.integers(3, size=count)] + 0.7 * random.normal(
        size=(count, dimensions)
    )
    return points[: count * 2 // 3], points[count * 2 // 3 :]


def test_distances_stay() -> None:
    parts = clouds(30, 200)
    few = fewest_dimensions(*parts)
    assert [part.shape for part in few] == [(20, 30), (10, 30)]
    for one, other in ((0, 0), (0, 1), (1, 1)):
        np.testing.assert_allclose(
            pairwise_distances(few[one], few[other]),
            pairwise_distances(parts[one], parts[other]),
            atol=1e-9,
        )


def test_points_in_few_dimensions_are_left_as_they_are() -> None:
    parts = clouds(30, 5)
    assert all(few is part for few, part in zip(fewest_dimensions(*parts), parts, strict=True))


@pytest.mark.parametrize("name", [name for name, one in CLUSTERERS.items() if one.rotates])
def test_what_distances_decide_stays(name: str) -> None:
    parts, counts = clouds(60, 300), [2, 3, 4]
    few = fewest_dimensions(*parts)
    for score in (stability, prediction_strengths):
        whole = score(CLUSTERERS[name], parts[0], parts[1], counts, 0)
        narrow = score(CLUSTERERS[name], few[0], few[1], counts, 0)
        np.testing.assert_allclose(narrow, whole, atol=1e-9)
