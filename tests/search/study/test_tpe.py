"""What Optuna's TPE looks at and samples, by names that Optuna does not promise to keep."""

import json
from typing import Any

import numpy as np
import optuna
import pytest
from optuna.trial import FrozenTrial, create_trial

from search.study.sampler import sampler
from search.study.space import (
    FAMILY,
    asked_for,
    default_configuration,
    parameters,
    propose,
)
from search.study.tpe import BoundedTPE
from search.tasks.reading import read_task

SPACE = {"x": optuna.distributions.FloatDistribution(0.0, 1.0)}
SETTINGS: dict[str, Any] = {"seed": 3, "multivariate": True, "group": True}

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


def trials_of(count: int) -> list[FrozenTrial]:
    xs = np.random.default_rng(0).random(count).tolist()
    return [create_trial(params={"x": x}, distributions=SPACE, value=1 - abs(x - 0.3)) for x in xs]


def proposed(trials: list[FrozenTrial], sampler: optuna.samplers.BaseSampler) -> float:
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.add_trials(trials)
    return study.ask(SPACE).params["x"]


def test_the_sampler_sees_the_trials_that_it_is_given_and_no_others() -> None:
    trials = trials_of(60)
    some = [*range(0, 60, 2)]
    alone = proposed([trials[number] for number in some], optuna.samplers.TPESampler(**SETTINGS))
    whole = proposed(trials, BoundedTPE(**SETTINGS))
    assert proposed(trials, BoundedTPE(some, **SETTINGS)) == alone != whole


@pytest.fixture(scope="module")
def study() -> optuna.Study:
    """Forty trials of the task `hard`, whose families have ranges of their own."""
    task = read_task("hard")
    study = optuna.create_study(directions=["maximize"] * len(task.objectives))
    for number in range(40):
        study.sampler = sampler(task, number)
        trial = study.ask()
        score = -abs(np.log2(propose(trial, task).settings["latent_size"]) - 4)
        if number < 30:
            study.tell(trial, [score] * len(task.objectives))
    return study


def test_a_proposal_samples_what_its_family_is_asked_for_and_nothing_else(
    study: optuna.Study,
) -> None:
    sampled = {
        trial.params[FAMILY]: json.loads(trial.system_attrs["tpe:relative_params:0"])
        for trial in study.trials[6:]
        if "fixed_params" not in trial.system_attrs
    }
    assert len(sampled) > 1
    for family, values in sampled.items():
        assert {*values} <= asked_for(read_task("hard"), family)


def test_no_parameter_is_sampled_by_itself_that_trials_before_had(study: optuna.Study) -> None:
    last = study.trials[-1]
    assert {*last.params} == {*json.loads(last.system_attrs["tpe:relative_params:0"])}


def test_without_families_to_choose_from_everything_is_sampled() -> None:
    task = read_task("easy")
    study = optuna.create_study(directions=["maximize"] * len(task.objectives))
    for number in range(12):
        study.sampler = sampler(task, number)
        propose(study.ask(), task)
        study.tell(number, [float(number)] * len(task.objectives))
    sampled = json.loads(study.trials[-1].system_attrs["tpe:relative_params:0"])
    assert {*sampled} == {*study.trials[-1].params} > {"latent_size", "beta"}


@pytest.mark.parametrize("name", ["easy", "medium", "hard"])
def test_a_family_is_asked_for_what_its_default_has(name: str) -> None:
    task = read_task(name)
    for family in task.families:
        assert asked_for(task, family) >= {*parameters(task, default_configuration(task, family))}
