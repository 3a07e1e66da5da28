"""Parquet files of a run folder: what a file claims is held against the schema before it is read.

A file may come from anywhere: one of some megabytes can stand for gigabytes of rows or of text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from results.columns import Column, ResultsError, Table
from results.folder import part_files, table_file
from results.parquet import LAST_PART, TYPES, in_order
from results.schema import TABLES
from results.text import named, reason

MOST_CELLS = 2**27
"""Of one table: 100,000 songs by 40 finalists take a quarter."""
MOST_TEXT = 2**29
"""Bytes of all text in a table, each cell counted."""
LONGEST_TEXT = 2**20
"""Bytes of the text in one cell."""
TEXT_OF_ROW = 2**12
"""Bytes of the text in one row, on average, of a table whose rows are few."""
MOST_COLUMNS = 2**12
MOST_CHUNKS = 2**18
# Their ratio is bounded by their format; of others a few bytes stand for gigabytes.
CODECS = frozenset(("SNAPPY", "UNCOMPRESSED"))

# What a file may raise whose bytes somebody changed: pyarrow passes on errors of many kinds.
DAMAGED = (
    *(OSError, ValueError, LookupError, TypeError, ArithmeticError, MemoryError),
    *(NotImplementedError, pa.ArrowException),
)


class TornFileWarning(UserWarning):
    """A file lacks its end, after a crash or on a full disk; its rows are left out."""


class _TornError(Exception):
    """A file cannot be read."""


@dataclass
class _Budget:
    """What has been read of a table, in cells and in bytes of text."""

    table: Table
    cells: int = 0
    text: int = 0

    def take(self, path: Path, cells: int = 0, text: int = 0) -> None:
        self.cells += cells
        self.text += text
        rows = self.table.most_rows
        if self.cells > MOST_CELLS:
            raise refused(path, f"table {self.table.name} has more than {MOST_CELLS:,} cells")
        if self.text > (MOST_TEXT if rows is None else rows * TEXT_OF_ROW):
            raise refused(path, f"the text of table {self.table.name} takes too much memory")


def refused(path: Path, why: str) -> ResultsError:
    """The error that says why a file is not read."""
    return ResultsError(f"{path} is not read, for it is no table of a search: {why}.")


def source(table: Table, path: Path) -> ds.Dataset:
    """A whole file to read columns and rows of, left on the disk.

    Raises
    ------
    ResultsError
        When it is not of the table's schema, or larger than the table can be.
    """
    _Budget(table).take(path, cells_of(table, path))
    return ds.dataset(
        path, format=ds.ParquetFileFormat(dictionary_columns=set(_texts(table, path)))
    )


def _texts(table: Table, path: Path) -> list[str]:
    """Columns of text: read as dictionaries, for one long text may stand in every row."""
    fields = pq.read_schema(path)
    return [name for name in fields.names if TYPES[table.column(name).type] == pa.string()]


def cells_of(table: Table, path: Path) -> int:
    """How many cells a file claims to have, once it is known to be of the table's schema.

    Raises
    ------
    ResultsError
        When it is not, or cannot be read.
    """
    try:
        with pq.ParquetFile(path) as file:
            metadata, schema = file.metadata, file.schema_arrow
            if wrong := _wrong(table, metadata, schema):
                raise refused(path, wrong)
            values = [chunk.num_values for chunk in _chunks(metadata)]
            if foreign := {chunk.compression for chunk in _chunks(metadata)} - CODECS:
                raise refused(path, f"it is compressed by {', '.join(sorted(foreign))}")
    except ResultsError:
        raise
    except DAMAGED as error:
        raise _TornError(reason(error)) from None
    return int(max(sum(values), metadata.num_rows * metadata.num_columns))


def _chunks(metadata: pq.FileMetaData) -> Iterable[Any]:
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        yield from map(group.column, range(group.num_columns))


def _wrong(table: Table, metadata: pq.FileMetaData, schema: pa.Schema) -> str:
    """What in schema and size is not the table's, in half a sentence; empty if nothing."""
    chunks = metadata.num_columns * metadata.num_row_groups
    if metadata.num_columns > MOST_COLUMNS or max(chunks, metadata.num_row_groups) > MOST_CHUNKS:
        return f"it claims {metadata.num_columns} columns in {metadata.num_row_groups} pieces"
    if len(set(schema.names)) < len(schema.names):
        return "it has two columns of one name"
    for field in schema:
        declared = table.find(field.name)
        if declared is None:
            return f"table {table.name} has no column {named(field.name)}"
        if not _fits(declared, field.type):
            kind = named(str(field.type))
            return f"its column {named(field.name)} is of type {kind} and not {declared.type}"
    needed = [column.name for column in table.columns if column.required and column.always]
    if lacking := [name for name in needed if name not in schema.names]:
        return f"it lacks the column {lacking[0]}"
    rows = metadata.num_rows
    groups = sum(metadata.row_group(each).num_rows for each in range(metadata.num_row_groups))
    if rows != groups or rows < 0:
        return f"it claims {rows} rows and has {groups}"
    if table.most_rows is not None and rows > table.most_rows:
        return f"it has {rows:,} rows and table {table.name} at most {table.most_rows:,}"
    return ""


def _fits(column: Column, kind: pa.DataType) -> bool:
    if column.type == "category" and pa.types.is_dictionary(kind):
        return bool(kind.value_type == pa.string() and kind.index_type == pa.int32())
    return bool(kind == TYPES[column.type])


def checked(table: Table, rows: pa.Table, path: Path, budget: _Budget | None = None) -> pa.Table:
    """Rows as they were read, once each value is known to be one that its column can have.

    Raises
    ------
    ResultsError
        When a required value is missing, a category is unknown, text is none or beyond all bounds.
    """
    budget = budget or _Budget(table)
    try:
        rows.validate(full=True)
    except DAMAGED as error:
        raise refused(path, reason(error)) from None
    arrays = {}
    for name in rows.column_names:
        column, array = table.column(name), rows[name]
        if column.required and array.null_count:
            raise refused(path, f"its column {named(name)} lacks a value")
        if pa.types.is_dictionary(array.type) or pa.types.is_string(array.type):
            budget.take(path, text=_text_bytes(array, path))
        if column.values:
            found = set(pc.unique(array.cast(pa.string())).to_pylist())
            if unknown := found - {*column.values, None}:
                raise refused(path, f"its column {named(name)} holds {named(unknown.pop())}")
            array = in_order(column, array)
        arrays[name] = array.cast(pa.string()) if column.type == "text" else array
    return pa.table(arrays)


def _text_bytes(column: pa.ChunkedArray, path: Path) -> int:
    """Bytes of text in all cells of a column, without making them."""
    total = 0
    for chunk in column.chunks:
        words = chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk
        lengths = pc.binary_length(words)
        if (pc.max(lengths).as_py() or 0) > LONGEST_TEXT:
            raise refused(path, f"a text in it is longer than {LONGEST_TEXT >> 20} MiB")
        own = lengths.take(chunk.indices) if words is not chunk else lengths
        total += pc.sum(own).as_py() or 0
    return total


def missing_parts(folder: Path, name: str) -> list[Path]:
    """Parts of a table that its consolidated file does not hold, oldest first."""
    try:
        metadata = pq.read_schema(table_file(folder, name)).metadata or {}
    except DAMAGED:
        metadata = {}
    last = metadata.get(LAST_PART, b"").decode(errors="replace")
    return part_files(folder, name, after=last)


def gather(folder: Path, name: str) -> tuple[list[pa.Table], list[Path]]:
    """All that a run folder holds of a table, oldest first, and the files of it that are torn.

    Raises
    ------
    ResultsError
        When a file is not of the table's schema, or all together are larger than it can be.
    """
    file, budget = table_file(folder, name), _Budget(TABLES[name])
    tables, torn = _whole(budget, [file] if file.is_file() else [])
    missing = part_files(folder, name) if torn else missing_parts(folder, name)
    parts, torn_parts = _whole(budget, missing)
    return tables + parts, torn + torn_parts


def is_torn(path: Path) -> bool:
    """Whether a Parquet file lacks its end, which is written last."""
    try:
        pq.read_metadata(path)
    except DAMAGED:
        return True
    return False


def _whole(budget: _Budget, paths: Sequence[Path]) -> tuple[list[pa.Table], list[Path]]:
    tables, torn = [], []
    for path in paths:
        try:
            tables.append(_read(budget, path))
        except _TornError:
            torn.append(path)
    return tables, torn


def _read(budget: _Budget, path: Path) -> pa.Table:
    table = budget.table
    budget.take(path, cells_of(table, path))
    try:
        texts = _texts(table, path)
        rows = pq.read_table(path, partitioning=None, read_dictionary=texts)
    except ResultsError:
        raise
    except DAMAGED as error:
        raise _TornError(reason(error)) from None
    return checked(table, rows, path, budget)
