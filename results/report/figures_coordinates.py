"""Parallel coordinates: one line per trial through everything that was chosen for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from results.report.choices import judged, logarithmic, positions, varied
from results.report.drawing import FAINT, HALO, INK, WIDE, Figure, Size, colour, draw, listed
from results.report.evidence import Evidence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_LINES = 200
"""Trials that are drawn."""

_BEST_LINES = 5
"""Trials that stand out."""


def coordinates(evidence: Evidence) -> list[Figure]:
    """Return the figure; none where fewer than two things were chosen differently."""
    trials = judged(evidence)
    names = varied(trials)
    if len(names) < 2:
        return []
    trials = trials.dropna(subset="objective")
    order = (evidence.sign * trials["objective"]).sort_values(ascending=False).index
    feasible = [at for at in order if trials.loc[at, "status"] == "complete"]
    best = feasible[:_BEST_LINES]
    shown = trials.loc[order[:_MOST_LINES]]
    columns = [*names, "objective"]
    scaled = pd.DataFrame({name: _scaled(shown[name]) for name in columns}, index=shown.index)

    def paint(axes: Axes) -> None:
        for at, line in scaled.iloc[::-1].iterrows():
            top = at in best
            axes.plot(
                range(len(columns)),
                line,
                color=colour(1) if top else INK,
                lw=2 if top else 0.8,
                alpha=0.9 if top else 0.25,
                ls="-" if top or at in feasible else ":",
                zorder=3 if top else 2,
                marker="o",
                ms=3,
            )
        axes.vlines(range(len(columns)), 0, 1, color=FAINT, lw=1)
        axes.set_xticks(range(len(columns)), [*names, evidence.objective])
        axes.set_yticks([])
        axes.set_ylim(-0.06, 1.06)
        axes.set_xlim(-0.25, len(columns) - 0.35)
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.tick_params(axis="x", length=0)
        for place, name in enumerate(columns):
            for height, text in _marks(shown[name]):
                label = axes.annotate(
                    text, (place, height), (4, 0), textcoords="offset points", va="center"
                )
                label.set_fontsize(7.5)
                label.set_gid(HALO)

    said = [f"trial {trials.loc[at, 'trial']} {_described(trials.loc[at], names)}" for at in best]
    alt = f"Parallel coordinates of {len(shown)} trials over {listed(columns)}."
    alt += f" The best: {'; '.join(said)}." if said else " None held every guard."
    caption = "One line a trial"
    caption += f"; the best {len(best)} are thick" if best else ""
    caption += "; those that failed a guard are dotted." if len(feasible) < len(order) else "."
    if len(trials) > _MOST_LINES:
        caption += f" The best {_MOST_LINES} of {len(trials)} trials."
    size: Size = (max(WIDE[0], 120 * len(columns)), WIDE[1])
    return [draw("", alt, paint, caption, size)]


def _scaled(values: pd.Series) -> np.ndarray:
    """Return values from 0 to 1 along their axis; NaN where there are none."""
    found = np.full(len(values), np.nan)
    known = values.notna().to_numpy()
    at, _ = positions(values[known])
    at = np.log(at) if logarithmic(values[known]) else at
    low, span = at.min(), np.ptp(at)
    found[known] = (at - low) / span if span else 0.5
    return found


def _marks(values: pd.Series) -> list[tuple[float, str]]:
    """Return where an axis is marked, from 0 to 1, and with what."""
    known = values.dropna()
    _, words = positions(known)
    if words:
        return [(place / max(len(words) - 1, 1), word) for place, word in enumerate(words)]
    low, high = known.min(), known.max()
    middle = np.sqrt(low * high) if logarithmic(known) else (low + high) / 2
    if pd.api.types.is_integer_dtype(known):
        middle = round(middle)
    marks = pd.Series(sorted({low, middle, high}), dtype=known.dtype)
    return [(height, f"{value:.3g}") for height, value in zip(_scaled(marks), marks, strict=True)]


def _described(trial: pd.Series, names: Sequence[str]) -> str:
    """Return what was chosen for a trial and its objective, in words."""
    known = [f"{name} {_figures(trial[name])}" for name in names if pd.notna(trial[name])]
    return f"with {', '.join(known)}, objective {trial['objective']:.3g}"


def _figures(value: object) -> str:
    """Return a value with three figures of a number."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)
