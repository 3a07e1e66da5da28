"""What was chosen for the trials of a search, as columns to draw."""

from typing import Any

import numpy.typing as npt
import pandas as pd

from results.report.evidence import Evidence
from results.schema import HYPERPARAMETERS

_CHOSEN = ("family", "view", "reducer", "latent_size", "beta", "clusterer", "n_clusters")
"""Columns of `trials` that may have been searched, in the order of the axes."""

_MOST_TRIALS = 1_000
"""Trials that one figure draws."""


def judged(evidence: Evidence) -> pd.DataFrame:
    """Return the searched trials that have an objective."""
    trials = evidence.searched
    known = trials["status"].isin(["complete", "infeasible"]) & trials["objective"].notna()
    return trials[known].astype({"objective": float})


def drawn(trials: pd.DataFrame) -> pd.DataFrame:
    """Return the trials, or a seeded sample of very many, so that the page stays small."""
    if len(trials) <= _MOST_TRIALS:
        return trials
    return trials.sample(_MOST_TRIALS, random_state=0).sort_values("trial")


def sampled(trials: pd.DataFrame) -> str:
    """Return a sentence for a caption where not all trials are drawn."""
    return f" A sample of {_MOST_TRIALS} trials." if len(trials) > _MOST_TRIALS else ""


def varied(trials: pd.DataFrame) -> list[str]:
    """Return the columns whose values differ between trials."""
    names = [*_CHOSEN, *(column.name for column in HYPERPARAMETERS)]
    return [name for name in names if name in trials and trials[name].nunique() > 1]


def numeric(values: pd.Series) -> bool:
    """Return whether values are numbers."""
    return bool(pd.api.types.is_numeric_dtype(values))


def logarithmic(values: pd.Series) -> bool:
    """Return whether numbers span so much that their orders of magnitude matter."""
    return numeric(values) and bool((values > 0).all() and values.max() >= 8 * values.min())


def positions(values: pd.Series) -> tuple[npt.NDArray[Any], list[str]]:
    """Return values as numbers, and where they are words the word at each whole number."""
    if numeric(values):
        return values.to_numpy(float), []
    words = sorted(set(map(str, values)))
    return values.astype(str).map(words.index).to_numpy(float), words
