"""What was searched and what was found, in three sentences made from the numbers."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from results.digest import method
from results.report.drawing import listed
from results.report.evidence import Evidence
from results.schema import CONSENSUS

_NOTHING = "nothing found"
_BETTER, _WORSE = "better than PCA", "worse than PCA"
"""Verdicts, as the column has them."""

BASELINE = "pca"
"""The family that the others are judged against."""

_FEWEST_SEEDS = 3
"""The interval over two seeds is so wide that it says nothing; the table has it."""


def summary(evidence: Evidence) -> list[str]:
    """Return three sentences: what was searched, what did best, and whether that beats PCA."""
    return [_searched(evidence), found(evidence), judged(evidence)]


def _searched(evidence: Evidence) -> str:
    """Return how many trials of what ran over which songs, and how they ended."""
    trials, settings = evidence.searched, evidence.settings
    ended = trials["status"].value_counts()
    families = listed(sorted(set(trials["family"].dropna()) or settings.get("families", ["?"])))
    planned = settings.get("trials", len(trials))
    short = f" of {planned} planned" if len(trials) < planned else ""
    ways = [f"{count} {word}" for name, word in _ENDS if (count := ended.get(name, 0))]
    endings = f": {listed(ways)}" if ways else ""
    ranges = _ranges(settings)
    return (
        f"The search of the task {evidence.info['task']} ran {_counted(len(trials), 'trial')}"
        f"{short} of {families} on {len(evidence.tables['songs'])} songs"
        f"{f' ({ranges})' if ranges else ''}, looking for the "
        f"{'highest' if evidence.sign > 0 else 'lowest'} {evidence.objective}{endings}."
    )


_ENDS = (
    ("complete", "held every guard"),
    ("infeasible", "failed a guard"),
    ("pruned", "stopped early"),
    ("failed", "failed"),
)
"""Statuses of trials, in this order, and their words."""


def _counted(count: int, word: str) -> str:
    """Return a count and what it counts, such as `2 trials`."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _ranges(settings: Mapping[str, Any]) -> str:
    """Return the searched ranges of numbers, in words."""
    said = []
    space = settings.get("space")
    for name, searched in space.items() if isinstance(space, dict) else ():
        if isinstance(searched, dict) and searched.get("high", 0) > searched.get("low", 0):
            said.append(f"{name} {searched['low']:g} to {searched['high']:g}")
    if clusters := settings.get("clusters"):
        low, high = clusters[0], clusters[-1]
        said.append(f"{low} clusters" if low == high else f"{low} to {high} clusters")
    return ", ".join(said)


def found(evidence: Evidence) -> str:
    """Return what did best, and its scores on songs that no model had seen."""
    comparison = evidence.tables["comparison"]
    if len(comparison):
        return _compared(evidence, comparison.iloc[0].to_dict())
    trials = evidence.searched
    if trials.empty:
        return "Nothing found yet: no searched trial has ended."
    feasible = trials[trials["status"] == "complete"].dropna(subset="objective")
    if feasible.empty:
        only = "every trial failed" if (trials["status"] == "failed").all() else ""
        why = only or "no trial held every guard"
        return f"Nothing found: {why}, so nothing won; what failed is listed below."
    best = feasible.loc[(evidence.sign * feasible["objective"].astype(float)).idxmax()]
    said = "The best trial so far is"
    if evidence.ended and evidence.settings.get("finalist_seeds") == 0:
        said = "No finalists were asked for (finalist_seeds is 0); the best trial is"
    return (
        f"{said} {best['trial']}, {method(best)}"
        f"{_size(best)}, with {evidence.objective} {best['objective']:.3f} on validation songs."
    )


def _compared(evidence: Evidence, first: dict[str, Any]) -> str:
    """Return what did best of the finalists; `first` is its row of the comparison."""
    comparison = evidence.tables["comparison"]
    songs = evidence.tables["songs"]
    n_test = int((songs["split"] == first["split"]).sum())
    scores = [name for name in (evidence.objective, "ari") if name in comparison]
    said = [text for name in dict.fromkeys(scores) if (text := _score(first, name, evidence))]
    seeds = _counted(int(first["n_seeds"]), "fresh seed")
    trained = int((comparison["role"] != CONSENSUS).sum())
    others = f"Of {trained} methods trained again" if trained > 1 else "Trained again"
    agreed = ", and a consensus of the best models," if trained < len(comparison) else ""
    name = f"the {CONSENSUS}" if first["family"] == CONSENSUS else method(first)
    return (
        f"{others} on {seeds}{agreed or ','} {name}{_size(first)} did best on validation songs; "
        f"on {n_test} {first['split']} songs that no model had seen it scores "
        f"{listed(said or ['nothing'])}."
    )


def _size(row: Mapping[str, Any]) -> str:
    """Return latent size and cluster count, as far as there are any."""
    said = []
    if pd.notna(row.get("latent_size")):
        said.append(f"latent size {row['latent_size']}")
    if pd.notna(row.get("n_clusters")):
        said.append(f"{row['n_clusters']} clusters")
    return f" with {listed(said)}" if said else ""


def _score(row: Mapping[str, Any], name: str, evidence: Evidence) -> str:
    """Return a score with its interval; nothing where it is missing."""
    if pd.isna(row.get(name)):
        return ""
    against = f" against {evidence.label}" if name == "ari" else ""
    ends = row.get(f"{name}_low"), row.get(f"{name}_high")
    worth_saying = row["n_seeds"] >= _FEWEST_SEEDS and pd.notna(ends[0])
    interval = f" ({ends[0]:.3f} to {ends[1]:.3f})" if worth_saying else ""
    return f"{name.upper() if name == 'ari' else name} {row[name]:.3f}{interval}{against}"


def judged(evidence: Evidence) -> str:
    """Return whether a VAE beat PCA, in the words that the figures allow."""
    comparison = evidence.tables["comparison"]
    if comparison.empty:
        return (
            "Whether a VAE beats PCA here cannot be judged: that takes models trained again on "
            "fresh seeds, and there are none."
        )
    rows = comparison.to_dict("records")
    if any(row["verdict"] == _NOTHING for row in rows):
        return (
            "Nothing found: songs without any clusters, drawn at random with the same mean and "
            "covariance, do as well, so these clusters are no discovery."
        )
    others = [row for row in rows if row["family"] != BASELINE]
    if not others:
        return f"Whether a VAE beats PCA here cannot be judged: {_why_alone(evidence)}."
    vaes = [row for row in others if pd.notna(row["beta"])]
    better = [row for row in vaes if row["verdict"] == _BETTER]
    if better:
        said = [f"{row['family']} by {_gain(row)}" for row in better]
        return f"A VAE beat PCA here, judged by {evidence.label}: {listed(said)}."
    if not any(pd.notna(row.get("ari_gain")) for row in others):
        return f"Whether a VAE beats PCA here cannot be judged: {_why_not(evidence)}."
    if not vaes:
        return "No VAE beat PCA here: none was compared."
    judged_vaes = [row for row in vaes if pd.notna(row["ari_gain"])]
    if not judged_vaes:
        return "No VAE beat PCA here: none could be judged."
    nearest = max(judged_vaes, key=lambda row: float(row["ari_gain"]))
    chance = "more than chance" if nearest["verdict"] == _WORSE else "no more than chance"
    rest = [row["family"] for row in others if row["verdict"] == _BETTER]
    also = f" ({listed(rest)} did)" if rest else ""
    return (
        f"No VAE beat PCA here{also}: the nearest, {nearest['family']}, differs by "
        f"{_gain(nearest)}, {chance} explains."
    )


def _gain(row: Mapping[str, Any]) -> str:
    """Return by how much a method differs from PCA."""
    ends = f"{row['ari_gain_low']:+z.3f} to {row['ari_gain_high']:+z.3f}"
    return f"ARI {row['ari_gain']:+z.3f} (95 % interval {ends})"


def _why_alone(evidence: Evidence) -> str:
    """Return why nothing but PCA is in the comparison."""
    if (evidence.searched["status"] == "complete").any():
        return "nothing but PCA was trained again yet"
    return "no searched trial held every guard"


def _why_not(evidence: Evidence) -> str:
    """Return why no method could be judged against PCA."""
    if evidence.label not in evidence.labels:
        return f"the songs have no label {evidence.label} to judge by"
    if BASELINE not in set(evidence.tables["comparison"]["family"]):
        return "PCA was not among the methods"
    return "too few test songs have a label"
