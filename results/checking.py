"""What a Parquet file claims is held against the schema before it is read, and then its values.

A file may come from anywhere: one of some megabytes can stand for gigabytes of rows or of text.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from results.columns import Column, ResultsError, Table
from results.parquet import TYPES, in_order
from results.text import named, reason

MOST_CELLS = 3 * 2**24
"""Of one table: 100,000 songs by 40 seeds of finalists take half; a cell takes 20 to 25 bytes."""
_MOST_TEXT = 2**29
"""Bytes of all text in a table, each cell counted."""
_LONGEST_TEXT = 2**20
"""Bytes of the text in one cell."""
_TEXT_OF_ROW = 2**12
"""Bytes of the text in one row, on average, of a table whose rows are few."""
_MOST_COLUMNS = 2**12
_MOST_CHUNKS = 2**13
_MOST_FOOTER = 2**23
"""Bytes of what a file says of itself at its end, which is read as a whole."""
_MAGIC = b"PAR1"
_CODECS = frozenset(("SNAPPY", "UNCOMPRESSED"))
"""Their ratio is bounded by their format; of others a few bytes stand for gigabytes."""

DAMAGED = (
    *(OSError, ValueError, LookupError, TypeError, ArithmeticError, MemoryError),
    *(NotImplementedError, pa.ArrowException),
)
"""What a file may raise whose bytes somebody changed: pyarrow passes on errors of many kinds."""


@dataclass
class Budget:
    """What has been read of a table, in cells and in bytes of text."""

    table: Table
    cells: int = 0
    text: int = 0

    def take(self, path: Path, cells: int = 0, text: int = 0) -> None:
        """Count what is about to be read of a file; `ResultsError` when it is too much."""
        self.cells += cells
        self.text += text
        rows = self.table.most_rows
        most_text = _MOST_TEXT if rows is None else min(rows * _TEXT_OF_ROW, _MOST_TEXT)
        if self.cells > MOST_CELLS:
            raise _refused(path, f"table {self.table.name} has more than {MOST_CELLS:,} cells")
        if self.text > most_text:
            raise _refused(path, f"the text of table {self.table.name} takes too much memory")


def _refused(path: Path, why: str) -> ResultsError:
    """Return the error that says why a file is not read."""
    return ResultsError(f"{path} is not read, for it is no table of a search: {why}.")


def metadata_of(path: Path, file: BinaryIO) -> pq.FileMetaData:
    """Read what a file says of itself, which may be no more than an honest file has to say.

    Raises
    ------
    ResultsError
        When it is more.
    """
    size = os.fstat(file.fileno()).st_size
    file.seek(max(size - 8, 0))
    length, magic = file.read(4), file.read(4)
    if magic == _MAGIC and int.from_bytes(length, "little") > min(_MOST_FOOTER, size):
        raise _refused(path, f"its footer is larger than {_MOST_FOOTER >> 20} MiB")
    file.seek(0)
    return pq.read_metadata(file)


def texts_of(table: Table, metadata: pq.FileMetaData) -> list[str]:
    """Return columns of text: read as dictionaries, for one long text may stand in every row."""
    names = metadata.schema.to_arrow_schema().names
    return [name for name in names if TYPES[table.column(name).type] == pa.string()]


def cells_of(table: Table, path: Path, metadata: pq.FileMetaData) -> int:
    """Return how many cells a file claims to have, once it is known to be of the table's schema.

    Raises
    ------
    ResultsError
        When it is not.
    """
    if wrong := _wrong(table, metadata):
        raise _refused(path, wrong)
    values = [chunk.num_values for chunk in _chunks(metadata)]
    if foreign := {chunk.compression for chunk in _chunks(metadata)} - _CODECS:
        raise _refused(path, f"it is compressed by {', '.join(sorted(foreign))}")
    return int(max(sum(values), metadata.num_rows * metadata.num_columns))


def _chunks(metadata: pq.FileMetaData) -> Iterable[Any]:
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        yield from map(group.column, range(group.num_columns))


def _wrong(table: Table, metadata: pq.FileMetaData) -> str:
    """Return what in schema and size is not the table's, in half a sentence; empty if nothing."""
    chunks = metadata.num_columns * metadata.num_row_groups
    if metadata.num_columns > _MOST_COLUMNS or max(chunks, metadata.num_row_groups) > _MOST_CHUNKS:
        return f"it claims {metadata.num_columns} columns in {metadata.num_row_groups} pieces"
    schema = metadata.schema.to_arrow_schema()
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


def checked(table: Table, rows: pa.Table, path: Path, budget: Budget | None = None) -> pa.Table:
    """Return rows as they were read, once each value is known to be one its column can have.

    Raises
    ------
    ResultsError
        When a required value is missing, a category is unknown, text is none or beyond all bounds.
    """
    budget = budget or Budget(table)
    try:
        rows.validate(full=True)
    except DAMAGED as error:
        raise _refused(path, reason(error)) from None
    arrays = {}
    for name in rows.column_names:
        column, array = table.column(name), rows[name]
        if column.required and array.null_count:
            raise _refused(path, f"its column {named(name)} lacks a value")
        if pa.types.is_dictionary(array.type) or pa.types.is_string(array.type):
            budget.take(path, text=_text_bytes(array, path))
        if column.values:
            found = set(pc.unique(array.cast(pa.string())).to_pylist())
            if unknown := found - {*column.values, None}:
                raise _refused(path, f"its column {named(name)} holds {named(unknown.pop())}")
            array = in_order(column, array)
        arrays[name] = array.cast(pa.string()) if column.type == "text" else array
    return pa.table(arrays)


def _text_bytes(column: pa.ChunkedArray, path: Path) -> int:
    """Return the bytes of text in all cells of a column, without making them."""
    total = 0
    for chunk in column.chunks:
        words = chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk
        lengths = pc.binary_length(words)
        if (pc.max(lengths).as_py() or 0) > _LONGEST_TEXT:
            raise _refused(path, f"a text in it is longer than {_LONGEST_TEXT >> 20} MiB")
        own = lengths.take(chunk.indices) if words is not chunk else lengths
        total += pc.sum(own).as_py() or 0
    return total
