"""A whole run as a search leaves it, made up in a moment: three finalists, two labels."""

from pathlib import Path
from typing import Any

import numpy as np

from results.store import RunStore
from tests.results.report.made_map import add_map

N_SONGS = 120
COUNTS = range(2, 9)
SEEDS = (1, 2, 3)
HOSTILE = "<script>alert(1)</script>"
METHODS = {"mlp_vae": 3, "pca": -1, "conv_vae": 5}
INFO = {
    "direction": "maximize",
    "settings": {
        "label": "genre",
        "objective": "coherence",
        "trials": 12,
        "seed": 0,
        "clusters": [2, 8],
        "families": ["mlp_vae", "conv_vae"],
        "space": {"latent_size": {"low": 4, "high": 64}, "beta": {"low": 0.1, "high": 10}},
    },
    "data": {"folder": "/songs", "files": {"dataset.csv": "0" * 64}},
    "guards": {
        "active_units": {"bound": 2, "strict": False},
        "balance": {"bound": 0.6, "strict": False},
        "r2": {"bound": 0.05, "strict": True},
    },
    "versions": {"numpy": "2.4.6"},
    "python": "3.11.2",
    "said": ["poe_vae falls away: the songs have no lyrics."],
    "command": ["/somewhere/search/__main__.py", "easy", "--set", "space.beta.high=4"],
}
FAILED_GUARDS = {
    "guard": "active_units 1, bound 2; r2 0.05, bound 0.05",
    "guard_active_units": 1.0,
    "guard_balance": 0.6,
    "guard_r2": 0.05,
}


def made(root: Path, name: str = "whole", labels: bool = True, finalists: bool = True) -> Path:
    """The folder of a run; without labels or without finalists as asked."""
    random = np.random.default_rng(0)
    genre = np.resize(["rock", "pop", HOSTILE, "বাংলা $5$"], N_SONGS)
    split = np.resize(["train", "train", "train", "validation", "test"], N_SONGS)
    titles = [f"Tune {n}" if n % 2 else "" for n in range(N_SONGS)]
    ids = [f"song-{n}" for n in range(N_SONGS)]
    songs: dict[str, Any] = {"id": ids, "title": titles, "split": split}
    if labels:
        songs |= {"genre": genre, "language": np.resize(["bangla", "english", ""], N_SONGS)}
    with RunStore.create(root, "easy", name, INFO) as store:
        store.append("songs", songs)
        for number in range(-1, 12):
            search(store, number, random)
        if finalists:
            centres = random.normal(scale=3, size=(4, 6))
            codes = centres[np.resize(range(4), N_SONGS)] + random.normal(size=(N_SONGS, 6))
            for method, trial in METHODS.items():
                for seed in SEEDS:
                    finalist(store, method, trial, seed, songs, codes, random)
            store.append("comparison", comparison(labels))
            store.save_figure("songs-5", pictures(songs["id"], random))
            add_map(store, songs | {"artist": np.resize(["Alif", "", "Mina"], N_SONGS)})
        store.save_figure(
            "importance",
            {"names": np.array(["beta", "latent_size", "family"]), "values": [0.6, 0.3, 0.1]},
        )
        store.consolidate()
        store.write_info({"ended": "2026-03-01T13:00:00+00:00"})
    return store.folder


def search(store: RunStore, number: int, random: np.random.Generator) -> None:
    """One trial of the search: most well, one infeasible, one failed."""
    status = {4: "infeasible", 7: "failed"}.get(number, "complete")
    row = {
        "trial": number,
        "role": "baseline" if number < 0 else "search",
        "seed": 0,
        "status": status,
        "error": f"ValueError: {HOSTILE}\n  in a line" if status == "failed" else None,
        **(FAILED_GUARDS if status == "infeasible" else {}),
        "family": "pca" if number < 0 else ("mlp_vae", "conv_vae")[number % 2],
        "latent_size": int(2 ** random.integers(2, 7)),
        "beta": None if number < 0 else float(10 ** random.uniform(-1, 1)),
        "clusterer": "kmeans",
        "n_clusters": int(random.integers(2, 9)),
        "objective": None if status == "failed" else float(random.uniform(0.2, 0.6)),
    }
    store.append("epochs", epochs(number, row["role"], 0))
    store.append("trials", [row])


def epochs(trial: int, role: str, seed: int) -> list[dict[str, Any]]:
    """A learning curve."""
    return [
        {
            "trial": trial,
            "role": role,
            "seed": seed,
            "epoch": epoch,
            "loss": 100 / epoch,
            "validation_loss": 110 / epoch + seed,
            "kl": 3 - 1 / epoch,
        }
        for epoch in range(1, 8)
    ]


def finalist(
    store: RunStore,
    method: str,
    trial: int,
    seed: int,
    songs: dict[str, Any],
    codes: np.ndarray,
    random: np.random.Generator,
) -> None:
    """One finalist on one fresh seed."""
    own = {"trial": trial, "role": "finalist", "seed": seed}
    rows = [
        {
            **own,
            "split": "validation",
            "clusterer": "kmeans",
            "n_clusters": count,
            "coherence": 0.3 + count / 30 + random.normal() / 100,
            "coherence_excess": 0.1 - abs(count - 5) / 50 + random.normal() / 100,
            "gap": float(random.normal()),
            "prediction_strength": 1 / count,
            "ari": float(random.uniform(0, 0.3)),
        }
        for count in COUNTS
    ]
    store.append("clusterings", rows)
    if method != "pca":
        store.append("epochs", epochs(trial, "finalist", seed))
    store.save_codes(trial, codes.astype(np.float32), seed)
    columns = {"method": method, "trial": trial, "seed": seed, "n_clusters": 4}
    repeated = {name: [value] * N_SONGS for name, value in columns.items()}
    cluster = np.resize(range(4), N_SONGS)
    ids = {"id": songs["id"], "split": songs["split"]}
    store.append("assignments", {**ids, **repeated, "cluster": cluster})
    store.append("trials", [{**own, "status": "complete", "family": method, "objective": 0.5}])


def comparison(labels: bool) -> list[dict[str, Any]]:
    """The comparison of the finalists, in which no VAE beats PCA."""
    scores = {"coherence": 0.5, "silhouette": 0.3, "davies_bouldin": 1.2, "ari": 0.2}
    rows = []
    for place, (method, trial) in enumerate(METHODS.items()):
        found = {name: value + place / 10 for name, value in scores.items()}
        found |= {f"{name}_low": value - 0.05 for name, value in list(found.items())}
        found |= {f"{name}_high": found[name] + 0.05 for name in scores}
        judged = labels and method != "pca"
        gain = {"ari_gain": 0.01, "ari_gain_low": -0.02, "ari_gain_high": 0.04, "p_value": 0.6}
        verdict = "not distinguishable from PCA" if judged else "cannot be judged"
        against = {"verdict": "what the others are held against"} if labels else {}
        rows.append(
            {
                "family": method,
                "view": "standard",
                "reducer": "umap" if method == "conv_vae" else "none",
                "comparable": method != "conv_vae",
                "clusterer": "kmeans",
                "n_clusters": 4,
                "latent_size": 6,
                "beta": None if method == "pca" else 0.5,
                "trial": trial,
                "role": "finalist",
                **{name: value for name, value in found.items() if labels or "ari" not in name},
                "n_seeds": 3,
                "n_infeasible": 0,
                "split": "test",
                **(gain if judged else {}),
                "verdict": verdict,
                **(against if method == "pca" else {}),
            }
        )
    return rows


def pictures(ids: list[str], random: np.random.Generator) -> dict[str, Any]:
    """Spectrograms as a worker sends them."""
    originals = random.normal(size=(4, 16, 20)).astype(np.float16)
    return {
        "ids": np.array(ids[:4]),
        "originals": originals,
        "reconstructions": (originals * 0.5).astype(np.float16),
        "interpolation": random.normal(size=(5, 16, 20)).astype(np.float16),
    }
