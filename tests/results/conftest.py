"""Runs as a search leaves them, made up."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from results.store import RunStore

Row = dict[str, Any]
STARTED = datetime(2026, 3, 1, 12, tzinfo=UTC)


def trial(number: int, **more: Any) -> Row:
    return {
        "trial": number,
        "role": "search",
        "seed": 0,
        "status": "complete",
        "family": "mlp_vae",
        "latent_size": 8,
        "beta": 0.5,
        "objective": float(number),
        "ari_language": 0.25,
        "started": STARTED + timedelta(minutes=number),
        **more,
    }


def clustering(number: int, n_clusters: int, **more: Any) -> Row:
    return {
        "trial": number,
        "role": "search",
        "seed": 0,
        "split": "validation",
        "status": "complete",
        "clusterer": "kmeans",
        "n_clusters": n_clusters,
        "objective": number + n_clusters / 10,
        **more,
    }


def epoch(number: int, of: int, **more: Any) -> Row:
    return {"trial": of, "role": "search", "seed": 0, "epoch": number, "loss": 1 / number, **more}


def method(family: str, silhouette: float, davies_bouldin: float, **more: Any) -> Row:
    scores = {"silhouette": silhouette, "davies_bouldin": davies_bouldin, "coherence": 0.5}
    return {
        "family": family,
        "clusterer": "kmeans",
        "n_clusters": 10,
        "latent_size": 16,
        "reducer": "none",
        "trial": 1,
        "role": "finalist",
        **scores,
        **{f"{name}_low": value - 0.1 for name, value in scores.items()},
        **{f"{name}_high": value + 0.1 for name, value in scores.items()},
        "ari": 0.25,
        "n_seeds": 3,
        "split": "test",
        **more,
    }


def fill(store: RunStore) -> None:
    """Rows of every table, codes of every trial."""
    ids = [f"song-{number}" for number in range(6)]
    split = ["train", "train", "validation", "validation", "test", "test"]
    store.append("songs", {"id": ids, "split": split, "genre": ["rock", "pop", ""] * 2})
    for number in range(3):
        store.append("clusterings", [clustering(number, count) for count in (4, 5)])
        store.append("epochs", [epoch(step, of=number) for step in (1, 2)])
        store.save_codes(number, np.full((6, 2), number, np.float32))
        store.append("trials", [trial(number)])
    store.append(
        "trials", [trial(3, status="failed", error="ValueError: bad luck", objective=None)]
    )
    store.append(
        "assignments",
        {
            "id": ids,
            "split": split,
            "method": ["pca + kmeans"] * 6,
            "trial": [-1] * 6,
            "seed": [1] * 6,
            "n_clusters": [2] * 6,
            "cluster": np.array([0, 1, 0, 1, 0, -1]),
        },
    )
    own = {"method": "pca + kmeans", "trial": -1, "seed": 1}
    places = {"id": ids, "split": split, "pca_x": np.arange(6.0), "pca_y": np.zeros(6)}
    repeated = {name: [value] * 6 for name, value in {**own, "n_clusters": 2}.items()}
    store.append("map", {**places, **repeated, "cluster": np.array([0, 1, 0, 1, 0, -1])})
    store.append(
        "clusters", [{**own, "cluster": 0, "songs": 3}, {**own, "cluster": 1, "songs": 2}]
    )
    store.append("comparison", [method("mlp_vae", 0.25, 1.5), method("pca", 0.125, 1.25)])


@pytest.fixture(scope="session")
def row() -> SimpleNamespace:
    """Rows of tables, each with columns of one's own."""
    return SimpleNamespace(trial=trial, clustering=clustering, epoch=epoch, method=method)


@pytest.fixture(scope="session")
def originals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs `easy/first`, finished, and `easy/broken`, which ended before its tables were made."""
    root = tmp_path_factory.mktemp("runs")
    with RunStore.create(root, "easy", "first", {}) as store:
        fill(store)
        store.consolidate()
        store.write_info({"ended": STARTED.isoformat()})
    with RunStore.create(root, "easy", "broken", {}) as store:
        fill(store)
    return root


@pytest.fixture
def finished(originals: Path, tmp_path: Path) -> Path:
    """The folder of a finished run, the test's own."""
    return Path(shutil.copytree(originals / "easy" / "first", tmp_path / "easy" / "first"))


@pytest.fixture
def unfinished(originals: Path, tmp_path: Path) -> Path:
    """The folder of a run that was broken off, the test's own."""
    return Path(shutil.copytree(originals / "easy" / "broken", tmp_path / "easy" / "broken"))
