"""What do more songs cost: until the first trial, an epoch, the scoring of a trial, and memory?

Songs are made up of the demo's: each is a mixture of the principal components of its maps with the
variances that they have there, and a little white noise, so that a basis is as wide as that of
songs. Each size is searched by `python -m search` in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
from measuring import command, show, songs_folder

from data import load
from data.files import IDS, METADATA, SPECTROGRAMS
from data.views import fit as fit_view
from models import basis

MARK = "LATENTUNE_GROWTH"
"""The environment variable by which the processes of a search are known."""

NOISE = 0.001
"""Share of the variance that is white noise."""

KIN = 0.7
"""Share of a song's variance that it has from a song of the demo; the rest is its own."""

BLOCK = 1_000
"""Songs written at a time."""


@dataclass(frozen=True)
class Maker:
    """Makes songs like those of the demo.

    Attributes
    ----------
    shape : of a map.
    mean : (features,) of the demo's maps.
    directions : (r, features), their principal components.
    coefficients : (n, r) of the demo's songs.
    genres : (n,) of them.
    """

    shape: tuple[int, ...]
    mean: np.ndarray
    directions: np.ndarray
    coefficients: np.ndarray
    genres: np.ndarray

    @classmethod
    def of_the_demo(cls) -> Maker:
        songs = load(songs_folder())
        flat = songs.audio.reshape(len(songs), -1)
        mean = flat.mean(axis=0)
        left, values, directions = np.linalg.svd(flat - mean, full_matrices=False)
        genres = songs.labels["genre"]
        return cls(songs.audio.shape[1:], mean, directions, left * values, genres)

    def write(self, folder: Path, count: int) -> None:
        """Write a collection of so many songs."""
        folder.mkdir(parents=True)
        random = np.random.default_rng(count)
        deviations = self.coefficients.std(axis=0)
        noise = np.sqrt(NOISE * np.square(deviations).sum() / len(self.mean))
        maps = np.lib.format.open_memmap(
            folder / SPECTROGRAMS, "w+", np.float32, (count, *self.shape)
        )
        kin = random.integers(len(self.coefficients), size=count)
        for start in range(0, count, BLOCK):
            of = kin[start : start + BLOCK]
            own = random.standard_normal((len(of), len(deviations))) * deviations
            mixed = np.sqrt(KIN) * self.coefficients[of] + np.sqrt(1 - KIN) * own
            block = mixed.astype(np.float32) @ self.directions + self.mean
            block += noise * random.standard_normal(block.shape, np.float32)
            maps[start : start + BLOCK] = block.reshape(len(of), *self.shape)
        maps.flush()
        ids = np.array([f"{song:07d}" for song in range(count)])
        np.save(folder / IDS, ids)
        pd.DataFrame({"id": ids, "genre": self.genres[kin]}).to_csv(folder / METADATA, index=False)


class Watch(threading.Thread):
    """Looks at the memory of marked processes, shared pages counted once, until it is ended."""

    def __init__(self, mark: str) -> None:
        super().__init__(daemon=True)
        self._mark, self._over = mark, threading.Event()
        self.most = 0

    def run(self) -> None:
        while not self._over.wait(1.0):
            self.most = max(self.most, sum(map(self._bytes, psutil.process_iter())))

    def _bytes(self, process: psutil.Process) -> int:
        try:
            if process.environ().get(MARK) == self._mark:
                return int(process.memory_full_info().pss)
        except psutil.Error:
            pass
        return 0

    def end(self) -> None:
        self._over.set()
        self.join()


def width(folder: Path) -> int:
    """Return how many components hold 99 % of the variance of standardised songs."""
    maps = np.load(folder / SPECTROGRAMS, mmap_mode="r")
    sample = np.array(maps[:: max(1, len(maps) // basis.MOST_SONGS)][: basis.MOST_SONGS])
    return len(basis.fit(fit_view("standard", sample).apply(sample), None, 0.99).deviations)


def searched(folder: Path, out: Path, family: str, trials: int, epochs: int) -> dict[str, float]:
    """Search songs with one worker; what it took."""
    os.environ[MARK] = out.name  # of what is started from here, and not of this process
    watch, begun = Watch(out.name), time.time()
    watch.start()
    changes = [f'families=["{family}"]', "baselines=[]", f"trials={trials}", f"epochs={epochs}"]
    whole = command(
        *("-m", "search", "easy", "--data", folder, "--out", out, "--name", "run"),
        *("--workers", 1, "--no-report", "--set", "finalist_seeds=0"),
        *(word for change in changes for word in ("--set", change)),
    )
    watch.end()
    run = out / "easy" / "run"
    of_trials, of_epochs = (
        pd.read_parquet(run / f"{name}.parquet") for name in ("trials", "epochs")
    )
    return {
        "to the first trial, s": of_trials["started"].min().timestamp() - begun,
        "an epoch, s": float(of_epochs["seconds"].median()),
        "scoring, s": float(of_trials["score_seconds"].median()),
        "whole, s": whole,
        "peak memory, GB": watch.most / 1e9,
    }


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--songs", type=int, nargs="+", default=[1_000, 10_000, 30_000, 100_000])
    options.add_argument("--family", default="mlp_vae")
    options.add_argument("--trials", type=int, default=3)
    options.add_argument("--epochs", type=int, default=5)
    given = options.parse_args()
    maker, rows, last = Maker.of_the_demo(), [], None
    with tempfile.TemporaryDirectory(prefix="latentune-growth-") as scratch:
        for count in given.songs:
            folder, out = Path(scratch) / f"songs-{count}", Path(scratch) / f"run-{count}"
            maker.write(folder, count)
            spent = searched(folder, out, given.family, given.trials, given.epochs)
            rows.append({"songs": f"{count:,}", "components": width(folder), **spent})
            if last:
                ratios = {name: value / last[name] for name, value in spent.items()}
                rows.append({"songs": "ratio", "components": "", **ratios})
            last = spent
            shutil.rmtree(folder)
            shutil.rmtree(out)
            show(f"{given.family}, by the number of songs", rows)


if __name__ == "__main__":
    main()
