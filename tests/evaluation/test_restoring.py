"""Clusterers and reducers come back from arrays, a stranger's too, only if such were fitted."""

import numpy as np
import pytest

from evaluation import assignment
from evaluation.assignment import HighestPosterior, NearestCentre, NearestSong, from_arrays
from evaluation.reducers import Neighbourhood, restore

CODES = np.random.default_rng(0).normal(size=(30, 2))
CENTRES = NearestCentre(CODES[:3])
MIXTURE = HighestPosterior(np.log([0.5, 0.5]), CODES[:2], np.ones((2, 2)))
NEIGHBOUR = NearestSong(CODES, np.arange(30, dtype=np.int32) % 3, np.array(np.inf))
REDUCER = Neighbourhood(CODES.astype("f4"), np.repeat(CODES, 3, axis=1)[:, :5].astype("f4"))

WRONG_RULES = {
    "no rule": (CENTRES, {"rule": np.array("pickle")}),
    "several rules": (CENTRES, {"rule": np.array(["NearestCentre", "NearestSong"])}),
    "a number for a rule": (CENTRES, {"rule": np.array(3)}),
    "bytes that are no text": (CENTRES, {"rule": np.array(b"\xff")}),
    "centres of one axis": (CENTRES, {"centres": np.zeros(3)}),
    "no centres": (CENTRES, {"centres": np.zeros((0, 2))}),
    "centres of NaN": (CENTRES, {"centres": np.full((3, 2), np.nan)}),
    "centres beyond all bounds": (CENTRES, {"centres": np.full((3, 2), 1e200)}),
    "centres of text": (CENTRES, {"centres": np.full((3, 2), b"a")}),
    "fewer weights than means": (MIXTURE, {"log_weights": np.zeros(1)}),
    "factors of other dimensions": (MIXTURE, {"factors": np.ones((2, 2, 3))}),
    "factors of no covariance": (MIXTURE, {"factors": np.zeros((2, 2))}),
    "weights of nothing": (MIXTURE, {"log_weights": np.full(2, -np.inf)}),
    "clusters of fewer songs": (NEIGHBOUR, {"clusters": np.zeros(3, np.int32)}),
    "clusters of half numbers": (NEIGHBOUR, {"clusters": np.zeros(30)}),
    "a cluster of 2^40": (NEIGHBOUR, {"clusters": np.full(30, 2**40)}),
    "a radius of NaN": (NEIGHBOUR, {"radius": np.array(np.nan)}),
    "a radius for each song": (NEIGHBOUR, {"radius": np.ones(30)}),
    "songs without dimensions": (NEIGHBOUR, {"codes": np.zeros((30, 0))}),
}


@pytest.mark.parametrize("what", WRONG_RULES)
def test_arrays_of_no_rule_are_refused(what):
    rule, changes = WRONG_RULES[what]
    with pytest.raises(ValueError) as error:
        from_arrays({**assignment.to_arrays(rule), **changes})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("rule", [CENTRES, MIXTURE, NEIGHBOUR])
def test_a_rule_takes_codes_of_its_own_dimensions_only(rule):
    restored = from_arrays(assignment.to_arrays(rule))
    np.testing.assert_array_equal(restored.assign(CODES), rule.assign(CODES))
    for codes in (CODES[:, :1], np.hstack([CODES, CODES]), CODES[0]):
        with pytest.raises(ValueError, match="go to no clusters of 2 dimensions"):
            restored.assign(codes)


def test_many_clusters_are_assigned_block_by_block(monkeypatch):
    whole = [(rule, rule.assign(CODES)) for rule in (CENTRES, MIXTURE)]
    monkeypatch.setattr(assignment, "NUMBERS_TOGETHER", 20)
    for rule, clusters in whole:
        np.testing.assert_array_equal(rule.assign(CODES), clusters)


def test_a_rule_without_songs_calls_every_song_noise():
    empty = NearestSong(np.zeros((0, 2)), np.zeros(0, np.int32), np.array(1.0))
    restored = from_arrays(assignment.to_arrays(empty))
    assert (restored.assign(CODES) == assignment.NOISE).all()


@pytest.mark.parametrize(
    "changes",
    [
        {"codes": np.zeros((3, 2), "f4")},
        {"codes": np.zeros((30, 2), int)},
        {"embedding": np.full((30, 5), np.inf, "f4")},
        {"embedding": np.zeros((30, 1000), "f4")},
        {"embedding": np.zeros(30, "f4")},
        {"more": np.zeros(30, "f4")},
    ],
)
def test_arrays_of_no_head_are_refused(changes):
    with pytest.raises(ValueError, match="arrays|finite|dimensions"):
        restore({**REDUCER.arrays(), **changes})


def test_a_head_without_one_of_its_arrays_is_refused():
    with pytest.raises(ValueError, match="are of no reducer"):
        restore({"codes": CODES})


def test_a_head_takes_codes_of_its_own_dimensions_only():
    restored = restore(REDUCER.arrays())
    np.testing.assert_array_equal(restored.transform(CODES), REDUCER.transform(CODES))
    with pytest.raises(ValueError, match="go to no clusters"):
        restored.transform(CODES[:, :1])


def test_numbers_of_another_precision_are_taken_as_fitted():
    arrays = {**assignment.to_arrays(CENTRES), "centres": CENTRES.centres.astype(np.float16)}
    restored = from_arrays(arrays)
    assert restored.centres.dtype == np.float64
    assert (restored.assign(CODES) == CENTRES.assign(CODES)).mean() > 0.9
