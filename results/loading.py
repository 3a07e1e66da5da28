"""Tables of finished and unfinished runs as pandas frames, and the codes of their trials."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from results.arguments import Condition, conditions_of, texts_of
from results.arrays import Array, read_array
from results.columns import ResultsError
from results.finding import run_folders
from results.folder import read_record
from results.layout import codes_file
from results.lookup import table_named
from results.parquet import with_metadata
from results.rows import dataset, frame, select, tables_there
from results.text import named


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
    found = {folder: rows for folder in folders if (rows := dataset(folder, table))}
    if not found:
        raise ResultsError(
            f"Run {folders[-1].name} has no table {table} yet; it has "
            f"{', '.join(tables_there(folders[-1])) or 'none'}."
        )
    names = dict.fromkeys(name for rows in found.values() for name in rows.schema.names)
    known = [column.name for column in schema.present(names)]
    for name in [*(asked or []), *(condition[0] for condition in wanted)]:
        if name not in known:
            raise ResultsError(
                f"Table {table} has no column {named(name)}; it has {', '.join(known)}."
            )
    tables = [select(folder, table, rows, asked, wanted) for folder, rows in found.items()]
    if len(folders) == 1:
        return frame(tables[0])
    if "run" not in known:
        tables = [_with_run(*each) for each in zip(found, tables, strict=True)]
    return frame(with_metadata(pa.concat_tables(tables, promote_options="permissive")))


def _with_run(folder: Path, rows: pa.Table) -> pa.Table:
    """Return the rows with the run and the task before all other columns."""
    info = read_record(folder)
    for name in ("run", "task"):
        same = pa.DictionaryArray.from_arrays(np.zeros(rows.num_rows, np.int32), [info[name]])
        rows = rows.add_column(0, name, same)
    return rows


def latents(
    run: str | Path, trial: int, seed: int | None = None, root: str | Path | None = None
) -> npt.NDArray[np.floating[Any]]:
    """Load the codes of all songs by the model of a trial, in the order of the table `songs`.

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
    """Load the winner of a search, and what `trials` says of its trial.

    It is the clustering with the best objective among those of which every guard held and whose
    model was given no label. The direction is that of `direction` in `run.json`, `maximize` or
    `minimize`.

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
    sign = -1 if read_record(folder).get("direction") == "minimize" else 1
    ranked = (sign * found["objective"]).dropna()
    if ranked.empty:
        raise ResultsError(f"Run {folder.name} has no clustering yet that passed every guard.")
    winner = found.loc[ranked.idxmax()]
    trial = trials[trials["trial"] == winner["trial"]].iloc[0]
    return pd.Series({**trial.to_dict(), **winner.to_dict()})
