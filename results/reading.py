"""Parquet files of a run folder: tables and parts, whole and torn, as Arrow has them."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from results.checking import DAMAGED, Budget, cells_of, checked, metadata_of, texts_of
from results.columns import ResultsError, Table
from results.disk import opened
from results.layout import choice_file, part_files, part_number, table_file
from results.parquet import LAST_PART
from results.schema import TABLES
from results.text import reason


class TornFileWarning(UserWarning):
    """A file lacks its end, after a crash or on a full disk; its rows are left out."""


def source(table: Table, path: Path) -> ds.Dataset | None:
    """Return a whole file to read columns and rows of, left on the disk; None if it is torn.

    Raises
    ------
    ResultsError
        When it is not of the table's schema, or larger than the table can be.
    """
    try:
        with opened(path) as file:
            metadata = metadata_of(path, file)
            Budget(table).take(path, cells_of(table, path, metadata))
    except DAMAGED as error:
        if isinstance(error, ResultsError):
            raise
        return None
    texts = set(texts_of(table, metadata))
    return ds.dataset(path, format=ds.ParquetFileFormat(dictionary_columns=texts))


def missing_parts(folder: Path, name: str) -> list[Path]:
    """Return the parts of a table that its consolidated file does not hold, oldest first."""
    metadata: dict[bytes, bytes] = {}
    path = table_file(folder, name)
    try:
        with opened(path) as file:
            metadata = metadata_of(path, file).metadata or {}
    except DAMAGED:
        pass
    last = part_number(metadata.get(LAST_PART, b"").decode(errors="replace"))
    return part_files(folder, name, after=last)


def gather(folder: Path, name: str) -> tuple[list[pa.Table], list[Path]]:
    """Read all that a run folder holds of a table, oldest first, and name its torn files.

    Raises
    ------
    ResultsError
        When a file is not of the table's schema, or all together are larger than it can be.
    """
    file, budget = table_file(folder, name), Budget(TABLES[name])
    tables, torn = _whole(budget, [file] if file.is_file() else [])
    missing = part_files(folder, name) if torn else missing_parts(folder, name)
    parts, torn_parts = _whole(budget, missing)
    return tables + parts, torn + torn_parts


def choice_rows(folder: Path, name: str, table: str) -> pa.Table:
    """Read a table of a choice by known songs.

    Raises
    ------
    ResultsError
        When there is none, it is damaged, or not of the table's schema.
    """
    path = choice_file(folder, name, table)
    try:
        return _read(Budget(TABLES[table]), path)
    except ResultsError:
        raise
    except (*DAMAGED, OSError) as error:
        raise ResultsError(f"{path} cannot be read: {reason(error)}.") from None


def is_torn(path: Path) -> bool:
    """Return whether a Parquet file lacks its end, which is written last."""
    try:
        with opened(path) as file:
            metadata_of(path, file)
    except ResultsError:
        return False  # whole, and refused when it is read
    except DAMAGED:
        return True
    return False


def _whole(budget: Budget, paths: Sequence[Path]) -> tuple[list[pa.Table], list[Path]]:
    """Read those files that are whole; and name the others."""
    tables, torn = [], []
    for path in paths:
        try:
            tables.append(_read(budget, path))
        except ResultsError:
            raise
        except DAMAGED:
            torn.append(path)
    return tables, torn


def _read(budget: Budget, path: Path) -> pa.Table:
    table = budget.table
    with opened(path) as file:
        metadata = metadata_of(path, file)
        budget.take(path, cells_of(table, path, metadata))
        texts = texts_of(table, metadata)
        with pq.ParquetFile(file, metadata=metadata, read_dictionary=texts) as parquet:
            rows = parquet.read()
    return checked(table, rows, path, budget)
