"""Bases of all inputs: shapes, scales and what the network is given."""

import numpy as np
import pytest

from models import bases
from models.bases import Bases
from tests.models.test_basis import songs

SHAPES = {"audio": (9, 13), "lyrics": (20,), "condition": (2,)}


@pytest.fixture
def inputs() -> dict[str, np.ndarray]:
    has = (np.arange(50) < 40).astype(np.float32)[:, None]
    lyrics = has * songs(shape=(20,))
    return {"audio": songs(), "lyrics": lyrics, "has_lyrics": has, "condition": np.ones((50, 2))}


def test_every_input_of_songs_has_a_basis_of_its_own(inputs):
    found = bases.fit(inputs, 0.99)
    assert found.given(SHAPES) == {"audio": (32,), "lyrics": (20,), "condition": (2,)}
    assert Bases.of(found.arrays()).keys() == found.keys() == {"audio", "lyrics"}
    assert sorted(found.arrays()) == [
        f"{name}_{part}"
        for name in ("audio", "lyrics")
        for part in ("components", "deviations", "mean")
    ]


def test_what_is_projected_is_restored(inputs):
    found = bases.fit(inputs, 1.0)
    given = found.project(inputs)
    assert given["condition"] is inputs["condition"]
    back = found.restore({name: given[name] for name in found}, SHAPES)
    sung = inputs["has_lyrics"][:, 0] > 0
    np.testing.assert_allclose(back["audio"], inputs["audio"], atol=1e-4)
    np.testing.assert_allclose(back["lyrics"][sung], inputs["lyrics"][sung], atol=1e-4)


def test_components_enter_at_unit_mean_square_and_leave_at_their_deviations(inputs):
    found = bases.fit(inputs, 0.99)
    for name, (down, up) in found.scales(SHAPES).items():
        deviations = found[name].deviations
        assert np.mean((down * deviations) ** 2) == pytest.approx(1.0, rel=1e-5)
        np.testing.assert_array_equal(up, deviations)


def test_lyrics_without_a_basis_vary_in_all_as_much_as_the_audio():
    assert Bases().scales(SHAPES)["lyrics"] == pytest.approx(
        ((20 / 117) ** 0.5, (117 / 20) ** 0.5)
    )
    assert Bases().scales({"audio": (9, 13)}) == {}


def test_there_are_no_more_components_than_songs_or_features():
    assert bases.most_given(SHAPES, 12) == {"audio": (12,), "lyrics": (12,), "condition": (2,)}
    assert bases.most_given(SHAPES, 10**6) == {**SHAPES, "audio": (117,)}
