"""Searches that are over in seconds, on real Ray and real files."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from data import Songs
from search.backend.resources import Resources
from search.ending import Finished
from search.run import RunOptions
from search.start import search
from search.tasks.reading import read_task
from search.tasks.task import Task

EACH_TRAINED: dict[str, object] = {
    "baselines": [],
    "space.beta": {"low": 0.1, "high": 10.0, "log": True},
}
"""No grid of beta, so that no trial is answered by another one's model."""


def write_set(folder: Path, songs: Songs) -> Path:
    """Songs as the four files."""
    folder.mkdir()
    table = pd.DataFrame({"id": songs.ids, "title": songs.ids, **songs.labels})
    table.to_csv(folder / "dataset.csv", index=False)
    if songs.audio is not None:
        np.save(folder / "processed_spectrograms.npy", songs.audio)
    if songs.embedding is not None:
        np.save(folder / "audio_embeddings.npy", songs.embedding)
    np.save(folder / "processed_ids.npy", songs.ids)
    return folder


def small_task(**changes: object) -> Task:
    small = {"trials": 5, "epochs": 4, "clusters": "2:5", "space.latent_size.high": 8}
    small |= {"finalists": 1, "finalist_seeds": 3, "null_collections": 2}
    return read_task("easy", {**small, "space.mlp_vae.learning_rate": 0.01, **changes})


def run(folder: Path, out: Path, workers: int = 2, **changes: object) -> Finished:
    console = Console(file=io.StringIO())
    resources = Resources(workers=workers)
    return search(
        small_task(**changes), folder, out=out, options=RunOptions(resources, console=console)
    )
