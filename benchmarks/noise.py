"""Does a search find nothing in noise, and something in songs?

    python benchmarks/noise.py [DIR ...] [--seeds 10]

Noise is Gaussian, every feature alike and independent, with labels thrown to it at random. Each
seed is a collection of its own, searched by the task `easy` with few trials and everything else as
it comes: baselines, finalists on fresh seeds, the winner held against null collections. Folders
of songs are searched the same way.
"""

from __future__ import annotations

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from alone import compared
from families import LABEL, one_thread, read
from measuring import show

from data import Songs
from data.splits import split
from search.tasks.reading import read_task

NOTHING = "nothing found"
SHOWN = ("family", "latent_size", "beta", "n_clusters", "coherence", "coherence_excess", "verdict")


@dataclass(frozen=True)
class Noise:
    """Songs, features and classes of a collection in which there is nothing."""

    songs: int
    features: int
    classes: int

    def draw(self, seed: int) -> Songs:
        """One such collection."""
        random = np.random.default_rng(seed)
        label = random.integers(self.classes, size=self.songs).astype(str)
        return Songs(
            ids=np.arange(self.songs).astype(str),
            audio=random.standard_normal((self.songs, self.features), np.float32),
            lyrics=None,
            has_lyrics=np.zeros(self.songs, bool),
            labels={LABEL: label},
            groups=None,
            split=split(self.songs, classes=label, seed=seed).assignment,
        )


def main() -> None:
    """Read the command line, search, count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="*", metavar="DIR", help="songs, to be searched likewise")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--songs", type=int, default=1000)
    parser.add_argument("--features", type=int, default=30)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--epochs", type=int, help="of the task `easy` by default")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    noise = Noise(given.songs, given.features, given.classes)
    changes: dict[str, object] = {"trials": given.trials}
    if given.epochs:
        changes["epochs"] = given.epochs
    with ProcessPoolExecutor(
        given.workers, multiprocessing.get_context("spawn"), initializer=one_thread
    ) as pool:
        in_noise = [
            pool.submit(searched, noise, {**changes, "seed": seed}) for seed in range(given.seeds)
        ]
        in_songs = [pool.submit(searched, name, changes) for name in given.sets]
        empty, full = ([search.result() for search in some] for some in (in_noise, in_songs))
    show("Winners", [*empty, *full])
    print(f"{NOTHING} in {count(empty)} of {len(empty)} collections of noise")
    if full:
        print(f"{NOTHING} in {count(full)} of {len(full)} collections of songs")


def searched(what: Noise | str, changes: dict[str, object]) -> dict[str, object]:
    """The winner of one search, as a row."""
    task = read_task("easy", changes)
    songs = what.draw(task.seed) if isinstance(what, Noise) else read(what)
    comparison = compared(task, songs)
    name = f"noise {task.seed}" if isinstance(what, Noise) else what
    row = {} if comparison.empty else comparison.iloc[0].to_dict()
    return {"songs": name, **{key: viewed(row.get(key)) for key in SHOWN}}


def viewed(value: object) -> object:
    """A cell, empty where there is no value."""
    return "" if value is None or pd.isna(value) else value


def count(rows: list[dict[str, object]]) -> int:
    """How many ended with nothing found."""
    return sum(row["verdict"] == NOTHING for row in rows)


if __name__ == "__main__":
    main()
