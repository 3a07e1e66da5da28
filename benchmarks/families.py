"""How do the families compare on the same songs, at their defaults and under each view?

    python -m benchmarks.families digits data/sets/demo FOLDER ... [--seeds 5] [--epochs 60]

Prints Markdown tables. "digits" is scikit-learn's; any other name is a folder of songs. Every
family sees the training songs, k-means is fitted to their codes with as many clusters as there
are classes, and the songs of the test part are scored: mean and standard deviation over seeds of
training and clustering, on one split.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

import models
from data import Songs, load, views
from data.presentation import fit as present
from data.splits import split
from evaluation.clusterers import CLUSTERERS
from evaluation.external import label_scores
from evaluation.indices import silhouettes

LABEL = "genre"
SCORES = ("ari", "ami", "silhouette", "active_units", "seconds")
ACTIVE_VARIANCE = 0.01


def main() -> None:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="+", metavar="digits|DIR")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--families", nargs="+", default=list(models.FAMILIES))
    parser.add_argument("--views", nargs="+", default=["standard"])
    options = parser.parse_args()
    for name in options.sets:
        songs = digits() if name == "digits" else load(name)
        for view in options.views:
            print(f"\n{Path(name).name}, view {view}: {described(songs)}\n")
            print(f"| family | {' | '.join(SCORES)} |\n|---|{'---|' * len(SCORES)}")
            shown = shown_under(view, songs)
            for family in options.families:
                print(row(family, shown, options.seeds, options.epochs), flush=True)


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


def described(songs: Songs) -> str:
    """Size, shape and classes of a set in words."""
    shape = "x".join(map(str, songs.audio.shape[1:]))
    lyrics = "" if songs.lyrics is None else " with lyrics"
    classes = len(np.unique(songs.labels[LABEL]))
    return f"{len(songs)} songs of {shape}{lyrics}, {classes} classes"


def shown_under(view: str, songs: Songs) -> Songs:
    """The songs as a family is shown them, fitted on the training songs."""
    if view not in views.VIEWS:
        raise SystemExit(f"there is no view {view}; there are {', '.join(views.VIEWS)}")
    return present(view, songs.part("train")).apply(songs)


def row(name: str, songs: Songs, seeds: int, epochs: int) -> str:
    """One family's row of the table."""
    family = models.FAMILIES[name]
    settings = chosen(name, songs)
    if reason := family.refusal(songs.part("train"), settings):
        return f"| {name} | {reason} |" + " |" * (len(SCORES) - 1)
    figures = [scores(name, settings, songs, seed, epochs) for seed in range(seeds)]
    cells = [cell([each[score] for each in figures]) for score in SCORES]
    return f"| {name} | {' | '.join(cells)} |"


def chosen(name: str, songs: Songs) -> dict[str, Any]:
    """Defaults, with as many mixture components as there are classes."""
    family = models.FAMILIES[name]
    own = {h.name for h in family.hyperparameters} & {"n_components"}
    return models.defaults(family, {key: len(np.unique(songs.labels[LABEL])) for key in own})


def scores(
    name: str, settings: dict[str, Any], songs: Songs, seed: int, epochs: int
) -> dict[str, float]:
    """Train one family once and score k-means on its codes."""
    train, test = songs.part("train"), songs.part("test")
    started = time.perf_counter()
    schedule = models.Schedule(epochs=epochs)
    fitting = models.FAMILIES[name].fit(train, songs.part("validation"), settings, seed, schedule)
    encoder = finished(fitting)
    seconds = time.perf_counter() - started
    codes = encoder.encode(test)
    count = len(np.unique(songs.labels[LABEL]))
    clusters = CLUSTERERS["kmeans"].fit(encoder.encode(train), count, seed).predict(codes)
    truth = label_scores(clusters, test.labels[LABEL])
    return {
        "ari": truth["ari"] or 0.0,
        "ami": truth["ami"] or 0.0,
        "silhouette": float(silhouettes(codes, clusters[None])[0]),
        "active_units": float((codes.var(axis=0) > ACTIVE_VARIANCE).sum()),
        "seconds": seconds,
    }


def finished(fitting: Any) -> models.Encoder:
    """What a training generator returns."""
    while True:
        try:
            next(fitting)
        except StopIteration as end:
            return end.value


def cell(values: Iterable[float]) -> str:
    """Mean and standard deviation; whole figures where they are large."""
    numbers = np.array(list(values))
    if numbers.mean() >= 10:
        return f"{numbers.mean():.0f}"
    digits = 1 if numbers.mean() >= 1 else 3
    return f"{numbers.mean():.{digits}f} ± {numbers.std():.{digits}f}"


if __name__ == "__main__":
    main()
