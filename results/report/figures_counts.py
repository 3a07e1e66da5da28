"""Scores of the finalists against the number of clusters, and what chance gives there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from results.report.drawing import INK, Figure, colour, dashes, draw, listed, marker
from results.report.evidence import Evidence
from results.schema import CONSENSUS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEVELS = {
    "coherence_excess": (0.0, "chance"),
    "gap": (0.0, "chance"),
    "prediction_strength": (0.8, "the usual bar"),
    "ari": (0.0, "chance"),
}
"""Score -> its level by chance, or another bar that is meant to be passed, and what that is."""

_CAPTIONS = {
    "coherence": "Coherence mostly rises with the count; so does its level by chance, dotted.",
    "coherence_excess": "Coherence above that of songs without clusters. Chance is 0.",
    "gap": "Gap statistic: compactness above that of songs without clusters. Chance is 0.",
    "prediction_strength": "How well two halves of the songs agree; 0.8 is the usual bar.",
    "ari": "Agreement with the primary label, which no search has seen. Chance is 0.",
}
"""Scores that are drawn, in this order -> how the figure is read."""

_MOST_METHODS = 8
"""Finalists that are drawn."""


def against_counts(evidence: Evidence) -> list[Figure]:
    """Return a figure for each score that the finalists have at several cluster counts."""
    rows = _curves(evidence)
    return [_figure(evidence, rows, score) for score in _CAPTIONS if _has(rows, score)]


def _curves(evidence: Evidence) -> pd.DataFrame:
    """Return the methods' clusterings of validation songs, with the method's name."""
    table = evidence.tables["clusterings"]
    chosen = table["role"].isin(["finalist", CONSENSUS]) & (table["split"] == "validation")
    rows = table[chosen & table["n_clusters"].notna()]
    methods = list(evidence.methods.items())[:_MOST_METHODS]
    return rows.assign(method=rows["trial"].map(dict(methods))).dropna(subset="method")


def _has(rows: pd.DataFrame, score: str) -> bool:
    """Return whether a score is there at more than one count."""
    return score in rows and rows.loc[rows[score].notna(), "n_clusters"].nunique() > 1


def _figure(evidence: Evidence, rows: pd.DataFrame, score: str) -> Figure:
    """Return one score of every finalist against the cluster count, and its level by chance."""
    known = rows[rows[score].notna()].astype({score: float})
    order = {method: place for place, method in enumerate(evidence.methods.values())}
    means = {
        method: known[known["method"] == method].groupby("n_clusters")[score].mean()
        for method in order
        if (known["method"] == method).any()
    }

    def paint(axes: Axes) -> None:
        for method, curve in means.items():
            place = order[method]
            ink = colour(place)
            own = known[known["method"] == method].groupby("n_clusters")[score]
            axes.plot(
                curve.index,
                curve,
                ls=dashes(place),
                marker=marker(place),
                color=ink,
                ms=4,
                lw=1.3,
                label=method,
            )
            axes.fill_between(curve.index, own.min(), own.max(), color=ink, alpha=0.15, lw=0)
        if score == "coherence" and "coherence_excess" in known:
            for method in means:
                own = known[known["method"] == method].dropna(subset="coherence_excess")
                by_chance = (own[score] - own["coherence_excess"]).groupby(own["n_clusters"])
                chance = by_chance.mean()
                axes.plot(chance.index, chance, ":", color=colour(order[method]), lw=1.2)
        if score in _LEVELS:
            level, _ = _LEVELS[score]
            axes.axhline(level, color=INK, lw=1, ls=(0, (1, 2)))
        axes.locator_params(axis="x", integer=True)
        axes.set_xlabel("clusters")
        axes.set_ylabel(score)
        axes.grid(axis="y")

    peaks = [f"{name} at {curve.idxmax()} ({curve.max():.3g})" for name, curve in means.items()]
    alt = f"{score} against the number of clusters; the highest: {listed(peaks)}."
    return draw(score, alt, paint, _CAPTIONS[score], legend=True)
