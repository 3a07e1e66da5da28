"""Tables of finished and unfinished runs as pandas frames, and the codes of their trials."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from results.arguments import Condition, conditions_of, texts_of
from results.arrays import Array, read_array
from results.columns import ResultsError, Table
from results.finding import run_folders, runs_in
from results.folder import checked_name, codes_file, read_info, runs_root, table_file
from results.lookup import table_named
from results.parquet import complete, merge, with_metadata
from results.reading import (
    DAMAGED,
    TornFileWarning,
    checked,
    gather,
    is_torn,
    missing_parts,
    source,
)
from results.schema import TABLES
from results.text import named, reason


def load(
    task: str | Path,
    table: str = "comparison",
    runs: str | Sequence[str] | None = None,
    root: str | Path | None = None,
    columns: Sequence[str] | None = None,
    where: Sequence[Condition] | None = None,
) -> pd.DataFrame:
    """Load a table of one run, or of several runs as one frame.

    A finished run gives what `pandas.read_parquet` gives for the file of the table; a run that
    goes on, or was broken off, gives the rows that are finished.

    Parameters
    ----------
    task : str or Path
        A task (`easy`), one run of it (`easy/RUN` or `RUN`), or the path of the folder of either.
    table : str
        `comparison`, `trials`, `clusterings`, `epochs`, `songs` or `assignments`.
    runs : str or sequence of str, optional
        `all`, a name, a pattern such as `night-*`, or several of these; by default the newest.
        With several runs a table that names no run gets the columns `task` and `run`.
    root : str or Path, optional
        Folder of all runs, by default `results/runs`.
    columns : sequence of str, optional
        Read only these columns.
    where : sequence of (column, operator, value), optional
        Read only the rows that fulfil all, as with `filters` of `pandas.read_parquet`:
        `[("family", "==", "pca"), ("n_clusters", "in", [8, 10])]`.

    Raises
    ------
    ResultsError
        When there is no such task, run, table or column. It says which there are.
    """
    schema = table_named(table)
    asked = None if columns is None else list(dict.fromkeys(texts_of(columns, "columns")))
    wanted = [] if where is None else conditions_of(where)
    if asked == []:
        raise ResultsError("columns names no column: leave it out for all, or name some.")
    folders = run_folders(task, runs, root)
    found = {folder: rows for folder in folders if (rows := _dataset(folder, table))}
    if not found:
        raise ResultsError(
            f"Run {folders[-1].name} has no table {table} yet; it has "
            f"{', '.join(_there(folders[-1])) or 'none'}."
        )
    names = dict.fromkeys(name for rows in found.values() for name in rows.schema.names)
    known = [column.name for column in schema.present(names)]
    for name in [*(asked or []), *(condition[0] for condition in wanted)]:
        if name not in known:
            raise ResultsError(
                f"Table {table} has no column {named(name)}; it has {', '.join(known)}."
            )
    tables = [_select(folder, table, rows, asked, wanted) for folder, rows in found.items()]
    if len(folders) == 1:
        return _frame(tables[0])
    if "run" not in known:
        tables = [_with_run(*each) for each in zip(found, tables, strict=True)]
    return _frame(with_metadata(pa.concat_tables(tables, promote_options="permissive")))


def table_of(folder: Path, table: str) -> pd.DataFrame | None:
    """All rows of a table in a run folder; None where there are none yet.

    Raises
    ------
    ResultsError
        When what lies there is no such table.
    """
    rows = _dataset(folder, table)
    return _frame(_select(folder, table, rows)) if rows else None


def _there(folder: Path) -> list[str]:
    """Names of the tables that a run has and that can be read."""
    found = []
    for name in TABLES:
        try:
            found += [name] if _dataset(folder, name) else []
        except ResultsError:
            continue
    return found


def _dataset(folder: Path, table: str) -> ds.Dataset | None:
    """What a run has of a table, left on the disk where it is one file; None without rows."""
    file = table_file(folder, table)
    if file.is_file() and not is_torn(file) and not missing_parts(folder, table):
        return source(TABLES[table], file)
    tables, torn = gather(folder, table)
    for path in torn:
        warnings.warn(f"{path} is cut short and left out.", TornFileWarning, stacklevel=3)
    return ds.dataset(merge(TABLES[table], tables)) if tables else None


def _select(
    folder: Path,
    table: str,
    rows: ds.Dataset,
    columns: Sequence[str] | None = None,
    where: Sequence[Condition] = (),
) -> pa.Table:
    """Some rows and columns; a run that lacks a column of a condition has no such rows."""
    names = rows.schema.names
    declared = TABLES[table]
    wanted = None if columns is None else [c for c in columns if _has(declared, c, names)]
    read = names if wanted is None else [name for name in wanted if name in names]
    try:
        # To Arrow a list of nothing has a type of its own, which no column has.
        telling = [each for each in where if each[1:] != ("not in", [])]
        condition = pq.filters_to_expression(telling) if telling else None
        if any(name not in names or (how, value) == ("in", []) for name, how, value in where):
            condition = pc.scalar(False)
        # Without any column there would be no number of rows.
        found = rows.to_table(columns=read or names[:1], filter=condition)
    except DAMAGED as error:
        raise ResultsError(f"Table {table} cannot be read as asked: {reason(error)}.") from error
    return complete(declared, checked(declared, found, table_file(folder, table)), wanted)


def _has(table: Table, name: str, names: Sequence[str]) -> bool:
    return name in names or table.column(name).always


def _frame(rows: pa.Table) -> pd.DataFrame:
    try:
        return rows.to_pandas()
    except DAMAGED as error:
        raise ResultsError(f"The rows cannot be had as a frame: {reason(error)}.") from error


def _with_run(folder: Path, rows: pa.Table) -> pa.Table:
    info = read_info(folder)
    for name in ("run", "task"):
        same = pa.DictionaryArray.from_arrays(np.zeros(rows.num_rows, np.int32), [info[name]])
        rows = rows.add_column(0, name, same)
    return rows


def runs(task: str | None = None, root: str | Path | None = None) -> pd.DataFrame:
    """The runs there are, by task, oldest first.

    Returns
    -------
    DataFrame
        task, run, created (in UTC), trials (how many ended), finished (whether it came to
        its end, and its tables are complete), folder.
    """
    root = runs_root(root)
    places = sorted(root.glob("*")) if task is None else [root / checked_name(task, "task")]
    rows = []
    for folder in [run for place in places for run in runs_in(place)]:
        try:
            rows.append(_summary(folder))
        except ResultsError as error:
            warnings.warn(f"{error} The run is left out.", stacklevel=2)
    return pd.DataFrame(rows, columns=["task", "run", "created", "trials", "finished", "folder"])


def _summary(folder: Path) -> dict[str, Any]:
    info = read_info(folder)
    trials = _dataset(folder, "trials")
    try:
        n_trials = trials.count_rows() if trials else 0
    except DAMAGED as error:
        raise ResultsError(f"{folder} has no trials to count: {reason(error)}.") from None
    return {
        "task": info["task"],
        "run": info["run"],
        "created": pd.to_datetime(info.get("created"), utc=True, errors="coerce"),
        "trials": n_trials,
        "finished": has_ended(folder),
        "folder": str(folder),
    }


def has_ended(folder: Path) -> bool:
    """Whether a run came to its end, and its tables have every row; else it goes on or broke."""
    complete = not any(missing_parts(folder, table) for table in TABLES)
    return complete and bool(read_info(folder).get("ended"))


def latents(
    run: str | Path, trial: int, seed: int | None = None, root: str | Path | None = None
) -> npt.NDArray[np.floating[Any]]:
    """Codes of all songs by the model of a trial, in the order of the table `songs`.

    Parameters
    ----------
    run : str or Path
        As `task` of `load`.
    trial : int
    seed : int, optional
        Of a model that was trained again for the comparison.
    root : str or Path, optional
        As for `load`.

    Returns
    -------
    array, (n_songs, latent_size)

    Raises
    ------
    ResultsError
        When the run has no such codes, or they cannot be read.
    """
    folder = run_folders(run, root=root)[-1]
    path = codes_file(folder, trial, seed)
    try:
        codes: Array = read_array(path)
    except FileNotFoundError:
        there = ", ".join(sorted(each.stem for each in path.parent.glob("*.npy")))
        raise ResultsError(
            f"Run {folder.name} has no codes {path.stem}; it has those of {there or 'no trial'}."
        ) from None
    if codes.ndim != 2 or codes.dtype.kind not in "fiu":
        raise ResultsError(
            f"{path} holds no codes: it has {codes.ndim} dimensions of {codes.dtype}, and codes "
            "are songs by numbers."
        )
    return codes


def best(run: str | Path, root: str | Path | None = None) -> "pd.Series[Any]":
    """The winner of a search: the clustering with the best objective among those that held every
    guard and were told no label, and what `trials` says of its trial.

    The direction is that of `direction` in `run.json`, `maximize` or `minimize`.

    Parameters
    ----------
    run : str or Path
        As `task` of `load`.
    root : str or Path, optional
        As for `load`.

    Raises
    ------
    ResultsError
        When there is none.
    """
    folder = run_folders(run, root=root)[-1]
    searched = ("role", "==", "search")
    trials = load(folder, "trials", where=[searched, ("status", "in", ["complete", "infeasible"])])
    found = load(folder, "clusterings", where=[searched, ("split", "==", "validation")])
    honest = trials.loc[trials["leaks"].isna(), "trial"]
    found = found[found["trial"].isin(honest) & (found["status"] == "complete")]
    sign = -1 if read_info(folder).get("direction") == "minimize" else 1
    ranked = (sign * found["objective"]).dropna()
    if ranked.empty:
        raise ResultsError(f"Run {folder.name} has no clustering yet that passed every guard.")
    winner = found.loc[ranked.idxmax()]
    trial = trials[trials["trial"] == winner["trial"]].iloc[0]
    return pd.Series({**trial.to_dict(), **winner.to_dict()})
