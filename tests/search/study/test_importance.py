"""What each searched hyperparameter explains of the objective."""

from collections.abc import Callable

import optuna
import pytest

from search.study.importance import FEWEST_TRIALS, importances


@pytest.fixture(autouse=True)
def quiet() -> None:
    optuna.logging.set_verbosity(optuna.logging.WARNING)


def study(
    objective: Callable[[optuna.Trial], float | tuple[float, float]],
    n_trials: int,
    **given: object,
) -> optuna.Study:
    sampler = optuna.samplers.RandomSampler(seed=0)
    made = optuna.create_study(sampler=sampler, **given)
    made.optimize(objective, n_trials=n_trials)
    return made


def mostly_beta(trial: optuna.Trial) -> float:
    family = trial.suggest_categorical("family", ("a", "b"))
    if family == "a":
        trial.suggest_float("a.depth", 0, 1)
    return trial.suggest_float("beta", 0, 10) + trial.suggest_int("n_clusters", 2, 9) / 100


def test_what_decides_comes_first_and_shares_sum_to_one() -> None:
    found = importances(study(mostly_beta, 30))
    assert found is not None
    assert list(found["names"])[0] == "beta" and found["values"][0] > 0.8
    assert set(found["names"]) == {"beta", "family", "n_clusters"}
    assert found["values"].sum() == pytest.approx(1)


def test_of_several_objectives_the_first_counts() -> None:
    both = study(
        lambda trial: (mostly_beta(trial), trial.params["n_clusters"]),
        30,
        directions=["maximize", "minimize"],
    )
    found = importances(both)
    assert found is not None and found["names"][0] == "beta"


def test_too_few_trials_and_trials_all_alike_have_none() -> None:
    assert importances(study(mostly_beta, FEWEST_TRIALS - 1)) is None
    assert importances(study(lambda trial: 1.0, FEWEST_TRIALS)) is None

    def alike(trial: optuna.Trial) -> float:
        trial.suggest_float("beta", 0, 1)
        return 1.0

    assert importances(study(alike, FEWEST_TRIALS)) is None
