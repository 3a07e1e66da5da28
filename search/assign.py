"""`python -m search assign`: clusters for new songs, by a finalist of a run or its consensus."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import results
from data import Songs, read
from evaluation.assignment import from_arrays
from evaluation.base_partitions import restore as restore_bases
from evaluation.clusterers import CLUSTERERS
from evaluation.consensus import restore as restore_consensus
from evaluation.reducers import restore
from evaluation.score import OWN
from models import FAMILIES, Assigns, ModelError, load
from models.song_encoder import SongEncoder
from results.arrays import read_arrays
from results.columns import ResultsError
from results.disk import beginnings, remove_left_over, replaceable, replacing
from results.finding import run_folders
from results.folder import read_info
from results.layout import CONSENSUS as CONSENSUS_FOLDER
from results.layout import MODELS, model_name
from results.schema import CONSENSUS
from results.spreadsheet import to_csv
from results.store import MEMBERS
from search.console import console
from search.exit_codes import ExitCode
from search.experiment.consensus import CLUSTERER as SPECTRAL
from search.experiment.consensus import TRIAL as CONSENSUS_TRIAL
from search.origin import begun_here
from search.parts_of_run import OF_MODELS, bring_recorded
from search.tasks.own_parts import own_parts
from search.tasks.ranges import TaskError, brief
from search.trial.packaging import BASES, CLUSTERER, REDUCER
from search.wording import on_a_line, speaker

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
    say = speaker(console())
    table = assign(run, read(arguments.data), arguments.method, parts=arguments.parts, say=say)
    with replacing(out) as file:
        if out.suffix == ".csv":
            file.write(to_csv(table).encode(errors="backslashreplace"))
        else:
            table.to_parquet(file, index=False)
    print(on_a_line(f"{len(table)} songs, {table['cluster'].nunique()} clusters: {out}"))
    return ExitCode.DONE


def assign(
    run: Path,
    songs: Songs,
    method: str | None = None,
    *,
    parts: Sequence[str] = (),
    say: Callable[[str], None] = lambda sentence: None,
) -> pd.DataFrame:
    """Return the cluster of each song, by a method of the run on its first fresh seed.

    Songs that the run had get the clusters that its table `assignments` has for this method and
    seed.

    Parameters
    ----------
    run : a run folder with a comparison.
    songs : of the layout that the run's songs had.
    method : family of a row of the comparison, or "consensus"; the first row by default.
    parts : modules of parts of one's own that models need: see `search.parts_of_run`.
    say : takes a sentence where such a module has changed.

    Returns
    -------
    columns id, method, n_clusters, cluster (-1 for noise), and agreement of a consensus.

    Raises
    ------
    ResultsError
        When the run has no such method, or these songs are not of the run's layout.
    """
    info = read_info(run)
    bring_recorded(info, parts, begun_here(info, run), say, OF_MODELS)
    best = _method_of(run, method, info)
    columns = {"id": songs.ids, "method": best.method, "n_clusters": best.n_clusters}
    if best.method == CONSENSUS:
        clusters, agreement = _by_consensus(run, songs)
        return pd.DataFrame({**columns, "cluster": clusters, "agreement": agreement})
    path = _first_seed(run / MODELS, rf"{best.trial}-s([0-9]{{1,9}})\.json")
    with _one_sentence(path):
        clusters = _clusters_by(_model_at(path), best.clusterer, songs)
    if clusters.shape != songs.ids.shape:
        raise ResultsError(
            f"{path} gives clusters of shape {clusters.shape} for {len(songs)} songs."
        )
    return pd.DataFrame({**columns, "cluster": clusters})


def _first_seed(folder: Path, pattern: str) -> Path:
    """Return the file of the lowest seed among those whose name has the pattern.

    Raises
    ------
    ResultsError
        When there is none.
    """
    paths = sorted(
        (int(match[1]), path)
        for path in folder.glob("*")
        if (match := re.fullmatch(pattern, path.name))
    )
    if not paths:
        raise ResultsError(f"{folder.parent} has no saved finalist: let its search end first.")
    return paths[0][1]


def _model_at(path: Path) -> SongEncoder:
    """Load a model of the run.

    Raises
    ------
    ResultsError
        When it cannot be loaded.
    """
    try:
        found = load(path)
    except ModelError as error:
        raise ResultsError(
            f"A model of the run cannot be loaded: {str(error).rstrip('.')}."
        ) from None
    if not isinstance(found, SongEncoder):
        raise ResultsError(f"{path} does not say how songs are presented to it.")
    return found


@contextmanager
def _one_sentence(path: Path) -> Iterator[None]:
    """Raise ResultsError where the songs do not go with what a file holds."""
    try:
        yield
    except ResultsError:
        raise
    except (ValueError, KeyError, TypeError, OSError) as error:
        said = str(error).rstrip(".") or type(error).__name__
        raise ResultsError(f"{path} cannot take these songs: {said}.") from None


def _by_consensus(run: Path, songs: Songs) -> tuple[np.ndarray, np.ndarray]:
    """Return clusters (n,) of songs and how far the models agree on them."""
    path = _first_seed(run / CONSENSUS_FOLDER, r"s([0-9]{1,9})\.npz")
    arrays = read_arrays(path)
    partitions = []
    with _one_sentence(path):
        found = restore_consensus(arrays)
        counts = [int(count) for count in arrays["counts"]]
        members = [int(trial) for trial in arrays[MEMBERS]]
    for trial in members:
        file = run / MODELS / f"{model_name(trial)}.json"
        member = _model_at(file)
        with _one_sentence(file):
            codes = _codes_by(member, songs)
            bases = restore_bases(member.kept.get(BASES, {}))
            partitions.append(bases.assign(codes, counts))
    with _one_sentence(path):
        return found.assign(np.concatenate(partitions))


@dataclass(frozen=True)
class _Best:
    """What a row of a comparison says of its method."""

    trial: int
    method: str
    clusterer: str
    n_clusters: int


def _method_of(run: Path, method: str | None, info: Mapping[str, Any]) -> _Best:
    """Return a method of a run's comparison, the best one by default; `info` is its record.

    Raises
    ------
    ResultsError
        When there is none such, or its row holds what no search writes.
    """
    wanted = ["trial", "family", "clusterer", "n_clusters"]
    comparison = results.load(run, columns=wanted)
    if comparison.empty:
        raise ResultsError(f"{run} has a comparison without a row: let its search end first.")
    families = [str(family) for family in comparison["family"]]
    if method is not None and method not in families:
        raise ResultsError(
            f"The comparison of {run} has no method {brief(method)}: give one of "
            f"{', '.join(families)}."
        )
    row = comparison.iloc[0 if method is None else families.index(method)]
    found = _Best(
        _whole(row["trial"], -_LARGEST),
        str(row["family"]),
        str(row["clusterer"]),
        _whole(row["n_clusters"], 0),
    )
    for name, value in zip(wanted, astuple(found), strict=True):
        known = {
            "trial": {CONSENSUS_TRIAL} if found.method == CONSENSUS else None,
            "family": {*FAMILIES, CONSENSUS},
            "clusterer": {*CLUSTERERS, *_own_clusterers(info), OWN, SPECTRAL},
        }.get(name)
        if value is None or (known is not None and value not in known):
            raise ResultsError(
                f"The comparison of {run} has {brief(row[name])} for {name} in the row of its "
                "method, which no search writes: take the run folder as it was."
            )
    return found


def _own_clusterers(info: Mapping[str, Any]) -> list[str]:
    """Return the clusterers of one's own that a run names, whose code is not needed."""
    settings = info.get("settings")
    named = own_parts(settings) if isinstance(settings, Mapping) else []
    return [name for kind, name in named if kind.name == "clusterer"]


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
    return from_arrays(finalist.kept.get(CLUSTERER, {})).assign(_codes_by(finalist, songs))


def _codes_by(model: SongEncoder, songs: Songs) -> np.ndarray:
    """Return codes of songs as clusterers see them, behind the reducer."""
    return restore(model.kept.get(REDUCER, {})).transform(model.encode(songs))
