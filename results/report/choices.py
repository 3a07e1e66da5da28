"""What was chosen for the trials of a search, as columns to draw."""

from typing import Any

import numpy.typing as npt
import pandas as pd

from results.report.evidence import Evidence
from results.schema import HYPERPARAMETERS

# What may have been searched, in the order of the axes; names of columns of `trials`.
CHOSEN = ("family", "view", "reducer", "latent_size", "beta", "clusterer", "n_clusters")
MOST_TRIALS = 1_000


def judged(evidence: Evidence) -> pd.DataFrame:
    """Searched trials that have an objective."""
    trials = evidence.searched
    known = trials["status"].isin(["complete", "infeasible"]) & trials["objective"].notna()
    return trials[known].astype({"objective": float})


def drawn(trials: pd.DataFrame) -> pd.DataFrame:
    """The trials, or of very many a seeded sample, so that the page stays small."""
    if len(trials) <= MOST_TRIALS:
        return trials
    return trials.sample(MOST_TRIALS, random_state=0).sort_values("trial")


def sampled(trials: pd.DataFrame) -> str:
    """A sentence for a caption where not all trials are drawn."""
    return f" A sample of {MOST_TRIALS} trials." if len(trials) > MOST_TRIALS else ""


def varied(trials: pd.DataFrame) -> list[str]:
    """What was chosen differently for different trials."""
    names = [*CHOSEN, *(column.name for column in HYPERPARAMETERS)]
    return [name for name in names if name in trials and trials[name].nunique() > 1]


def numeric(values: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(values))


def logarithmic(values: pd.Series) -> bool:
    """Whether numbers span so much that their orders of magnitude matter."""
    return numeric(values) and bool((values > 0).all() and values.max() >= 8 * values.min())


def positions(values: pd.Series) -> tuple[npt.NDArray[Any], list[str]]:
    """Values as numbers, and where they are words the word at each whole number."""
    if numeric(values):
        return values.to_numpy(float), []
    words = sorted(set(map(str, values)))
    return values.astype(str).map(words.index).to_numpy(float), words
