"""Which score, seen without labels, finds the model whose clusters agree with them?

    python benchmarks/audit.py digits data/sets/demo FOLDER ... [--out audit.parquet]

A pool of models, fixed below, is trained on every set. Each is clustered by k-means at every
count; the scores that a search could use are those of validation songs, the truth is the ARI of
test songs, against every label that some model finds. Within each count a score is judged by its
rank correlation with the truth over the models, and by what it keeps: the ARI of the model it
picks over the best of the pool. Then cluster counts: what a rule keeps of the best ARI over the
counts of one model.

Rows are written to `--out` as they come; models that lie there already are not trained again.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from families import described, one_thread, read
from judging import count_table, label_sets, table
from measuring import show
from sklearn.neighbors import NearestNeighbors

from data import Songs
from evaluation.coherence import coherence_by_view, coherence_parts
from evaluation.null_collections import Chance, chance_coherence
from evaluation.reference import NEIGHBOURS, ReferencePart, build_reference
from models import FAMILIES, defaults
from search.study.space import Configuration
from search.tasks.adaptation import adapt
from search.tasks.reading import read_task
from search.tasks.task import Task
from search.trial.inputs import TrialInputs, collect, prepare
from search.trial.records import TrialSpec
from search.trial.trial import run
from search.trial.viewing import View, ViewedInput

POOL_SEED = 2026
POOL = 64
"""Models a set; which they are follows from the seed and the ranges below."""
POOL_FAMILIES = ("pca", "autoencoder", "mlp_vae", "mlp_vae", "conv_vae", "vade")
LATENT_SIZES = (2, 48)
BETAS = (0.1, 20.0)
VIEWS = ("standard", "global", "trimmed+gainless", "power", "pooled+power")
REDUCERS = ("none", "none", "umap")
STEPS = 300
COUNTS = (2, 16)

JOINT = "joint"
"""The space of all reference views side by side."""


def main() -> None:
    """Read the command line, train what is missing, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="+", metavar="digits|DIR")
    parser.add_argument("--out", type=Path, default=Path("audit.parquet"))
    parser.add_argument("--models", type=int, default=POOL, help="of the pool, the first so many")
    parser.add_argument("--cheap", action="store_true", help="without scores that need refitting")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    rows = pd.DataFrame({"set": [], "model": []})
    if given.out.exists():
        rows = pd.read_parquet(given.out)
    with ProcessPoolExecutor(
        given.workers, multiprocessing.get_context("spawn"), initializer=one_thread
    ) as pool:
        for name in given.sets:
            there = set(rows.loc[rows["set"] == name, "model"])
            missing = [place for place in range(given.models) if place not in there]
            n = len(missing)
            for found in pool.map(audited, [name] * n, missing, [given.cheap] * n):
                rows = pd.concat([rows, found], ignore_index=True)
                rows.to_parquet(given.out, index=False)
    rows = label_sets(rows[rows["set"].isin(given.sets)])
    for name in given.sets:
        print(described(name, read(name)))
    for guarded in (False, True):
        judged = rows[rows["status"] == "complete"] if guarded else rows
        show(f"Scores, guards {'on' if guarded else 'off'}", table(judged))
    show("Cluster counts, guards on", count_table(rows[rows["status"] == "complete"]))


# -- the pool ------------------------------------------------------------------------------


def pool(task: Task) -> list[Configuration]:
    """The configurations of the pool that a task's songs allow, always the same."""
    random = np.random.default_rng(POOL_SEED)
    families = [name for name in POOL_FAMILIES if name in task.families]
    found = []
    for _ in range(POOL):
        family = families[random.integers(len(families))]
        views = task.views_of(family)
        wanted = {
            "latent_size": round(math.exp(random.uniform(*np.log(LATENT_SIZES)))),
            "beta": float(f"{math.exp(random.uniform(*np.log(BETAS))):.3g}"),
        }
        view, reducer = (
            views[random.integers(len(views))],
            REDUCERS[random.integers(len(REDUCERS))],
        )
        known = {h.name for h in FAMILIES[family].hyperparameters}
        settings = {key: value for key, value in wanted.items() if key in known}
        found.append(
            Configuration(
                family, view, reducer, defaults(FAMILIES[family], settings), "kmeans", COUNTS[0]
            )
        )
    return found


def audit_task(songs_for_training: int) -> Task:
    """A task that scores every count; epochs so that networks take about as many steps."""
    epochs = math.ceil(STEPS / math.ceil(songs_for_training / 64))
    changes = {
        "families": list(dict.fromkeys(POOL_FAMILIES)),
        "baselines": [],
        "views": list(VIEWS),
        "clusterers": ["kmeans"],
        "clusters": "{}:{}".format(*COUNTS),
        "epochs": epochs,
        "early_stopping": 0,
        "space": {"latent_size": {"low": LATENT_SIZES[0], "high": LATENT_SIZES[1], "log": True}},
    }
    return read_task("hard", changes)


@lru_cache
def viewed(name: str) -> tuple[Songs, Task]:
    """The audio of a set, and the task as it allows it."""
    songs = read(name).replace(lyrics=None)
    songs = songs.replace(has_lyrics=np.zeros(len(songs), bool))
    return songs, adapt(audit_task(int((songs.split == "train").sum())), songs, lambda _: None)


@lru_cache
def spaces(name: str) -> tuple[dict[str, ReferencePart], Chance]:
    """Validation songs in each reference space and in one of all side by side; chance there."""
    songs, task = viewed(name)
    collection = collect(songs)
    split = collection.in_order().split
    inputs: dict[str, Sequence[ViewedInput]] = {
        view: [*View.fit(view, collection, task.center_languages).inputs.values()]
        for view in task.reference_views
    }
    inputs[JOINT] = sum(map(list, inputs.values()), [])
    parts = {
        view: build_reference(some, split).parts["validation"] for view, some in inputs.items()
    }
    return parts, chance_coherence(inputs, split, task.counts, task.seed)


@lru_cache
def inputs_of(name: str, view: str) -> TrialInputs:
    """What the models of a set and view share, with the first reference view alone."""
    songs, task = viewed(name)
    alone = replace(task.for_view(view), reference_views=task.reference_views[:1])
    return prepare(songs, alone, chance=spaces(name)[1])


def audited(name: str, place: int, cheap: bool) -> pd.DataFrame:
    """Every count of one model of the pool: validation scores, and `truth`, the test ARI."""
    task = viewed(name)[1]
    configuration = pool(task)[place]
    inputs = inputs_of(name, configuration.view)
    spec = TrialSpec(place, "finalist", configuration, POOL_SEED, curves=not cheap)
    result = run(spec, inputs, task)
    rows = pd.DataFrame(result.clusterings)
    if rows.empty:
        raise SystemExit(f"{configuration}: {result.row['error']}")
    part = inputs.first_reference.parts["validation"]
    held, test = (
        rows[(rows["split"] == split) & (rows["clusterer"] == "kmeans")]
        for split in ("validation", "test")
    )
    assert result.partitions is not None
    halfway = half_whitened_neighbours(part)
    parts, chance = spaces(name)
    found = []
    validation = result.partitions[: len(held), inputs.rows["validation"]]
    for count, clusters in zip(held["n_clusters"], validation, strict=True):
        factors = coherence_parts(clusters, part.neighbours, part.neighbours_whitened)
        sizes, plain, whitened = np.clip(factors, 0, None)
        half = max(coherence_parts(clusters, halfway, halfway)[1], 0)
        each = coherence_by_view(clusters, parts)
        excess = chance.above(each, "validation", count)
        joint, excess_joint = each.pop(JOINT), excess.pop(JOINT)
        found.append(
            {
                "coherence_plain": sizes * plain,
                "coherence_half": sizes * half,
                "coherence_whitened": sizes * whitened,
                "coherence_plain_half": sizes * (plain + half) / 2,
                "coherence_views": np.mean([*each.values()]),
                "coherence_worst_view": min(each.values()),
                "coherence_joint": joint,
                "excess_views": np.mean([*excess.values()]),
                "excess_worst_view": min(excess.values()),
                "excess_joint": excess_joint,
            }
        )
    return held.assign(
        set=name,
        model=place,
        family=configuration.family,
        view=configuration.view,
        reducer=configuration.reducer,
        r2=result.row.get("r2"),
        truth=test["ari"].to_numpy(),
        **{f"truth_{c[4:]}": test[c].to_numpy() for c in test if c.startswith("ari_")},
        **pd.DataFrame(found, index=held.index),
    )


def half_whitened_neighbours(part: ReferencePart) -> np.ndarray:
    """Nearest other songs (n, 10) where each component is over the root of its deviation."""
    deviation = np.linalg.norm(part.points, axis=0) / np.linalg.norm(part.whitened, axis=0)
    points = part.points / np.sqrt(deviation)
    finder = NearestNeighbors(n_neighbors=NEIGHBOURS, algorithm="brute").fit(points)
    return np.asarray(finder.kneighbors(return_distance=False))


if __name__ == "__main__":
    main()
