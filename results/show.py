"""Tables for the terminal, readable at 80 columns."""

from typing import Literal

import numpy as np
import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from results.digest import NOTE, basis, compared, notes, runs_of, scores, settings
from results.text import named, plain

_SHOWN = {
    "trials": "trial role status family latent_size beta n_clusters objective",
    "clusterings": "trial role clusterer n_clusters coherence silhouette ari",
    "epochs": "trial role seed epoch loss reconstruction_loss kl validation_loss",
}
"""Columns that are shown of tables that have more than fit."""

_LONGEST = 5_000
"""Characters of one text that are shown."""

_MOST_COLUMNS = 50
"""Columns that are shown of any other table."""

_REASONS = 5
"""Reasons of failure that are named."""


def comparison_table(comparison: pd.DataFrame) -> Table:
    """Return the comparison of one or several runs: means, intervals below, the best in bold.

    Parameters
    ----------
    comparison : as `results.load` gives it.
    """
    _, same = settings(compared(comparison))
    shown = scores(comparison)
    above = (basis(comparison), same and f"All methods: {same}")
    table = _table("\n".join(map(_shown, filter(None, above))))
    table.add_column(_header("method"), overflow="fold")
    for score in shown:
        table.add_column(_header(f"{score.name} {score.arrow}"), justify="right")
    runs = runs_of(comparison)
    several = len(set(runs)) > 1
    for place, family in enumerate(comparison["family"]):
        if several and runs[place] not in runs[:place]:
            table.add_section()
            table.add_row(Text(plain(runs[place]), style="bold"))
        cells = [
            Text.assemble(
                (score.means[place], "bold" if score.best[place] else ""),
                (f"\n{score.intervals[place]}", "dim"),
            )
            for score in shown
        ]
        table.add_row(_cell(family), *cells)
    said = ["", *map(_shown, notes(comparison)), "", NOTE]
    table.caption = Text("\n".join(said), style="none")
    return table


def rows_table(frame: pd.DataFrame, name: str, rows: int) -> Table:
    """Return the first rows of any table, with the columns that say most.

    Parameters
    ----------
    name : of the table, as in `results.schema.TABLES`.
    rows : how many at most.
    """
    columns = _SHOWN[name].split() if name in _SHOWN else list(frame.columns)[:_MOST_COLUMNS]
    more = f", the first {rows}" if len(frame) > rows else ""
    table = _table(f"{name}: {len(frame)} rows{more}")
    for column in columns:
        number = pd.api.types.is_numeric_dtype(frame[column])
        table.add_column(_header(column), justify="right" if number else "left", overflow="fold")
    for row in frame[columns].head(rows).itertuples(index=False):
        table.add_row(*map(_cell, row))
    if name == "trials":
        table.caption = Text("\n".join(map(_shown, _failures(frame))), style="none")
    return table


def _failures(trials: pd.DataFrame) -> list[str]:
    """Return why trials failed: each reason once, with the trials that have it."""
    reasons: dict[str, list[str]] = {}
    for trial, error in trials.loc[trials["error"].notna(), ["trial", "error"]].to_numpy():
        reasons.setdefault(str(error).splitlines()[0], []).append(str(trial))
    said = [f"failed: trial {', '.join(which)}: {reason}" for reason, which in reasons.items()]
    more = len(said) - _REASONS
    return said[:_REASONS] + [f"and {more} reasons more, in the column error"] * (more > 0)


def runs_table(runs: pd.DataFrame) -> Table:
    """Return a table of the runs there are, as `results.runs` gives them."""
    table = _table("Runs, oldest first")
    for name in ("task", "run", "created", "trials", "state"):
        side: Literal["left", "right"] = "right" if name == "trials" else "left"
        table.add_column(_header(name), justify=side, overflow="fold")
    for row in runs.to_dict("records"):
        state = "finished" if row["finished"] else "unfinished"
        # A record may have no time, or none that is one.
        created = "" if pd.isna(row["created"]) else f"{row['created']:%Y-%m-%d %H:%M}"
        table.add_row(*map(_cell, (row["task"], row["run"], created, row["trials"], state)))
    return table


def _table(title: str) -> Table:
    """Return an empty table that loses no room between its columns."""
    return Table(
        title=Text(title),
        title_justify="left",
        title_style="",
        caption_justify="left",
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
    )


def _header(name: str) -> Text:
    """Return a column's name, broken at each underscore for narrow columns."""
    return Text(_shown(name).replace("_", "_\n"))


def _cell(value: object) -> Text:
    """Return one value as text; nothing where it is missing."""
    if isinstance(value, np.ndarray):
        return Text(_shown(named(value)))
    if pd.isna(value):
        return Text("")
    return Text(f"{value:.4g}" if isinstance(value, float) else _shown(value))


def _shown(text: object) -> str:
    """Return a text as it may be printed: nothing a terminal obeys, and cut where it is long."""
    said = str(text)
    return plain(said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…")
