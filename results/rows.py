"""Rows of one table of one run: those asked for, of a finished or an unfinished run."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from results.arguments import Condition
from results.checking import DAMAGED, checked
from results.columns import ResultsError, Table
from results.layout import table_file
from results.parquet import complete, merge
from results.reading import TornFileWarning, gather, missing_parts, source
from results.schema import TABLES
from results.text import reason


def table_of(folder: Path, table: str) -> pd.DataFrame | None:
    """Return all rows of a table in a run folder; None where there are none yet.

    Raises
    ------
    ResultsError
        When what lies there is no such table.
    """
    rows = dataset(folder, table)
    return frame(select(folder, table, rows)) if rows else None


def tables_there(folder: Path) -> list[str]:
    """Return the names of the tables that a run has and that can be read."""
    found = []
    for name in TABLES:
        try:
            found += [name] if dataset(folder, name) else []
        except ResultsError:
            continue
    return found


def dataset(folder: Path, table: str) -> ds.Dataset | None:
    """Return what a run has of a table, left on the disk if it is one file; None without rows."""
    file = table_file(folder, table)
    if file.is_file() and not missing_parts(folder, table):
        if (whole := source(TABLES[table], file)) is not None:
            return whole
    tables, torn = gather(folder, table)
    for path in torn:
        warnings.warn(f"{path} is cut short and left out.", TornFileWarning, stacklevel=3)
    return ds.dataset(merge(TABLES[table], tables)) if tables else None


def select(
    folder: Path,
    table: str,
    rows: ds.Dataset,
    columns: Sequence[str] | None = None,
    where: Sequence[Condition] = (),
) -> pa.Table:
    """Return some rows and columns; a run that lacks a condition's column has no such rows."""
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


def frame(rows: pa.Table) -> pd.DataFrame:
    """Return Arrow's rows as pandas has them; `ResultsError` where that cannot be."""
    try:
        return rows.to_pandas()
    except DAMAGED as error:
        raise ResultsError(f"The rows cannot be had as a frame: {reason(error)}.") from error
