"""Does it pay to end trials early? Searches with and without, replayed on models trained once.

    python benchmarks/halving.py FOLDER [--task easy] [--models 72]

Models at random points of a task's space are trained to the end, and how each stood at its rungs
is kept, with the seconds it took. Then searches of 24 trials in random order are replayed: all to
their end, or with successive halving, which goes on with further models for as long.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import optuna
from families import described, one_thread, read
from measuring import show

from search.study.pruning import pruner
from search.study.space import propose
from search.tasks.adaptation import adapt, restrict_inputs
from search.tasks.reading import read_task
from search.tasks.task import Task
from search.trial.inputs import TrialInputs, prepare
from search.trial.records import IntermediateResult, TrialResult, TrialSpec
from search.trial.trial import steps

SEED = 2026

INPUTS: dict[str, TrialInputs] = {}
"""View -> what its models share, made once in each process."""


@dataclass(frozen=True)
class Trained:
    """One model.

    Attributes
    ----------
    rungs : step, value and seconds until then.
    seconds : of the whole trial, scoring included.
    value : coherence above chance of its best clustering that held every guard; 0 if none did.
    """

    rungs: tuple[tuple[int, float, float], ...]
    seconds: float
    value: float


def main() -> None:
    """Read the command line, train, replay, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("songs", metavar="digits|DIR")
    parser.add_argument("--task", default="easy")
    parser.add_argument("--models", type=int, default=72)
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--epochs", type=int, help="of the task by default")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    changes: dict[str, object] = {"scheduler": "asha"}
    if given.epochs:
        changes["epochs"] = given.epochs
    with ProcessPoolExecutor(
        given.workers, multiprocessing.get_context("spawn"), initializer=one_thread
    ) as pool:
        n = given.models
        models = list(
            pool.map(trained, [given.songs] * n, [given.task] * n, [changes] * n, range(n))
        )
    task = read_task(given.task, changes)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    print(f"{described(given.songs, read(given.songs))}; {n} models of the task {given.task}")
    replays = [replayed(models, task, given.trials, seed) for seed in range(given.searches)]
    show(f"{given.searches} searches of {given.trials} trials", rows(replays))


def trained(name: str, task_name: str, changes: dict[str, object], place: int) -> Trained:
    """Train and score the model of this place in the pool."""
    songs = read(name)
    task = read_task(task_name, changes)
    task = adapt(task, restrict_inputs(task, songs), lambda said: None)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=SEED + place))
    configuration = propose(study.ask(), task)
    view = configuration.view
    if view not in INPUTS:
        INPUTS[view] = prepare(restrict_inputs(task, songs), task.for_view(view))
    inputs = INPUTS[view]
    trial = steps(TrialSpec(place, "search", configuration, task.seed), inputs, task)
    rungs = []
    while True:
        try:
            made = next(trial)
        except StopIteration as end:
            result: TrialResult = end.value
            break
        if isinstance(made, IntermediateResult):
            rungs.append((made.step, made.value, made.result.row["train_seconds"]))
    feasible = [
        row["coherence_excess"] for row in result.clusterings if row["status"] == "complete"
    ]
    spent = sum(result.row.get(part) or 0.0 for part in ("train_seconds", "score_seconds"))
    return Trained(tuple(rungs), spent, max(feasible, default=0.0))


def replayed(models: Sequence[Trained], task: Task, trials: int, seed: int) -> dict[str, float]:
    """Seconds and best value of one search to the end, and of one that ends trials early."""
    order = [models[place] for place in np.random.default_rng(seed).permutation(len(models))]
    plain = order[:trials]
    goal = sum(model.seconds for model in plain)
    study = optuna.create_study(direction="maximize", pruner=pruner(task))
    ends = [halved(study, model) for model in order]
    pairs = list(zip(order, ends, strict=True))
    spent = np.cumsum([model.seconds if end is None else end for model, end in pairs])
    best = [model.value if end is None else 0.0 for model, end in pairs]
    in_time = int(np.searchsorted(spent, goal, side="right"))
    return {
        "seconds, to the end": goal,
        "seconds, halving": float(spent[trials - 1]),
        "trials ended early": trials - ends[:trials].count(None),
        "best, to the end": max(model.value for model in plain),
        "best, halving, as many trials": max(best[:trials]),
        "trials, halving, in as many seconds": in_time,
        "best, halving, in as many seconds": max(best[:in_time], default=0.0),
    }


def halved(study: optuna.Study, model: Trained) -> float | None:
    """Seconds after which a trial is ended; None if it goes to its end."""
    trial = study.ask()
    for step, value, spent in model.rungs:
        trial.report(value, step)
        if trial.should_prune():
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            return spent
    study.tell(trial, model.value)
    return None


def rows(replays: Sequence[dict[str, float]]) -> list[dict[str, object]]:
    """Means over the searches, and the ratio of the times."""
    mean = {name: float(np.mean([replay[name] for replay in replays])) for name in replays[0]}
    found: list[dict[str, object]] = [
        {"what": name, "mean": value} for name, value in mean.items()
    ]
    ratio = mean["seconds, halving"] / mean["seconds, to the end"]
    return [*found, {"what": "seconds, halving / to the end, ratio", "mean": ratio}]


if __name__ == "__main__":
    main()
