"""Guards: the bounds, what applies, and what a failure says."""

import math

import pytest

from evaluation.guards import (
    GUARD,
    GUARDS,
    Failure,
    failures,
    measured,
    recorded_failures,
    within,
)

HEALTHY = {
    "active_units": 5,
    "balance": 0.8,
    "r2": 0.4,
    "shuffle_drop": 0.3,
    "coverage": 1.0,
    "count": 1.0,
    "silhouette": 0.1,
    "davies_bouldin": 2.0,
    "calinski_harabasz": 50.0,
    "coherence": 0.9,
}


def failing(values: dict[str, float | None]) -> list[Failure]:
    """The guards that fail for the columns of a trial."""
    return failures(measured(values))


def violations(values: dict[str, float | None]) -> dict[str, float]:
    """How far the columns of a trial are short of every guard that applies."""
    measures = measured(values)
    return {name: GUARDS[name].violation(value) for name, value in measures.items()}


def test_a_healthy_trial_fails_no_guard():
    assert failing(HEALTHY) == []
    assert set(violations(HEALTHY)) == {*GUARDS}
    assert all(amount <= 0 for amount in violations(HEALTHY).values())


@pytest.mark.parametrize(
    ("guard", "at_bound", "holds"),
    [
        ("active_units", 2, True),
        ("balance", 0.6, True),
        ("r2", 0.05, False),
        ("shuffle_drop", 0.0, False),
        ("coverage", 0.8, True),
        ("count", 1.0, True),
    ],
)
def test_each_bound_holds_or_fails_at_the_bound_itself(guard, at_bound, holds):
    assert (failing(HEALTHY | {guard: at_bound}) == []) is holds
    (failure,) = failing(HEALTHY | {guard: at_bound - 0.01})
    assert failure.guard == guard
    assert failure.violation > 0


def test_violation_grows_with_the_distance_from_the_bound():
    assert violations({"balance": 0.3})["balance"] == pytest.approx(0.5)
    assert violations({"active_units": 0})["active_units"] == pytest.approx(1)


@pytest.mark.parametrize("score", ["silhouette", "davies_bouldin", "calinski_harabasz"])
def test_an_undefined_score_fails_the_finite_guard(score):
    assert [failure.guard for failure in failing(HEALTHY | {score: None})] == ["finite"]


def test_any_nan_fails_the_finite_guard():
    assert [failure.guard for failure in failing(HEALTHY | {"kl": math.nan})] == ["finite"]
    assert {failure.guard for failure in failing(HEALTHY | {"r2": math.nan})} == {"r2", "finite"}


def test_what_a_model_does_not_have_is_not_asked_of_it():
    assert failing(HEALTHY | {"active_units": None, "shuffle_drop": None}) == []
    assert set(violations({"r2": 0.5})) == {"r2", "finite"}


def test_a_failure_says_which_guard_and_its_value():
    (failure,) = failing(HEALTHY | {"balance": 0.5012})
    assert str(failure) == "balance 0.501, bound 0.6"


@pytest.mark.parametrize("changes", [{}, {"balance": 0.3}, {"r2": math.nan}, {"coherence": None}])
def test_what_guards_were_held_against_tells_the_same_failures_again(changes):
    values = HEALTHY | changes
    row = {f"{GUARD}{name}": value for name, value in measured(values).items()}
    assert recorded_failures(row) == failing(values)


@pytest.mark.parametrize(
    ("found", "value"), [(2, 1.0), (9, 1.0), (16, 1.0), (31, 16 / 31), (1, 1 / 2), (0, 0.0)]
)
def test_a_count_outside_of_those_allowed_fails_by_how_far_it_is_outside(found, value):
    assert within(found, range(2, 17)) == pytest.approx(value)
    failed = failing(HEALTHY | {"count": within(found, range(2, 17))})
    assert [failure.guard for failure in failed] == (["count"] if value < 1 else [])
