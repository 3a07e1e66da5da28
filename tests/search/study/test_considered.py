"""Very many trials: a proposal is made from some of them, and the same ones after a break."""

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState, create_trial

from search.study.considered import BEST, LATEST, RUNNING, Considered

SPACE = {"x": optuna.distributions.FloatDistribution(0.0, 1.0)}


def trial(x: float, state: TrialState = TrialState.COMPLETE) -> FrozenTrial:
    value = 1 - abs(x - 0.3) if state is TrialState.COMPLETE else None
    return create_trial(state=state, params={"x": x}, distributions=SPACE, value=value)


def study_of(trials: list[FrozenTrial]) -> optuna.Study:
    study = optuna.create_study(direction="maximize")
    study.add_trials(trials)
    return study


def many(count: int, running: int = 0) -> list[FrozenTrial]:
    xs = np.random.default_rng(0).random(count + running)
    states = [TrialState.COMPLETE] * count + [TrialState.RUNNING] * running
    return [trial(float(x), state) for x, state in zip(xs, states, strict=True)]


def test_all_are_considered_where_they_are_few() -> None:
    assert Considered(study_of(many(LATEST, RUNNING))).numbers() == [*range(LATEST + RUNNING)]


def test_of_many_the_best_and_the_latest_are_considered() -> None:
    trials = many(2000, running=400)
    found = Considered(study_of(trials)).numbers()
    values = np.array([one.value for one in trials[:2000]])
    assert {*np.argsort(-values)[:BEST].tolist()} <= {*found}
    assert {*range(2000 - LATEST, 2000), *range(2400 - RUNNING, 2400)} <= {*found}
    assert len(found) <= BEST + LATEST + RUNNING


def test_a_trial_that_fails_a_guard_is_not_among_the_best() -> None:
    considered = Considered(study_of([]))
    for number in range(600):
        considered.ended(number, [float(number == 0)], {"r2": 0.1} if number == 0 else {})
    assert 0 not in considered.numbers() and 1 in considered.numbers()


def test_every_objective_keeps_its_best() -> None:
    considered = Considered(optuna.create_study(directions=["maximize", "minimize"]))
    for number in range(900):
        considered.ended(number, [-float(number), -float(number == 1)], {})
    assert {0, 1} <= {*considered.numbers()}


def test_in_whatever_order_trials_end_the_same_are_considered_as_after_a_break() -> None:
    trials = many(900)
    considered = Considered(study_of([]))
    for number in np.random.default_rng(1).permutation(900).tolist():
        considered.begun(number)
        considered.ended(number, trials[number].values, {})
    assert considered.numbers() == Considered(study_of(trials)).numbers()


def test_a_trial_that_failed_or_was_ended_early_counts_as_optuna_counts_it() -> None:
    considered = Considered(study_of([]))
    for number in range(3):
        considered.begun(number)
    considered.failed(0)
    considered.ended(1, None, {})
    assert considered.numbers() == [1, 2]
