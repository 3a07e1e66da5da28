"""Clusters for new songs, by a finalist of a finished run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

import results
from data import Songs
from evaluation.assignment import from_arrays
from evaluation.heads import restore
from evaluation.score import OWN
from models import Assigns, load
from models.finalist import Finalist
from results.columns import ResultsError
from search.trial import CLUSTERER, HEAD


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
    comparison = results.load(run)
    best = comparison.iloc[0]
    paths = sorted((run / "models").glob(f"{int(best['trial'])}-s*.json"))
    if not paths:
        raise ResultsError(f"{run} has no saved finalist: let its search end first.")
    finalist = load(paths[0])
    if not isinstance(finalist, Finalist):
        raise ResultsError(f"{paths[0]} does not say how songs are presented to it.")
    try:
        clusters = clusters_by(finalist, str(best["clusterer"]), songs)
    except ValueError as error:
        raise ResultsError(f"{paths[0]} cannot take these songs: {error}.") from None
    return pd.DataFrame(
        {
            "id": songs.ids,
            "method": str(best["family"]),
            "n_clusters": int(best["n_clusters"]),
            "cluster": clusters,
        }
    )


def clusters_by(finalist: Finalist, clusterer: str, songs: Songs) -> np.ndarray:
    """Clusters (n,) of songs as a collection has them."""
    if clusterer == OWN:
        if not isinstance(finalist.encoder, Assigns):
            raise ValueError("the encoder has no clusters of its own")
        return finalist.encoder.assign(finalist.presentation.apply(songs))
    codes = restore(finalist.kept.get(HEAD, {})).transform(finalist.encode(songs))
    return from_arrays(finalist.kept[CLUSTERER]).assign(codes)
