"""Rows to typed Parquet tables and back: types, metadata, and how parts become one table."""

from collections.abc import Mapping, Sequence, Sized
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from results.columns import Column, ResultsError, Table
from results.schema import SCHEMA_VERSION
from results.text import named, reason

Rows = Sequence[Mapping[str, Any]] | Mapping[str, Any]
"""A list of rows, or columns by name."""

TYPES = {
    "category": pa.string(),
    "text": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "numbers": pa.list_(pa.float64()),
    "flag": pa.bool_(),
    "time": pa.timestamp("us", tz="UTC"),
}
"""Type of a column -> Arrow's type in a part; a whole table has dictionaries for categories."""

_NULLABLE = {pa.int64(): "Int64", pa.bool_(): "boolean"}
"""Arrow's type -> pandas' type where values may be missing: it would make floats and objects."""

LAST_PART = b"last_part"
"""Key of a table's metadata: the name of the last part that is in it."""


def part(table: Table, rows: Rows, constants: Mapping[str, Any] | None = None) -> pa.Table:
    """Return rows as Arrow columns of the declared types, in the declared order.

    Parameters
    ----------
    rows : a key that is absent, None, NaN and empty text are all a missing value.
    constants : values that all rows share, by column.

    Raises
    ------
    ResultsError
        When a column is not declared, a value has the wrong type, or a required one is missing.
    """
    _check_rows(table, rows)
    if not isinstance(rows, Mapping):
        names = dict.fromkeys(name for row in rows for name in row)
        rows = {name: [row.get(name) for row in rows] for name in names}
    lengths = {name: len(values) for name, values in rows.items()}
    if len(set(lengths.values())) > 1:
        raise ResultsError(f"The columns for table {table.name} differ in length: {lengths}.")
    n_rows = max(lengths.values(), default=0)
    shared = {name: [value] * n_rows for name, value in (constants or {}).items()}
    values = {**shared, **rows}
    columns = table.present(values)
    arrays = {c.name: _array(table, c, values.get(c.name, [None] * n_rows)) for c in columns}
    unused = [c.name for c in columns if not c.always and arrays[c.name].null_count == n_rows]
    return pa.table(arrays).drop_columns(unused)


def _check_rows(table: Table, rows: object) -> None:
    """Refuse what is neither a sequence of mappings nor a mapping of names to columns."""
    what = f"for table {table.name}: give a list of mappings, or a mapping of names to columns"
    if isinstance(rows, Mapping):
        for name, values in rows.items():
            if not isinstance(name, str) or isinstance(values, str | bytes) or not _sized(values):
                raise ResultsError(f"{named(name)} with {named(values)} is no column {what}.")
    elif isinstance(rows, list | tuple):
        for row in rows:
            if not isinstance(row, Mapping) or not all(isinstance(name, str) for name in row):
                raise ResultsError(f"{named(row)} is no row {what}.")
    else:
        raise ResultsError(f"{named(rows)} is no rows {what}.")


def _sized(values: object) -> bool:
    """Return whether values have a length, which an array of no dimension only claims."""
    return isinstance(values, Sized) and getattr(values, "ndim", 1) > 0


def _array(table: Table, column: Column, values: Any) -> pa.Array:
    """Return one column of a part, checked against its declaration."""
    place = f"Column {column.name} of table {table.name}"
    try:
        # With the type as a hint Arrow would cut 1.5 down to 1; a cast refuses.
        hint = None if column.type == "integer" else TYPES[column.type]
        array = pa.array(values, hint, from_pandas=True).cast(TYPES[column.type])
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise ResultsError(f"{place} is of type {column.type}: {reason(error)}.") from None
    if pa.types.is_string(array.type):
        array = pc.if_else(pc.equal(array, ""), None, array)
    if column.required and array.null_count:
        row = pc.index(array.is_null(), True)
        raise ResultsError(f"{place} needs a value in every row; row {row} has none.")
    if column.values:
        for value in set(pc.unique(array).to_pylist()) - {*column.values, None}:
            raise ResultsError(
                f"{place} is one of {', '.join(column.values)}, not {named(value)}."
            )
    return array


def merge(table: Table, tables: Sequence[pa.Table]) -> pa.Table:
    """Return one typed table made of several in order of time, sorted by the key.

    Of rows that share a key those of the last table stay, so a trial that was run again after a
    crash is there once.
    """
    rows = pa.concat_tables([_plain(table, each) for each in tables], promote_options="default")
    origin = np.repeat(np.arange(len(tables)), [each.num_rows for each in tables])
    if not table.key:
        return _typed(table, rows.filter(pa.array(origin == origin.max())))
    keys = rows.select(table.key).to_pandas().assign(origin=origin)
    last = keys.groupby(list(table.key), sort=False)["origin"].transform("max").to_numpy()
    rows = rows.filter(pa.array(origin == last))
    ranks = {name: _rank(table.column(name), rows[name]) for name in table.key}
    order = pc.sort_indices(pa.table(ranks), [(name, "ascending") for name in table.key])
    return _typed(table, rows.take(order))


def _plain(table: Table, rows: pa.Table) -> pa.Table:
    """Return a table with the types of a part."""
    fields = [(name, TYPES[table.column(name).type]) for name in rows.column_names]
    return rows.cast(pa.schema(fields))


def _rank(column: Column, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return what to sort by: the values, or their places in an order of their own."""
    if pa.types.is_dictionary(values.type):
        values = values.cast(pa.string())
    return pc.index_in(values, pa.array(column.values)) if column.values else values


def _typed(table: Table, rows: pa.Table) -> pa.Table:
    """Return parts that became one with the types and metadata of a whole table."""
    arrays = {name: _encoded(table.column(name), rows[name]) for name in rows.column_names}
    return complete(table, pa.table(arrays))


def complete(table: Table, rows: pa.Table, names: Sequence[str] | None = None) -> pa.Table:
    """Return a table with metadata and all its columns, those that are always there or are named.

    Raises
    ------
    ResultsError
        When a column is missing that has a value in every row.
    """
    columns = (
        table.present(rows.column_names)
        if names is None
        else [table.column(name) for name in names]
    )
    for column in columns:
        if column.required and column.name not in rows.column_names:
            raise ResultsError(f"Table {table.name} lacks its column {column.name}.")
    arrays = [
        rows[column.name]
        if column.name in rows.column_names
        # The rows are older than the column.
        else _encoded(column, pa.chunked_array([pa.nulls(rows.num_rows, TYPES[column.type])]))
        for column in columns
    ]
    fields = [
        pa.field(
            column.name,
            array.type,
            nullable=not column.required,
            metadata={"meaning": column.meaning, "unit": column.unit, "better": column.better},
        )
        for column, array in zip(columns, arrays, strict=True)
    ]
    return with_metadata(pa.table(arrays, pa.schema(fields)), table=table.name)


def _encoded(column: Column, values: pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return a column of a whole table: categories become dictionaries."""
    if column.type != "category":
        return values
    if not column.values:
        return values.combine_chunks().dictionary_encode()
    return in_order(column, values)


def in_order(column: Column, values: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return a category whose values have an order, as pandas keeps one."""
    ranks = _rank(column, values).combine_chunks()
    return pa.DictionaryArray.from_arrays(ranks, pa.array(column.values), ordered=True)


def with_metadata(rows: pa.Table, **more: str) -> pa.Table:
    """Return a table with the metadata by which pandas makes the same frame of it everywhere."""
    types = {f.name: _NULLABLE[f.type] for f in rows.schema if f.nullable and f.type in _NULLABLE}
    empty = rows.schema.empty_table().replace_schema_metadata().to_pandas().astype(types)
    pandas = pa.Schema.from_pandas(empty, preserve_index=False).metadata
    return rows.replace_schema_metadata({**pandas, "schema_version": SCHEMA_VERSION, **more})
