"""The record of a run for trackers, made of the tables in its folder."""

import hashlib
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from results.columns import Column, ResultsError
from results.export import to_markdown_files
from results.folder import read_info
from results.layout import MODELS, is_own, model_name
from results.rows import table_of
from results.schema import (
    CLUSTERER,
    HYPERPARAMETERS,
    LATENT,
    METHOD,
    N_CLUSTERS,
    RUN,
    SEED,
    TABLES,
    TRIAL,
)
from results.text import plain
from results.trackers.records import RunRecord, Setting, TrialRecord

_SETTINGS = frozenset((*METHOD[:3], *LATENT, N_CLUSTERS, CLUSTERER, *HYPERPARAMETERS, SEED))
"""Columns of `trials` that say what a trial was given."""

_PLACE = frozenset((*RUN, *TRIAL))
"""Columns that say which trial it is."""

_TRAINED_AGAIN = ("finalist", "null")
"""Roles that have a trial once for each seed."""

_LONGEST = 1e9
"""Seconds that a trial can have taken: thirty years."""

_STEPS = frozenset(("epoch", "seconds"))
"""Numbers of a learning curve that are no curve."""


def run_record(folder: Path) -> RunRecord:
    """Read a run, of which no file that is a link or a device is opened.

    Raises
    ------
    ResultsError
        When the folder is no run folder, is refused, or has no trial yet.
    """
    info = read_info(folder)
    rows = table_of(folder, "trials")
    if rows is None or not len(rows):
        raise ResultsError(f"Run {info['run']} has no trial yet that could be exported.")
    curves = _curves(table_of(folder, "epochs"))
    created = _moment(info.get("created"))
    columns = {name: TABLES["trials"].declared(name) for name in rows.columns}
    trials = [_trial(folder, row, columns, curves, created) for row in rows.to_dict("records")]
    comparison = table_of(folder, "comparison")
    known = "\n".join((info["task"], info["run"], str(info.get("created", ""))))
    return RunRecord(
        folder=folder,
        task=info["task"],
        run=info["run"],
        identity=hashlib.sha256(known.encode(errors="replace")).hexdigest()[:32],
        created=created,
        ended=_moment(info["ended"]) if info.get("ended") else None,
        maximize=info.get("direction") != "minimize",
        settings=_flat(info.get("settings", {})),
        comparison=(
            to_markdown_files(comparison)["comparison.md"]
            if comparison is not None and len(comparison)
            else ""
        ),
        trials=list({trial.name: trial for trial in trials}.values()),
    )


def _trial(
    folder: Path,
    row: Mapping[str, Any],
    columns: Mapping[str, Column],
    curves: Mapping[tuple[str, int, int], pd.DataFrame],
    created: int,
) -> TrialRecord:
    """Return the record of one row of `trials`."""
    key = (str(row["role"]), int(row["trial"]), int(row["seed"]))
    role, trial, seed = key
    settings: dict[str, Setting] = {}
    scores: dict[str, float] = {}
    remarks: dict[str, str] = {}
    for name, column in columns.items():
        value = row[name]
        if column in _PLACE or column.type == "numbers" or name == "started" or pd.isna(value):
            continue
        if column in _SETTINGS:
            settings[name] = _setting(value)
        elif column.type in ("number", "integer") and name != "reused_from":
            if math.isfinite(value):
                scores[name] = float(value)
        elif name != "status":
            remarks[name] = plain(value)
    started = _moment(row.get("started"), created)
    seconds = sum(scores.get(name, 0.0) for name in ("train_seconds", "score_seconds"))
    number = model_name(trial, seed if role in _TRAINED_AGAIN else None)
    return TrialRecord(
        role=role,
        number=number,
        status=str(row["status"]),
        started=started,
        ended=_after(started, seconds),
        settings=settings,
        scores=scores,
        remarks=remarks,
        curves=_steps(curves[key], started) if key in curves else {},
        files=_model_files(folder, number) if role == "finalist" else (),
    )


def _setting(value: Any) -> Setting:
    """Return a cell as a plain value of Python, text without what a terminal would obey."""
    plain_value = value.item() if hasattr(value, "item") else value
    return plain_value if isinstance(plain_value, int | float) else plain(plain_value)


def _curves(epochs: pd.DataFrame | None) -> dict[tuple[str, int, int], pd.DataFrame]:
    """Return the epochs of each trial, by role, number and seed."""
    if epochs is None:
        return {}
    grouped = epochs.groupby(["role", "trial", "seed"], observed=True)
    return {(str(role), int(trial), int(seed)): rows for (role, trial, seed), rows in grouped}


def _steps(epochs: pd.DataFrame, started: int) -> dict[str, list[tuple[int, int, float]]]:
    """Return the curves of one trial, each epoch at the time at which it ended."""
    ordered = epochs.sort_values("epoch")
    steps = ordered["epoch"].astype(int).tolist()
    passed = ordered["seconds"].astype(float).fillna(0.0).clip(0.0, _LONGEST).cumsum()
    times = [_after(started, seconds) for seconds in passed]
    curves = {}
    for column in TABLES["epochs"].present(ordered.columns):
        if column.type != "number" or column.name in _STEPS:
            continue
        values = ordered[column.name].astype(float).tolist()
        points = [
            (step, time, value)
            for step, time, value in zip(steps, times, values, strict=True)
            if math.isfinite(value)
        ]
        if points:
            curves[column.name] = points
    return curves


def _model_files(folder: Path, number: str) -> tuple[tuple[str, int], ...]:
    """Return the names of the files of a model, and how many bytes they have."""
    names = (f"{MODELS}/{number}{ending}" for ending in (".json", ".weights.h5"))
    there = [(name, folder / name) for name in names if is_own(name)]
    return tuple(
        (name, path.lstat().st_size)
        for name, path in there
        if path.is_file() and not path.is_symlink()
    )


def _moment(value: Any, otherwise: int = 0) -> int:
    """Return a moment as milliseconds since 1970; another where it is missing or none."""
    moment = pd.to_datetime(value, utc=True, errors="coerce")
    if not isinstance(moment, pd.Timestamp):
        return otherwise
    return max(0, int((moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000))


def _after(started: int, seconds: float) -> int:
    """Return the moment so many seconds later, of which a stranger's table may have any."""
    return started + int(1000 * min(max(seconds, 0.0), _LONGEST))


def _flat(settings: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """Return settings within settings under one name, `space.beta.low`, as text."""
    found: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{above}{name}.")
        elif isinstance(value, list):
            found[f"{above}{name}"] = plain(", ".join(map(str, value)))
        elif value is not None:
            found[f"{above}{name}"] = plain(value)
    return found
