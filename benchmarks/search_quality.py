"""How many trials does Optuna's sampler save against random search, on the default objective?

    python benchmarks/search_quality.py FOLDER [--table models.parquet] [--compare]

A grid of models over the space of the task `medium`, with the families that vectors allow, is
trained once and scored with every clusterer and count. Searches are then replayed on that table:
a proposal is answered by the nearest model of the same family, view and head, at the clusterer and
count it asks for. Both sides of the comparison propose from the same space by the same code.

Two curves are followed: the best value *told*, which is what a sampler works for, and the best
*clustering* of any model so far, which is what a search ends with, for it scores every count.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
from families import one_thread, read
from measuring import show
from optuna.samplers import BaseSampler, RandomSampler, TPESampler

from data import Songs
from models import FAMILIES, defaults
from search.adaptation import adapt, heard_by
from search.bench import prepare
from search.outcome import Ask
from search.space import Configuration, default_parameters, propose
from search.study import sampler
from search.task import Task, read_task
from search.trial import run

FAMILIES_OF_VECTORS = ("mlp_vae", "beta_tcvae", "vade")
SEED = 0
CELL = ["family", "view", "head"]

Sampling = Callable[[int, int], BaseSampler]
"""The sampler of a seed and the number of a trial."""


@dataclass(frozen=True)
class Side:
    """One way to search.

    Attributes
    ----------
    sampling : see `Sampling`.
    defaults : whether the default of each family is tried first.
    best : whether a trial tells the value of its best clustering, not of the one it asked for.
    """

    sampling: Sampling
    defaults: bool = True
    best: bool = False


def tpe(seed: int, number: int, **settings: Any) -> BaseSampler:
    """Optuna's TPE, seeded anew for each trial as in a search."""
    own = int(np.random.SeedSequence([seed, number]).generate_state(1)[0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return TPESampler(seed=own, **settings)


def random(seed: int, number: int) -> BaseSampler:
    """Every point of the space alike."""
    return RandomSampler(seed=int(np.random.SeedSequence([seed, number]).generate_state(1)[0]))


RANDOM, SEARCH = "random", "as a search does"
SIDES = {RANDOM: Side(random, defaults=False), SEARCH: Side(sampler)}
TRIED = {
    "random after the defaults": Side(random),
    "without defaults": Side(sampler, defaults=False),
    "best clustering told": Side(sampler, best=True),
    **{
        name: Side(partial(tpe, **settings))
        for name, settings in {
            "TPE as it comes": {},
            "independent": {"multivariate": False},
            "multivariate": {"multivariate": True},
            "group": {"multivariate": True, "group": True},
            "group, 5 random first": {"multivariate": True, "group": True, "n_startup_trials": 5},
            "group, no liar": {"multivariate": True, "group": True, "constant_liar": False},
            "group, 5 first, 100 candidates": {
                "multivariate": True,
                "group": True,
                "n_startup_trials": 5,
                "n_ei_candidates": 100,
            },
            "independent, 5 first": {"multivariate": False, "n_startup_trials": 5},
        }.items()
    },
}


def main() -> None:
    """Read the command line, train what is missing, replay, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("songs", metavar="DIR", help="feature vectors, such as gtzan-bangla")
    parser.add_argument("--most-songs", type=int, default=800)
    parser.add_argument("--steps", type=int, default=8, help="of each axis of the grid")
    parser.add_argument("--table", type=Path, default=Path("search_quality.parquet"))
    parser.add_argument("--trials", type=int, nargs="+", default=[24, 100])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--at-a-time", type=int, default=1, help="trials that run at a time")
    parser.add_argument("--compare", action="store_true", help="other settings of the sampler")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    songs = some(read(given.songs), given.most_songs)
    task = adapt(table_task(), heard_by(table_task(), songs), lambda said: None)
    with ProcessPoolExecutor(
        given.workers, multiprocessing.get_context("spawn"), initializer=one_thread
    ) as pool:
        if not given.table.exists():
            grid = list(points(task, given.steps))
            trained = pool.map(scored, [songs] * len(grid), [task] * len(grid), grid, chunksize=8)
            pd.concat(trained, ignore_index=True).to_parquet(given.table, index=False)
        rows = pd.read_parquet(given.table)
        sides = {**SIDES, **TRIED} if given.compare else SIDES
        most = max(given.trials)
        jobs = {
            name: [
                pool.submit(replayed, rows, task, name, most, seed, given.at_a_time)
                for seed in range(given.seeds)
            ]
            for name in sides
        }
        curves = {name: np.array([job.result() for job in some]) for name, some in jobs.items()}
    print(f"{rows.groupby(CELL).ngroups} kinds of model, {rows['model'].nunique()} models")
    for place, what in enumerate(("told", "clustering")):
        show(
            f"Best value {what}, median of {given.seeds} seeds",
            [
                row
                for trials in given.trials
                for row in table({name: c[:, place] for name, c in curves.items()}, trials)
            ],
        )


# -- the table of models -------------------------------------------------------------------


def some(songs: Songs, most: int) -> Songs:
    """At most so many of the songs, drawn once and for all."""
    order = np.random.default_rng(SEED).permutation(len(songs))[:most]
    return songs.select(np.sort(order))


def table_task() -> Task:
    """The task `medium` with families for vectors, without what comes after the search."""
    return read_task(
        "medium",
        {
            "families": list(FAMILIES_OF_VECTORS),
            "inputs": ["audio"],
            "baselines": [],
            "finalist_seeds": 0,
            "surrogates": 0,
        },
    )


def points(task: Task, steps: int) -> Iterator[Configuration]:
    """The grid: every family, view and head at `steps` latent sizes and as many betas."""
    for family, head in product(task.families, task.heads):
        ranges = task.ranges(family)
        axes = [
            dict.fromkeys(
                float(f"{value:.3g}")
                for value in np.geomspace(ranges[name].low, ranges[name].high, steps)
            )
            for name in ("latent_size", "beta")
        ]
        for view, size, beta in product(task.views_of(family), *axes):
            settings = {"latent_size": round(size), "beta": beta}
            yield Configuration(
                family,
                view,
                head,
                defaults(FAMILIES[family], settings),
                task.clusterers[0],
                task.clusters[0],
            )


def scored(songs: Songs, task: Task, configuration: Configuration) -> pd.DataFrame:
    """Every clustering of one model: its coherence, and by how much each guard failed."""
    bench = prepare(heard_by(task, songs), task.for_view(configuration.view))
    outcome = run(Ask(0, "search", configuration, SEED), bench, task)
    if not outcome.clusterings:
        raise SystemExit(f"{configuration}: {outcome.row['error']}")
    return pd.DataFrame(
        {
            "model": configuration.model,
            **{name: getattr(configuration, name) for name in CELL},
            "latent_size": configuration.settings["latent_size"],
            "beta": configuration.settings["beta"],
            "clusterer": row["clusterer"],
            "n_clusters": row["n_clusters"],
            "coherence": row["coherence"],
            "violations": json.dumps({f.guard: f.violation for f in failures}),
        }
        for row, failures in zip(outcome.clusterings, outcome.failures, strict=True)
    )


class Answers:
    """What the table has for a proposal."""

    def __init__(self, rows: pd.DataFrame) -> None:
        self._cells = {
            cell: [Model(of_model) for _, of_model in alike.groupby("model")]
            for cell, alike in rows.groupby(CELL)
        }
        self._scale = {
            name: math.log(rows[name].max() / rows[name].min()) or 1.0
            for name in ("latent_size", "beta")
        }

    def of(self, configuration: Configuration) -> Model:
        """The nearest model, by the logarithms of latent size and beta."""

        def far(model: Model) -> float:
            return sum(
                (math.log(model.settings[name] / configuration.settings[name]) / scale) ** 2
                for name, scale in self._scale.items()
            )

        cell = configuration.family, configuration.view, configuration.head
        return min(self._cells[cell], key=far)


class Model:
    """The clusterings of one model of the table."""

    def __init__(self, rows: pd.DataFrame) -> None:
        first = rows.iloc[0]
        self.settings = {name: float(first[name]) for name in ("latent_size", "beta")}
        self._answers: dict[tuple[str, int | None], tuple[float, dict[str, float]]] = {}
        for row in rows.to_dict("records"):
            answer = row["coherence"], json.loads(row["violations"])
            self._answers[row["clusterer"], row["n_clusters"]] = answer
            self._answers.setdefault((row["clusterer"], None), answer)

    def at(self, clusterer: str, count: int) -> tuple[float, dict[str, float]]:
        """Coherence and violations at a clusterer and count; one that finds its own has one."""
        answer = self._answers.get((clusterer, count))
        return answer or self._answers[clusterer, None]

    @property
    def best(self) -> tuple[float, dict[str, float]]:
        """Those of the best clustering that held every guard, or else of the best of all."""
        return max(self._answers.values(), key=lambda answer: (not answer[1], answer[0]))


# -- replaying -----------------------------------------------------------------------------


def replayed(
    rows: pd.DataFrame, task: Task, name: str, trials: int, seed: int, at_a_time: int
) -> np.ndarray:
    """Best value told and best clustering (2, trials) after each trial of one search."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    side, answers = {**SIDES, **TRIED}[name], Answers(rows)
    study = optuna.create_study(direction="maximize")
    for family in task.families if side.defaults else ():
        study.enqueue_trial(default_parameters(task, family))
    values = np.zeros((2, trials))
    running: list[tuple[optuna.Trial, float, Mapping[str, float]]] = []
    for number in range(trials):
        study.sampler = side.sampling(seed, number)
        trial = study.ask()
        configuration = propose(trial, task)
        model = answers.of(configuration)
        asked = model.at(configuration.clusterer, configuration.n_clusters)
        for place, (value, violations) in enumerate((asked, model.best)):
            values[place, number] = 0.0 if violations else value
        running.append((trial, *(model.best if side.best else asked)))
        if len(running) >= at_a_time:
            tell(study, *running.pop(0))
    return np.maximum.accumulate(values, axis=1)


def tell(
    study: optuna.Study, trial: optuna.Trial, value: float, violations: Mapping[str, float]
) -> None:
    """Tell one value, as `search.study.Study` does."""
    for guard, amount in violations.items():
        trial.set_constraint(guard, amount)
    study.tell(trial, value)


def table(curves: Mapping[str, np.ndarray], trials: int) -> list[dict[str, object]]:
    """A row for each side: its median curve, and when it reaches where random search ends."""
    medians = {name: np.median(some[:, :trials], axis=0) for name, some in curves.items()}
    goal = medians[RANDOM][-1]
    rows = []
    for name, curve in medians.items():
        reached = np.flatnonzero(curve >= goal)
        first = int(reached[0]) + 1 if len(reached) else None
        rows.append(
            {
                "sampler": name,
                "of trials": trials,
                **{f"at {n}": float(curve[n - 1]) for n in milestones(trials)},
                "reaches random's end at": first or "never",
                "ratio": first / trials if first else "",
            }
        )
    return rows


def milestones(trials: int) -> list[int]:
    """Where a curve is shown: at a quarter, a half and the end."""
    return sorted({max(trials // 4, 1), max(trials // 2, 1), trials})


if __name__ == "__main__":
    main()
