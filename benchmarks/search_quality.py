"""How many trials does Optuna's sampler save against random search, on the default objective?

    python benchmarks/search_quality.py FOLDER [--table models.parquet] [--compare]
    python benchmarks/search_quality.py FOLDER --table models.parquet --from others.parquet

A grid of models over the space of the task `medium`, with the families that vectors allow, is
trained once and scored with every clusterer and count. Searches are then replayed on that table:
a proposal is answered by the nearest model of the same family, view and reducer, at the clusterer
and count it asks for. Both sides of the comparison propose from the same space by the same code.

Two curves are followed: the best value of the clusterings *asked* for, which is what a sampler
works for, and the best *clustering* of any model so far, which is what a search ends with, since
it scores every count.

With `--from`, searches are replayed after searches on the tables of other collections.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from families import one_thread, read
from measuring import show
from replaying import CELL, RANDOM, SIDES, TRIED, replayed
from warm_starting import saved, warm_rows

from data import Songs
from evaluation.guards import recorded_failures
from models import FAMILIES, defaults
from search.study.space import Configuration
from search.tasks.adaptation import adapt, restrict_inputs
from search.tasks.reading import read_task
from search.tasks.task import Task
from search.trial.inputs import TrialInputs, prepare
from search.trial.records import TrialSpec
from search.trial.trial import run

FAMILIES_OF_VECTORS = ("mlp_vae", "beta_tcvae", "vade")
SEED = 0

INPUTS: dict[str, TrialInputs] = {}
"""View -> what its models share, made once in each process."""

SHOWN = {"at a quarter": 0.25, "at half": 0.5, "at the end": 1}
"""Where a curve is shown."""


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
    parser.add_argument(
        "--from", dest="pasts", nargs="+", type=Path, default=[], metavar="TABLE", help="of others"
    )
    parser.add_argument("--compare", action="store_true", help="other settings of the sampler")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    songs = some(read(given.songs), given.most_songs)
    task = adapt(table_task(), restrict_inputs(table_task(), songs), lambda said: None)
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
        pasts = [pd.read_parquet(past) for past in given.pasts]
        learned = {
            trials: [
                pool.submit(warm_rows, rows, pasts, task, trials, seed)
                for seed in range(given.seeds)
            ]
            for trials in (given.trials if pasts else ())
        }
        warm = {trials: [job.result() for job in some] for trials, some in learned.items()}
    print(f"{rows.groupby(CELL).ngroups} kinds of model, {rows['model'].nunique()} models")
    for place, what in enumerate(("asked", "clustering")):
        show(
            f"Best value {what}, median of {given.seeds} seeds",
            [
                row
                for trials in given.trials
                for row in table({name: c[:, place] for name, c in curves.items()}, trials)
            ],
        )
        for trials, found in warm.items():
            goal = float(np.median(curves[RANDOM][:, place, trials - 1]))
            names = ", ".join(path.stem for path in given.pasts)
            show(
                f"Best value {what} of {trials} trials after as many on {names}",
                saved(found, goal, place),
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
            "null_collections": 0,
        },
    )


def points(task: Task, steps: int) -> Iterator[Configuration]:
    """The grid: every family, view and reducer at `steps` latent sizes and as many betas."""
    for family, reducer in product(task.families, task.reducers):
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
                reducer,
                defaults(FAMILIES[family], settings),
                task.clusterers[0],
                task.clusters[0],
            )


def scored(songs: Songs, task: Task, configuration: Configuration) -> pd.DataFrame:
    """Every clustering of one model: its coherence above chance, and how far each guard failed."""
    view = configuration.view
    if view not in INPUTS:
        INPUTS[view] = prepare(restrict_inputs(task, songs), task.for_view(view))
    trial_result = run(TrialSpec(0, "search", configuration, SEED), INPUTS[view], task)
    if not trial_result.clusterings:
        raise SystemExit(f"{configuration}: {trial_result.row['error']}")
    return pd.DataFrame(
        {
            "model": configuration.model,
            **{name: getattr(configuration, name) for name in CELL},
            "latent_size": configuration.settings["latent_size"],
            "beta": configuration.settings["beta"],
            "clusterer": row["clusterer"],
            "n_clusters": row["n_clusters"],
            "coherence_excess": row["coherence_excess"],
            "violations": json.dumps({f.guard: f.violation for f in recorded_failures(row)}),
        }
        for row in trial_result.clusterings
    )


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
                **{name: float(curve[int(trials * part) - 1]) for name, part in SHOWN.items()},
                "reaches random's end at": first or "never",
                "ratio": first / trials if first else "",
            }
        )
    return rows


if __name__ == "__main__":
    main()
