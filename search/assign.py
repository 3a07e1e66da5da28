"""Clusters for new songs, by a finalist of a finished run."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import results
from data import Songs
from evaluation.assignment import from_arrays
from evaluation.clusterers import CLUSTERERS
from evaluation.reducers import restore
from evaluation.score import OWN
from models import FAMILIES, Assigns, ModelError, load
from models.song_encoder import SongEncoder
from results.columns import ResultsError
from results.folder import MODELS
from search.tasks.ranges import brief
from search.trial.packaging import CLUSTERER, REDUCER

LARGEST = 10**9
"""Trials and cluster counts are smaller."""


def assign(run: Path, songs: Songs) -> pd.DataFrame:
    """The cluster of each song, by the run's best finalist on its first fresh seed.

    Songs that the run had get the clusters that its table `assignments` has for this method and
    seed.

    Parameters
    ----------
    run : a run folder with a comparison.
    songs : of the layout that the run's songs had.

    Returns
    -------
    columns id, method, n_clusters, cluster (-1 for noise).

    Raises
    ------
    ResultsError
        When the run has no finalist, or these songs are not of the run's layout.
    """
    best = first_of(run)
    paths = sorted(
        (int(match[1]), path)
        for path in (run / MODELS).glob("*.json")
        if (match := re.fullmatch(rf"{best.trial}-s([0-9]{{1,9}})\.json", path.name))
    )
    if not paths:
        raise ResultsError(f"{run} has no saved finalist: let its search end first.")
    path = paths[0][1]
    try:
        finalist = load(path)
    except ModelError as error:
        raise ResultsError(f"A finalist cannot be loaded: {str(error).rstrip('.')}.") from None
    if not isinstance(finalist, SongEncoder):
        raise ResultsError(f"{path} does not say how songs are presented to it.")
    try:
        clusters = clusters_by(finalist, best.clusterer, songs)
    except (ValueError, KeyError, TypeError, OSError) as error:
        said = str(error).rstrip(".") or type(error).__name__
        raise ResultsError(f"{path} cannot take these songs: {said}.") from None
    if clusters.shape != songs.ids.shape:
        raise ResultsError(
            f"{path} gives clusters of shape {clusters.shape} for {len(songs)} songs."
        )
    return pd.DataFrame(
        {
            "id": songs.ids,
            "method": best.method,
            "n_clusters": best.n_clusters,
            "cluster": clusters,
        }
    )


@dataclass(frozen=True)
class Best:
    """What the first row of a comparison says of its method."""

    trial: int
    method: str
    clusterer: str
    n_clusters: int


def first_of(run: Path) -> Best:
    """The best method of a run's comparison.

    Raises
    ------
    ResultsError
        When there is none, or its row holds what no search writes.
    """
    wanted = ["trial", "family", "clusterer", "n_clusters"]
    comparison = results.load(run, columns=wanted)
    if comparison.empty:
        raise ResultsError(f"{run} has a comparison without a row: let its search end first.")
    row = comparison.iloc[0]
    found = Best(
        whole(row["trial"], -LARGEST),
        str(row["family"]),
        str(row["clusterer"]),
        whole(row["n_clusters"], 0),
    )
    for name, value in zip(wanted, astuple(found), strict=True):
        known = {"family": FAMILIES, "clusterer": {*CLUSTERERS, OWN}}.get(name)
        if value is None or (known is not None and value not in known):
            raise ResultsError(
                f"The comparison of {run} has {brief(row[name])} for {name} in its first row, "
                "which no search writes: take the run folder as it was."
            )
    return found


def whole(value: Any, least: int) -> Any:
    """A number of a table as a whole number; None where it is none, or beyond all bounds."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_)
    if not number or not least <= value <= LARGEST or value != int(value):
        return None
    return int(value)


def clusters_by(finalist: SongEncoder, clusterer: str, songs: Songs) -> np.ndarray:
    """Clusters (n,) of songs as a collection has them."""
    if clusterer == OWN:
        if not isinstance(finalist.encoder, Assigns):
            raise ValueError("the encoder has no clusters of its own")
        return finalist.encoder.assign(finalist.presentation.apply(songs))
    codes = restore(finalist.kept.get(REDUCER, {})).transform(finalist.encode(songs))
    return from_arrays(finalist.kept.get(CLUSTERER, {})).assign(codes)
