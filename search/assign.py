"""`python -m search assign`: clusters for new songs, by a finalist of a finished run."""

from __future__ import annotations

import argparse
import re
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import results
from data import Songs, read
from evaluation.assignment import from_arrays
from evaluation.clusterers import CLUSTERERS
from evaluation.reducers import restore
from evaluation.score import OWN
from models import FAMILIES, Assigns, ModelError, load
from models.song_encoder import SongEncoder
from results.columns import ResultsError
from results.disk import beginnings, remove_left_over, replaceable, replacing
from results.finding import run_folders
from results.layout import MODELS
from results.spreadsheet import to_csv
from search.exit_codes import ExitCode
from search.tasks.ranges import TaskError, brief
from search.trial.packaging import CLUSTERER, REDUCER
from search.wording import on_a_line

_LARGEST = 10**9
"""Trials and cluster counts are smaller."""


def command(arguments: argparse.Namespace) -> int:
    """Write the clusters of new songs to a file; return the exit code."""
    out = arguments.out
    if out.suffix not in (".csv", ".parquet"):
        raise TaskError(f"--out {out}: the name must end in .csv or .parquet")
    if not out.parent.is_dir():
        raise TaskError(f"--out {out}: there is no folder {out.parent}; make it")
    replaceable(out)  # before the songs are read, which may take long
    remove_left_over(out.parent, beginnings(out.name))
    (run,) = run_folders(arguments.run, root=arguments.root)
    table = assign(run, read(arguments.data))
    with replacing(out) as file:
        if out.suffix == ".csv":
            file.write(to_csv(table).encode(errors="backslashreplace"))
        else:
            table.to_parquet(file, index=False)
    print(on_a_line(f"{len(table)} songs, {table['cluster'].nunique()} clusters: {out}"))
    return ExitCode.DONE


def assign(run: Path, songs: Songs) -> pd.DataFrame:
    """Return the cluster of each song, by the run's best finalist on its first fresh seed.

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
    best = _first_of(run)
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
        clusters = _clusters_by(finalist, best.clusterer, songs)
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
class _Best:
    """What the first row of a comparison says of its method."""

    trial: int
    method: str
    clusterer: str
    n_clusters: int


def _first_of(run: Path) -> _Best:
    """Return the best method of a run's comparison.

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
    found = _Best(
        _whole(row["trial"], -_LARGEST),
        str(row["family"]),
        str(row["clusterer"]),
        _whole(row["n_clusters"], 0),
    )
    for name, value in zip(wanted, astuple(found), strict=True):
        known = {"family": FAMILIES, "clusterer": {*CLUSTERERS, OWN}}.get(name)
        if value is None or (known is not None and value not in known):
            raise ResultsError(
                f"The comparison of {run} has {brief(row[name])} for {name} in its first row, "
                "which no search writes: take the run folder as it was."
            )
    return found


def _whole(value: Any, least: int) -> Any:
    """Return a number of a table as an int; None where it is not whole or out of bounds."""
    number = isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_)
    if not number or not least <= value <= _LARGEST or value != int(value):
        return None
    return int(value)


def _clusters_by(finalist: SongEncoder, clusterer: str, songs: Songs) -> np.ndarray:
    """Return clusters (n,) of songs as a collection has them, -1 for noise."""
    if clusterer == OWN:
        if not isinstance(finalist.encoder, Assigns):
            raise ValueError("the encoder has no clusters of its own")
        return finalist.encoder.assign(finalist.presentation.apply(songs))
    codes = restore(finalist.kept.get(REDUCER, {})).transform(finalist.encode(songs))
    return from_arrays(finalist.kept.get(CLUSTERER, {})).assign(codes)
