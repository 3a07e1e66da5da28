"""What a search leaves for the map of a made-up run: places, cards, pictures and sounds."""

import io
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import soundfile

from results.store import RunStore

METHODS = {"consensus": -10_001, "mlp_vae": 3, "pca": -1}
N_CLUSTERS = 4
RATE = 22_050


def add_map(
    store: RunStore,
    songs: dict[str, Any],
    methods: dict[str, int] = METHODS,
    n_clusters: int = N_CLUSTERS,
    sounding: int = 40,
    laid: int | None = None,
) -> None:
    """Give a run a map, cards and clips.

    Parameters
    ----------
    songs : as they are in the table `songs`, and an artist besides if need be.
    sounding : songs that have a clip, of the first ones.
    laid : songs that t-SNE lays out; by default all.
    """
    random = np.random.default_rng(7)
    count = len(songs["id"])
    cluster = np.resize(range(n_clusters), count)
    paths: list[str | None] = [None] * count
    for place in range(min(sounding, count)):
        paths[place] = store.save_clip(str(songs["id"][place]), tone(220 + 40 * (place % 20)))
    laid_out, cards = [], []
    for method, trial in methods.items():
        consensus = method == "consensus"
        centres = random.normal(scale=6, size=(2, n_clusters, 2))
        pca, tsne = (centre[cluster] + random.normal(size=(count, 2)) for centre in centres)
        tsne[count if laid is None else laid :] = np.nan
        known = {name: values for name, values in songs.items() if name not in ("id", "split")}
        rows = {
            "id": songs["id"],
            "split": songs["split"],
            **known,
            "method": [method] * count,
            "trial": [trial] * count,
            "seed": [1] * count,
            "n_clusters": [n_clusters] * count,
            "cluster": cluster,
            "pca_x": pca[:, 0],
            "pca_y": pca[:, 1],
            "tsne_x": tsne[:, 0],
            "tsne_y": tsne[:, 1],
            "exemplar": _roles(cluster),
            "audio_path": paths,
        }
        if consensus:
            rows["agreement"] = random.uniform(0.4, 1, count)
        laid_out.append(pd.DataFrame(rows))
        cards += described(method, trial, cluster)
    table = pd.concat(laid_out, ignore_index=True).astype(object)
    table = table.where(table.notna(), None)
    store.append("map", {str(name): values.to_list() for name, values in table.items()})
    store.append("clusters", cards)
    maps = random.normal(size=(n_clusters, 16, 20)) + np.linspace(3, 0, 16)[:, None]
    store.save_figure("clusters", {"clusters": np.arange(n_clusters), "spectrograms": maps})


def described(method: str, trial: int, cluster: np.ndarray) -> list[dict[str, Any]]:
    """What the clusters of a method are like."""
    return [
        {
            "method": method,
            "trial": trial,
            "seed": 1,
            "cluster": int(number),
            "songs": int((cluster == number).sum()),
            "name": f"bright, tune {number}",
            "distinction": "brighter (2,310 Hz, others 1,540 Hz)",
            "words": "river, বৃষ্টি, night",
            "loudness": -20.0,
            "brightness": 2310.0,
            **({"agreement": 0.8} if method == "consensus" else {}),
        }
        for number in np.unique(cluster)
    ]


def _roles(cluster: np.ndarray) -> list[str | None]:
    """Three songs that stand for each cluster, and one on its border."""
    roles: list[str | None] = [None] * len(cluster)
    for number in np.unique(cluster):
        own = np.flatnonzero(cluster == number)
        for place, role in zip(own, ["exemplar"] * 3 + ["border"], strict=False):
            roles[place] = role
    return roles


@cache
def tone(pitch: float, seconds: float = 3.0) -> bytes:
    """A tone as MP3."""
    time = np.arange(int(RATE * seconds)) / RATE
    file = io.BytesIO()
    soundfile.write(file, 0.2 * np.sin(2 * np.pi * pitch * time), RATE, format="MP3")
    return file.getvalue()
