"""How long a run is expected to take, from what a probe measured of its parts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from models import FAMILIES
from search.experiment.maps import MOST_METHODS
from search.experiment.probe import Network, Probe, Timing
from search.experiment.selection import Candidate, chosen
from search.study.size import distinct_trials
from search.study.space import Configuration, baseline_configurations, default_configuration
from search.tasks.task import Task

STARTING = 11.0
"""Seconds until Ray and the driver are there, beside what workers import; seen on two cores."""

ENDING = 10.0
"""Seconds in which the report is drawn and all processes end; seen on two cores."""

COMPARING = 4.0
"""Seconds in which finalists are compared; seen on two cores."""

PER_TRIAL = 0.15
"""Seconds of each trial in which its worker waits for the driver; seen on two cores."""


CROWDED = 1.1
"""How much longer trials take than in a probe where workers have all cores, so that the driver
and Ray have none of their own; seen on two cores."""


@dataclass(frozen=True)
class Trials:
    """How many trials a run has.

    Attributes
    ----------
    distinct : searched trials whose model no other one has, see `distinct_trials`.
    finalists, seeds : as they are chosen where every trial takes as long as expected.
    """

    baselines: int
    searched: int
    distinct: float
    finalists: int
    seeds: int
    nulls: int


@dataclass(frozen=True)
class Expectation:
    """What a run is expected to be.

    Attributes
    ----------
    stages : part of the run -> seconds, in their order; the consensus with the comparison.
    """

    trials: Trials
    stages: Mapping[str, float]

    @property
    def seconds(self) -> float:
        """Seconds of the whole run."""
        return sum(self.stages.values())


def expect(task: Task, probe: Probe, workers: int, cores: int, cpus: int = 1) -> Expectation:
    """Return what a run of an adapted task is expected to be.

    Families, views and reducers are expected to be proposed equally often, and each family is as
    likely as another to be the best.

    Parameters
    ----------
    workers : trials at a time.
    cores : of this machine.
    cpus : of them for each worker.
    """
    distinct = distinct_trials(task)
    each = distinct / len(task.families)
    seconds = {
        family: _Seconds.of(family, task, probe, each if family in task.families else 0.0)
        for family in _families(task)
    }
    baselines = [one for name in task.baselines for one in baseline_configurations(task, name)]
    searching = sum(each * seconds[family].trial for family in task.families)
    again = [_finalists(order, baselines, seconds, searching) for order in _orders(task)]
    trained = {family: each for family in task.families}
    for family, count in Counter(one.family for one in baselines).items():
        trained[family] = trained.get(family, 0.0) + count
    used = min(workers, max(len(baselines) + distinct, 1.0))
    slower = CROWDED if used * cpus >= cores else 1.0
    compiling = _compiling(task, probe, trained, used)
    basis = sum(seconds[one.family].trial for one in baselines)
    finalists, seeds = (round(fmean(of)) for of in zip(*map(_counts, again), strict=True))
    nulls = task.null_collections if finalists else 0
    winner = fmean(seconds[one].anew for some, _ in again for one in some) if finalists else 0.0
    start = (used * probe.imports + probe.preparing) / min(cores, used + 1)
    methods = min(MOST_METHODS, finalists + 1) if finalists else 0
    turns = math.ceil(methods / min(cores, max(methods, 1)))

    def shared(work: float, trials: float) -> float:
        return slower * (work + trials * PER_TRIAL) / max(min(workers, trials), 1.0)

    def trained_again(families: Sequence[str], seeds: int) -> float:
        training = sum(seconds[family].training for family in families)
        scoring = probe.first_seed + (seeds - 1) * probe.other_seed + seeds * probe.reducing
        return shared(seeds * training + len(families) * scoring, seeds * len(families))

    stages = {
        "start": STARTING + slower * max(start, probe.imports, probe.preparing),
        "baselines": shared(basis, len(baselines)),
        "search": shared(searching, distinct) + slower * (compiling / used + probe.reducer_start),
        "finalists": fmean(trained_again(*one) for one in again),
        "consensus": COMPARING + seeds * probe.consensus if finalists else 0.0,
        "null collections": shared(nulls * (probe.null + winner), nulls),
        "report": ENDING + (probe.layout_start + turns * probe.layout if methods else 0.0),
    }
    trials = Trials(len(baselines), task.trials, distinct, finalists, seeds, nulls)
    return Expectation(trials, stages)


@dataclass(frozen=True)
class _Seconds:
    """What one family takes, mean over its views.

    Attributes
    ----------
    training : where it is compiled.
    trial : training and scoring, with the reducers of the task.
    anew : training on other songs, for whose components it is compiled once more.
    """

    training: float
    trial: float
    anew: float

    @classmethod
    def of(cls, family: str, task: Task, probe: Probe, searched: float) -> _Seconds:
        """Return the means over so many searched trials; over a baseline's where these are 0.

        The first of the searched ones is the family's default, in its first view.
        """
        networks = _networks(family, probe)
        seen = task.views_of(family)
        share = max(searched - 1.0, 0.0) / len(seen) if searched else 1.0
        weights = {view: share for view in seen}
        weights[seen[0]] += min(searched, 1.0)
        total = sum(weights.values())

        def mean(of: Mapping[Network, float]) -> float:
            return (
                sum(value * weights[view] for one, value in of.items() for view in one.views)
                / total
            )

        training = mean({one: timing.training for one, timing in networks.items()})
        scoring = mean({one: timing.scoring for one, timing in networks.items()})
        dense = {
            one: timing.compiling if one.kind == "mlp" else 0.0 for one, timing in networks.items()
        }
        return cls(training, training + scoring + probe.reducing, training + mean(dense))


def _families(task: Task) -> list[str]:
    return [*dict.fromkeys((*task.families, *task.baselines))]


def _networks(family: str, probe: Probe) -> dict[Network, Timing]:
    return {one: timing for one, timing in probe.networks.items() if one.family == family}


def _compiling(task: Task, probe: Probe, trained: Mapping[str, float], workers: float) -> float:
    """Return seconds that all workers compile for, of so many trials of each family.

    Each compiles once for every view, and for every value of what is built into a network.
    """
    found = 0.0
    for network, timing in probe.networks.items():
        trials = trained.get(network.family, 0.0)
        built = {h.name for h in FAMILIES[network.family].hyperparameters if h.when == "compile"}
        if any(
            one.choices[1:] or one.low != one.high
            for name, one in task.ranges(network.family).items()
            if name in built
        ):
            found += timing.compiling * trials
            continue
        in_view = trials / max(len(task.views_of(network.family)), 1)
        reached = workers * (1.0 - (1.0 - 1.0 / workers) ** in_view)
        found += timing.compiling * reached * len(network.views)
    return found


def _orders(task: Task) -> list[Task]:
    """Return the task with each of its families as the first in turn."""
    families = task.families
    return [
        replace(task, families=(*families[place:], *families[:place]))
        for place in range(len(families))
    ]


def _counts(again: tuple[list[str], int]) -> tuple[int, int]:
    families, seeds = again
    return len(families), seeds


def _finalists(
    task: Task,
    baselines: list[Configuration],
    seconds: Mapping[str, _Seconds],
    searching: float,
) -> tuple[list[str], int]:
    """Return families of the finalists, and seeds, where each trial takes what is expected.

    The first family of the task has the best trial, and so on in turns.
    """
    if not task.finalist_seeds:
        return [], 0
    signs = [1 if one.direction == "maximize" else -1 for one in task.objectives]
    searched = [
        default_configuration(task, task.families[number % len(task.families)])
        for number in range(task.trials)
    ]
    candidates = []
    leaking = {*task.leaking}
    for number, one in [*enumerate(searched), *((-1 - n, one) for n, one in enumerate(baselines))]:
        if one.settings.get("condition") in leaking:
            continue
        role = "search" if number >= 0 else "baseline"
        worth = -float(number if number >= 0 else task.trials - number)
        values = tuple(sign * worth for sign in signs)
        candidates.append(Candidate(number, role, one, values, seconds[one.family].trial))
    finalists, seeds = chosen(candidates, task, searching)
    return [one.configuration.family for one in finalists], seeds
