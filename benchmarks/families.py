"""How do the families compare on the same songs, and what do views and reducers bring?

    python benchmarks/families.py digits data/sets/demo FOLDER ...
    python benchmarks/families.py digits data/sets/demo FOLDER ... --views

"digits" is scikit-learn's; any other name is a folder of songs. Every pipeline is fitted on the
training songs, k-means on their codes with as many clusters as there are classes, and the songs
of the test part are scored: mean and standard deviation over seeds, on one split. Hyperparameters
are the defaults; no score chose anything. Networks take about as many steps on every set.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import models
from data import Songs, load
from data.presentation import fit as present
from data.splits import split
from evaluation.clusterers import CLUSTERERS
from evaluation.external import label_scores
from evaluation.indices import silhouettes
from evaluation.reducers import REDUCERS
from models import FAMILIES
from models.diagnostics import ACTIVE_VARIANCE

LABEL = "genre"
BATCH = 64
OF_MAPS = ("standard", "global", "gainless", "trimmed+gainless", "power", "pooled+power")
OF_VECTORS = ("standard", "global", "power")


@dataclass(frozen=True)
class Pipeline:
    """What is trained once a seed, and the reducers through which its codes are clustered."""

    songs: str
    family: str
    view: str = "standard"
    reducers: tuple[str, ...] = ("none",)


@dataclass(frozen=True)
class Effort:
    """Seeds of each pipeline, gradient steps of each network, and changes to the defaults."""

    seeds: int
    steps: int
    settings: dict[str, float]


def main() -> None:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="+", metavar="digits|DIR")
    parser.add_argument("--views", action="store_true", help="views and reducers, not families")
    parser.add_argument("--families", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=400, help="of gradient descent")
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=NUMBER", dest="settings")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    changes = {key: float(value) for key, value in (text.split("=") for text in given.settings)}
    effort = Effort(given.seeds, given.steps, changes)
    with ProcessPoolExecutor(
        given.workers, multiprocessing.get_context("spawn"), initializer=one_thread
    ) as pool:
        for name in given.sets:
            songs = read(name)
            print(f"\n{described(name, songs)}:\n")
            if not given.views:
                pipelines = [Pipeline(name, family) for family in given.families or FAMILIES]
                results = pool.map(measured, pipelines, [effort] * len(pipelines))
                print_table(("family", *SCORES), (row for rows in results for row in rows))
                continue
            families = given.families or ("pca", "mlp_vae")
            viewed = OF_MAPS if songs.audio.ndim == 3 else OF_VECTORS
            pipelines = [
                Pipeline(name, family, view, tuple(REDUCERS))
                for view in viewed
                for family in families
            ]
            results = pool.map(measured, pipelines, [effort] * len(pipelines))
            columns = [f"{family}, {reducer}" for family in families for reducer in REDUCERS]
            aris = ([row["ari"] for row in rows] for rows in results)
            print_table(
                ("view", *columns),
                (
                    dict(zip(("view", *columns), (view, *sum(alike, [])), strict=True))
                    for view, *alike in zip(viewed, *[aris] * len(families), strict=True)
                ),
            )


def print_table(columns: Sequence[str], rows: Iterable[dict[str, str]]) -> None:
    """Print rows as Markdown, each when it is known."""
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(row[column] for column in columns)} |", flush=True)


def one_thread() -> None:
    """Keep a worker to one core; before it imports TensorFlow."""
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = "1"


def read(name: str) -> Songs:
    """A set by its name."""
    return digits() if name == "digits" else load(Path(name))


def digits() -> Songs:
    """scikit-learn's 1,797 images of digits, as maps of 8x8."""
    from sklearn.datasets import load_digits

    found = load_digits()
    label = found.target.astype(str)
    return Songs(
        ids=np.arange(len(label)).astype(str),
        audio=found.images.astype(np.float32),
        lyrics=None,
        has_lyrics=np.zeros(len(label), bool),
        labels={LABEL: label},
        groups=None,
        split=split(len(label), classes=label).assignment,
    )


def described(name: str, songs: Songs) -> str:
    """Name, size, shape and classes of a set in words."""
    shape = "x".join(map(str, songs.audio.shape[1:]))
    lyrics = "" if songs.lyrics is None else " with lyrics"
    classes = len(np.unique(songs.labels[LABEL]))
    return f"`{Path(name).name}`, {len(songs)} songs of {shape}{lyrics}, {classes} classes"


def measured(pipeline: Pipeline, effort: Effort) -> list[dict[str, str]]:
    """A row of the table for each reducer."""
    songs = read(pipeline.songs)
    viewed = present(pipeline.view, songs.part("train")).apply(songs)
    family = FAMILIES[pipeline.family]
    settings = chosen(pipeline.family, viewed, effort.settings)
    if reason := family.refusal(viewed.part("train"), settings):
        return [{**dict.fromkeys(SCORES, ""), **vars(pipeline), "reducer": "", SCORES[0]: reason}]
    found = [
        scores(pipeline, settings, viewed, seed, effort.steps) for seed in range(effort.seeds)
    ]
    return [
        {
            **vars(pipeline),
            "reducer": reducer,
            **{score: cell(score, [each[reducer][score] for each in found]) for score in SCORES},
        }
        for reducer in pipeline.reducers
    ]


def chosen(name: str, songs: Songs, changes: dict[str, float]) -> dict[str, Any]:
    """Defaults with the changes, and as many mixture components as there are classes."""
    family = FAMILIES[name]
    wanted = {**changes, "n_components": len(np.unique(songs.labels[LABEL]))}
    kinds = {h.name: h.kind for h in family.hyperparameters}
    return models.defaults(
        family, {key: kinds[key](value) for key, value in wanted.items() if key in kinds}
    )


SCORES = ("ari", "ami", "silhouette", "active units", "seconds")


def scores(
    pipeline: Pipeline, settings: dict[str, Any], songs: Songs, seed: int, steps: int
) -> dict[str, dict[str, float]]:
    """Train once and score k-means on what each reducer makes of the codes."""
    train, test = songs.part("train"), songs.part("test")
    epochs = math.ceil(steps / math.ceil(len(train) / BATCH))
    started = time.perf_counter()
    fitting = FAMILIES[pipeline.family].fit(
        train, songs.part("validation"), settings, seed, models.Schedule(epochs=epochs)
    )
    encoder = finished(fitting)
    seconds = time.perf_counter() - started
    codes = encoder.encode(test)
    truth = test.labels[LABEL]
    count = len(np.unique(songs.labels[LABEL]))
    found = {}
    for name in pipeline.reducers:
        reducer = REDUCERS[name].fit(encoder.encode(train), seed)
        space = reducer.transform(codes)
        clusters = CLUSTERERS["kmeans"].fit(reducer.embedding, count, seed).predict(space)
        agreement = label_scores(clusters, truth)
        found[name] = {
            "ari": agreement["ari"] or 0.0,
            "ami": agreement["ami"] or 0.0,
            "silhouette": float(silhouettes(space, clusters[None])[0]),
            "active units": float((codes.var(axis=0) > ACTIVE_VARIANCE).sum()),
            "seconds": seconds,
        }
    return found


def finished(fitting: Any) -> models.Encoder:
    """What a training generator returns."""
    while True:
        try:
            next(fitting)
        except StopIteration as end:
            return end.value


def cell(score: str, values: Sequence[float]) -> str:
    """Mean and standard deviation; of seconds the median, for the first seed compiles."""
    if score == "seconds":
        return f"{np.median(values):.2g}"
    if score == "active units":
        return f"{np.mean(values):.0f}"
    return f"{np.mean(values):.3f} ± {np.std(values, ddof=1):.3f}"


if __name__ == "__main__":
    main()
