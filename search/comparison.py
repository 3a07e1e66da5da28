"""The comparison table: every method's scores on songs it never saw, over fresh seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import t as student

from results.schema import TABLES
from search.outcome import Outcome, Row

CONFIDENCE = 0.95
DESCRIBED = (
    *("family", "view", "head", "clusterer", "n_clusters", "latent_size", "beta"),
    *("trial", "role"),
)


def compare(finals: Sequence[Outcome]) -> list[Row]:
    """One row per method: settings, and mean, low and high of every score.

    Parameters
    ----------
    finals : outcomes of finalists on the test songs, several seeds of each method.

    Returns
    -------
    rows in the order in which methods first appear; failed seeds count in no mean.
    """
    methods: dict[int, list[Outcome]] = {}
    for outcome in finals:
        if outcome.row["status"] != "failed":
            methods.setdefault(outcome.row["trial"], []).append(outcome)
    return [method_row(outcomes) for outcomes in methods.values()]


def method_row(outcomes: Sequence[Outcome]) -> Row:
    """The comparison of one method."""
    rows = [outcome.row for outcome in outcomes]
    described = {name: rows[0].get(name) for name in DESCRIBED}
    scores: Row = {}
    for name in rows[0]:
        if TABLES["comparison"].find(f"{name}_low"):
            scores |= interval(name, [row[name] for row in rows if row.get(name) is not None])
    return {**described, **scores, "n_seeds": len(rows), "split": "test"}


def interval(name: str, values: Sequence[float]) -> dict[str, Any]:
    """Mean and Student's 95 % interval of the mean; one value alone has no interval."""
    if not values:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    mean = float(np.mean(values))
    if len(values) == 1:
        return {name: mean, f"{name}_low": None, f"{name}_high": None}
    error = float(np.std(values, ddof=1)) / len(values) ** 0.5
    half = float(student.ppf(0.5 + CONFIDENCE / 2, len(values) - 1)) * error
    return {name: mean, f"{name}_low": mean - half, f"{name}_high": mean + half}
