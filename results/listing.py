"""Which runs there are, how far they came, and whether they have ended."""

import warnings
from pathlib import Path
from typing import Any

import pandas as pd

from results.checking import DAMAGED
from results.columns import ResultsError
from results.finding import runs_in
from results.folder import read_info, read_record, runs_root
from results.layout import checked_name
from results.reading import missing_parts
from results.rows import dataset
from results.schema import TABLES
from results.text import reason


def runs(task: str | None = None, root: str | Path | None = None) -> pd.DataFrame:
    """List the runs there are, by task, oldest first.

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
    trials = dataset(folder, "trials")
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
    """Return whether a run came to its end and its tables have every row."""
    ended = bool(read_record(folder).get("ended"))
    return ended and not any(missing_parts(folder, table) for table in TABLES)
