"""The comparison in words: what each method is, and its scores as text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import nan
from typing import Any

import pandas as pd

from results.columns import ResultsError
from results.lookup import column_named
from results.schema import TABLES
from results.text import named

_SHOWN = ("coherence", "silhouette", "davies_bouldin", "calinski_harabasz", "ari")
"""Scores that are shown, in this order, where the comparison has them."""

_OWN_SPACE = frozenset(("silhouette", "davies_bouldin", "calinski_harabasz"))
"""Scores that are taken in the space of each method's own codes."""

_OF_VIEW = re.compile(r"coherence_(?!excess$|low$|high$)(?P<view>.+)(?<!_low)(?<!_high)")
"""Columns of coherence in one reference view."""

_ARROWS = {"higher": "↑", "lower": "↓", "none": ""}
"""Better direction of a score -> what stands behind its name."""

NOTE = (
    "silhouette, davies_bouldin and calinski_harabasz are taken in each method's own code space: "
    "between methods they do not compare, and least of all behind UMAP (*), which pulls clusters "
    "apart."
)
"""What every comparison is shown with."""


@dataclass(frozen=True)
class Score:
    """One score of all methods, as text.

    Attributes
    ----------
    arrow : which way is better.
    means, intervals : one of each method; empty where there is none.
    best : whether a method has the best mean.
    """

    name: str
    arrow: str
    means: list[str]
    intervals: list[str]
    best: list[bool]


def compared(comparison: pd.DataFrame) -> pd.DataFrame:
    """Return the comparison itself, if it is one.

    Raises
    ------
    ResultsError
        When it is no frame, has no row, or lacks a column that the table always has.
    """
    if not isinstance(comparison, pd.DataFrame) or not len(comparison):
        raise ResultsError(
            f"{named(comparison)} is no comparison: give what results.load gives of a run."
        )
    needed = [column.name for column in TABLES["comparison"].columns if column.always]
    lacking = [name for name in needed if name not in comparison.columns]
    if lacking:
        raise ResultsError(
            f"The comparison lacks {', '.join(lacking[:5])}: give all columns that results.load "
            "gives of a run."
        )
    return comparison


def scores(comparison: pd.DataFrame) -> list[Score]:
    """Return the scores that some method of a comparison has, with the best value marked."""
    return [_score(name, comparison) for name in _SHOWN if comparison[name].notna().any()]


def _score(name: str, comparison: pd.DataFrame) -> Score:
    """Return one score of all methods as text, with three figures of the largest."""
    means = comparison[name]
    better = column_named(name, "comparison").better
    behind_reducer = comparison["comparable"].eq(False).fillna(False) & (name in _OWN_SPACE)
    judged = means[~behind_reducer]
    best = judged.max() if better == "higher" else judged.min()
    largest = means.abs().max()
    decimals = 3 - sum(largest >= bound for bound in (1, 10, 100))  # three figures of the largest
    blank = " " if behind_reducer.any() else ""  # so that figures stand below one another
    marks = ["*" if marked else blank for marked in behind_reducer]
    ends = zip(comparison[f"{name}_low"], comparison[f"{name}_high"], strict=True)
    return Score(
        name,
        _ARROWS[better],
        [
            _text(mean, decimals) + mark if pd.notna(mean) else ""
            for mean, mark in zip(means, marks, strict=True)
        ],
        [
            f"{_text(low, decimals)}–{_text(high, decimals)}" if pd.notna(low) else ""
            for low, high in ends
        ],
        list((means == best) & ~behind_reducer),
    )


def _text(value: float, decimals: int) -> str:
    """Return a number as text; nothing where it is missing."""
    return "" if pd.isna(value) else f"{value:.{decimals}f}"


def method(row: Mapping[str, Any]) -> str:
    """Return a method in short, such as `pca + umap + kmeans`."""
    steps = [row[name] for name in ("family", "reducer", "clusterer")]
    return " + ".join(str(step) for step in steps if pd.notna(step) and step != "none")


def settings(comparison: pd.DataFrame) -> tuple[list[str], str]:
    """Return what sets each method apart in short, and what all of several have in common."""
    rows = [_facets(row) for row in comparison.to_dict("records")]
    same = set.intersection(*map(set, rows)) if len(rows) > 1 else set()
    own = [", ".join(facet for facet in row if facet not in same) for row in rows]
    return own, ", ".join(facet for facet in rows[0] if facet in same)


def _facets(row: Mapping[str, Any]) -> list[str]:
    """Return what a method was set to, as short texts."""
    given = {name: value for name, value in row.items() if pd.notna(value) and value != "none"}
    facets = (
        ("clusterer", "{clusterer} {n_clusters}" if "n_clusters" in given else "{clusterer}"),
        ("latent_size", "latent_size={latent_size}"),
        ("beta", "beta={beta:g}"),
        ("view", "view={view}"),
        ("reducer", "reducer={reducer}"),
    )
    return [text.format(**given) for name, text in facets if name in given]


def basis(comparison: pd.DataFrame) -> str:
    """Return of which run, seeds and songs the figures are, in words."""
    runs = list(dict.fromkeys(runs_of(comparison)))
    counts = sorted(set(comparison["n_seeds"].dropna()))
    seeds = " to ".join(str(count) for count in dict.fromkeys(counts[:1] + counts[-1:]))
    return (
        f"{runs[0] if len(runs) == 1 else f'{len(runs)} runs'}: mean and 95 % interval over "
        f"{seeds} {'seed' if seeds == '1' else 'seeds'}, "
        f"{', '.join(comparison['split'].unique())} songs"
    )


def runs_of(comparison: pd.DataFrame) -> list[str]:
    """Return the run of each row, as task/run."""
    pairs = zip(comparison["task"], comparison["run"], strict=True)
    return [f"{task}/{run}" for task, run in pairs]


def sentences(comparison: pd.DataFrame) -> list[str]:
    """Return what the comparison says of each method, in words."""
    said = zip(comparison["family"], _remarks(comparison), strict=True)
    return [f"{family}: {remark}" for family, remark in said if remark]


def notes(comparison: pd.DataFrame) -> list[str]:
    """Return what sets each method apart, and what the comparison says of it.

    Those of several runs stand below the run's name.
    """
    own, _ = settings(comparison)
    runs = runs_of(comparison)
    lines = []
    for place, remark in enumerate(_remarks(comparison)):
        if len(set(runs)) > 1 and runs[place] not in runs[:place]:
            lines.append(f"{runs[place]}:")
        said = "; ".join(filter(None, (own[place], remark)))
        if said:
            lines.append(f"{comparison['family'].iloc[place]}: {said}")
    return lines


def _remarks(comparison: pd.DataFrame) -> list[str]:
    """Return what the comparison says of each method without its name, which may be nothing."""
    rows = comparison.to_dict("records")
    warned = [row.get("warnings") for row in rows]
    return [
        " ".join(
            filter(
                None,
                (_judged(row), _selected(row), _suggested(row), _weakest(row), _text_of(said)),
            )
        )
        for row, said in zip(rows, warned, strict=True)
    ]


def _text_of(said: Any) -> str:
    """Return a text of the table; nothing where it is missing."""
    return "" if pd.isna(said) else str(said)


def _judged(row: Mapping[str, Any]) -> str:
    """Return the verdict on a method and the gain that it rests on."""
    verdict, gain = row.get("verdict"), row.get("ari_gain")
    if pd.isna(verdict):
        return ""
    if gain is None or pd.isna(gain):
        return f"{verdict}."
    low, high, p = (row.get(name, nan) for name in ("ari_gain_low", "ari_gain_high", "p_value"))
    return f"{verdict} (ARI {gain:+z.3f}, {low:+z.3f} to {high:+z.3f}, p {p:.2g})."


def _selected(row: Mapping[str, Any]) -> str:
    """Return by what a method was chosen, where labels or known songs took part."""
    selection, crossed = row.get("selection"), row.get("known_agreement_cross_fitted")
    if selection is None or pd.isna(selection):
        return ""
    said = f"{str(selection)[:1].upper()}{str(selection)[1:]}"
    if crossed is None or pd.isna(crossed):
        return f"{said}."
    return f"{said}; what one half of them chooses agrees {crossed:.2f} with the other half."


def _suggested(row: Mapping[str, Any]) -> str:
    """Return the cluster counts that stand out from chance."""
    names = ("n_clusters_suggested", "n_clusters_suggested_low", "n_clusters_suggested_high")
    count, low, high = (row.get(name) for name in names)
    if count is None or pd.isna(count):
        return ""
    alike = "" if low == high else f" ({low} to {high} do about as well)"
    return f"{count} clusters stand out most from chance{alike}."


def _weakest(row: Mapping[str, Any]) -> str:
    """Return the reference view in which coherence is lowest, where there are several."""
    by_view = {
        match["view"]: float(value)
        for name, value in row.items()
        if (match := _OF_VIEW.fullmatch(name)) and pd.notna(value)
    }
    if len(by_view) < 2:
        return ""
    view = min(by_view, key=lambda name: by_view[name])
    return f"Coherence is lowest in the view {view}."
