"""From a name to its declaration: which table, which column, what it means."""

from results.arguments import text_of
from results.columns import PLACEHOLDER, Column, ResultsError, Table
from results.schema import TABLES
from results.text import named


def table_named(name: str) -> Table:
    """Return the table of this name; raise `ResultsError` with all names if there is none."""
    if not isinstance(name, str) or name not in TABLES:
        raise ResultsError(f"There is no table {named(name)}; the tables are {', '.join(TABLES)}.")
    return TABLES[name]


def column_named(name: str, table: str | None = None) -> Column:
    """Return the column of this name in one table, or in the first that has it.

    The bare columns of `songs`, its labels, are found only when that table is named.

    Raises
    ------
    ResultsError
        When there is no such column or table.
    """
    text_of(name, "column")
    if table is not None:
        return table_named(table).column(name)
    found = [match for each in TABLES.values() if (match := each.find(name))]
    precise = max(found, key=lambda c: (c.name == name, len(c.name)), default=None)
    if precise and precise.name != PLACEHOLDER:
        return precise.named(name)
    raise ResultsError(f"No table has a column {named(name)}; docs/tables.md lists all there are.")


def meaning(column: str, table: str | None = None) -> str:
    """Return what a column means, with its unit and which way is better.

    Parameters
    ----------
    column : such as `silhouette`, `ari_language` or `silhouette_low`.
    table : where columns of one name differ between tables; the first that has it by default.

    Raises
    ------
    ResultsError
        When there is no such column or table.
    """
    return column_named(column, table).description
