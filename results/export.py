"""The comparison as files for other programs, and the schema as a document."""

from html import escape
from pathlib import Path

import pandas as pd

from results.arguments import path_of
from results.columns import ResultsError, Table
from results.digest import NOTE, Score, basis, compared, method, scores, sentences, settings
from results.disk import beginnings, remove_left_over, replaceable, replacing, writing
from results.schema import SCHEMA_VERSION, TABLES
from results.spreadsheet import to_csv
from results.text import named

_CSV_FILES = {
    "clustering_metrics.csv": "silhouette calinski_harabasz",
    "comprehensive_metrics.csv": "silhouette calinski_harabasz davies_bouldin",
    "comprehensive_comparison.csv": "silhouette calinski_harabasz davies_bouldin ari nmi purity",
}
"""What the original project wrote for its easy, medium and hard task."""


def to_csv_files(comparison: pd.DataFrame) -> dict[str, str]:
    """Return the means of a comparison as CSV, under the file names of the original project."""
    named = comparison.assign(method=[method(row) for row in comparison.to_dict("records")])
    return {file: to_csv(named[["method", *names.split()]]) for file, names in _CSV_FILES.items()}


def to_markdown_files(comparison: pd.DataFrame) -> dict[str, str]:
    """Return a comparison as a table for a document, the best of each score in bold."""
    shown = scores(comparison)
    own, same = settings(comparison)
    header = ["method", "settings", *(f"{score.name} {score.arrow}" for score in shown)]
    rows = [
        [
            escape(method(row)),
            escape(own[place]),
            *(_score(score, place) for score in shown),
        ]
        for place, row in enumerate(comparison.to_dict("records"))
    ]
    caption = escape("; all methods: ".join(filter(None, (basis(comparison), same))))
    said = [f"- {escape(sentence)}" for sentence in (*sentences(comparison), NOTE)]
    text = "\n\n".join((f"{caption}.", _markdown([header, *rows]), "\n".join(said)))
    return {"comparison.md": f"{text}\n"}


def _score(score: Score, place: int) -> str:
    mean, interval = score.means[place], score.intervals[place]
    bold = f"**{mean}**" if score.best[place] else mean
    return f"{bold} ({interval})" if interval else bold


EXPORTS = {"csv": to_csv_files, "markdown": to_markdown_files}


def export(comparison: pd.DataFrame, to: str, folder: Path) -> list[Path]:
    """Write a comparison for other programs and return the paths of the files.

    Parameters
    ----------
    comparison : DataFrame
        What `results.load` gives.
    to : {"csv", "markdown"}
    folder : Path
        Made if need be.

    Raises
    ------
    ResultsError
        When the frame is no comparison, there is no such format, or a file cannot be written: a
        link or anything else but a file that lies at its name is left as it is.
    """
    if not isinstance(to, str) or to not in EXPORTS:
        raise ResultsError(f"to is {named(to)}: it is one of {', '.join(EXPORTS)}.")
    folder = path_of(folder, "folder")
    files = EXPORTS[to](compared(comparison))
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    for name in files:
        replaceable(folder / name)  # all or none
    remove_left_over(folder, beginnings(*files))
    for name, text in files.items():
        with replacing(folder / name) as file:
            file.write(text.encode(errors="replace"))
    return [folder / name for name in files]


def schema_markdown() -> str:
    """Return every table and column, as docs/tables.md has them."""
    introduction = f"""# Tables

Made from `results/schema.py` by `python -m results columns > docs/tables.md`; schema version
{SCHEMA_VERSION}.

Each table is one Parquet file of the run folder, `results/runs/<task>/<run>/<table>.parquet`, and
`comparison` is there as CSV too. The files carry unit, direction and meaning of each column as
metadata of its field. In pandas a category is a categorical, ordered where its values are listed
here, an integer that can be missing is `Int64`, and numbers are an array in each cell. A value
that is not known is missing, never an empty text.

The code space is a model's own, so scores in it do not compare between models; the reference
spaces, made from the songs under each of the task's `reference_views`, are the same for all models
of a run. `<label>` stands for any label of the songs but the primary one, `<view>` for a reference
view. Such a column, and one marked *optional*, is there when a row has a value for it.
"""
    return "\n".join([introduction, *map(_table_markdown, TABLES.values())])


_INTERVALS = (
    "Beside each score, a mean over seeds, stand `<score>_low` and `<score>_high`, the ends of "
    "its 95 % interval."
)


def _table_markdown(table: Table) -> str:
    names = {column.name for column in table.columns}
    ends = {f"{name}_{end}" for name in names for end in ("low", "high")}
    rows = [["column", "type", "unit", "better", "meaning"]]
    for column in table.columns:
        if column.name in ends:
            continue
        kind = f"{column.type}: {', '.join(column.values)}" if column.values else column.type
        better = "" if column.better == "none" else column.better
        optional = " *Optional.*" if column.optional else ""
        meaning = f"{escape(column.meaning, quote=False)}{optional}"
        rows.append([f"`{column.name}`", kind, column.unit, better, meaning])
    lines = [f"## {table.name}", table.meaning, _markdown(rows)]
    if names & ends:
        lines.insert(2, _INTERVALS)
    return "\n\n".join(lines) + "\n"


def _markdown(rows: list[list[str]]) -> str:
    """Return rows as a Markdown table, of which the first is the header."""
    header, *others = ([cell.replace("|", "\\|") for cell in row] for row in rows)
    lines = [header, ["---"] * len(header), *others]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
