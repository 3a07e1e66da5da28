"""Figures of the search: the objective over trials and against hyperparameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from results.report.choices import drawn, judged, logarithmic, numeric, positions, sampled, varied
from results.report.drawing import INK, SMALL, Figure, colour, draw, listed, marker, plain_numbers
from results.report.evidence import Array, Evidence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_IMPORTANCE = "importance"
"""Name under which a search keeps the shares."""

_MOST_SHARES = 100
"""Hyperparameters whose shares are believed."""

_MOST_LETTERS = 26
"""Letters that fit side by side below a small figure."""


def progress(evidence: Evidence) -> list[Figure]:
    """Return the objective over trials, and the best so far."""
    trials = judged(evidence)
    if trials.empty:
        return []
    feasible = trials[trials["status"] == "complete"]
    reached = (evidence.sign * feasible["objective"]).cummax() * evidence.sign
    families = list(dict.fromkeys(trials["family"]))
    name = evidence.objective

    def paint(axes: Axes) -> None:
        shown = drawn(trials)
        held = shown["status"] == "complete"
        for place, family in enumerate(families):
            own = shown[held & (shown["family"] == family)]
            axes.plot(own["trial"], own["objective"], marker(place), color=colour(place), ms=4.5)
            if len(own):
                axes.plot([], [], marker(place), color=colour(place), label=family)
        other = shown[~held]
        if len(other):
            axes.plot(other["trial"], other["objective"], "x", color=INK, ms=5, alpha=0.6)
            axes.plot([], [], "x", color=INK, label="failed a guard")
        if len(reached):
            axes.step(
                [*feasible["trial"], trials["trial"].max()],
                [*reached, reached.iloc[-1]],
                where="post",
                color=INK,
                lw=1.2,
                label="best so far",
            )
        axes.set_xlabel("trial")
        axes.set_ylabel(name)
        axes.grid(axis="y")

    rise = "Nothing won."
    if len(reached):
        at = feasible.loc[(evidence.sign * feasible["objective"]).idxmax(), "trial"]
        rise = f"The best so far goes from {reached.iloc[0]:.3g} to {reached.iloc[-1]:.3g}, "
        rise += f"which trial {at} reached."
    alt = f"{name.capitalize()} of {len(trials)} trials over their number. {rise}"
    caption = "Each trial at the cluster count and clusterer that it was asked for."
    caption += sampled(trials)
    return [draw("", alt, paint, caption, (480, 340), legend=True)]


def importance(evidence: Evidence) -> list[Figure]:
    """Return how much each searched hyperparameter explains of the objective."""
    found = evidence.arrays(_IMPORTANCE)
    if not {"names", "values"} <= found.keys() or not _shares(found["names"], found["values"]):
        return []
    order = np.argsort(found["values"])
    names = [str(name) for name in found["names"][order]]
    shares = np.asarray(found["values"], float)[order]

    def paint(axes: Axes) -> None:
        bars = axes.barh(names, shares, color=colour(0), height=0.65)
        axes.bar_label(bars, [f"{share:.0%}" for share in shares], padding=3)
        axes.set_xlim(0, max(shares.max() * 1.15, 0.01))
        axes.xaxis.set_visible(False)
        axes.spines["bottom"].set_visible(False)
        axes.tick_params(axis="y", length=0)

    most = [f"{names[at]} {shares[at]:.0%}" for at in range(len(names))[::-1]]
    alt = f"Share of the objective's variance that each explains: {listed(most)}."
    caption = (
        "Share of the variance of the objective over the space, by fANOVA on the trials so far; "
        "rough where trials are few."
    )
    height = 110 + 30 * len(names)
    return [draw("Importance", alt, paint, caption, (440, height))]


def _shares(names: Array, values: Array) -> bool:
    """Return whether each name has its share; a run folder may come from anywhere."""
    one_each = names.ndim == 1 and names.shape == values.shape and 0 < len(names) <= _MOST_SHARES
    return bool(one_each and values.dtype.kind in "fiu" and np.isfinite(values).all())


def slices(evidence: Evidence) -> list[Figure]:
    """Return the objective against each hyperparameter that was searched."""
    trials = judged(evidence)
    return [_slice(evidence, drawn(trials), name) for name in varied(trials)]


def _slice(evidence: Evidence, trials: pd.DataFrame, name: str) -> Figure:
    """Return the objective against one hyperparameter."""
    known = trials[trials[name].notna()]
    held = known["status"] == "complete"

    def paint(axes: Axes) -> None:
        at, ticks = positions(known[name])
        if ticks:
            random = np.random.default_rng(0)
            at = at + random.uniform(-0.2, 0.2, len(at))
            long = sum(map(len, ticks)) > _MOST_LETTERS
            turned: dict[str, Any] = {"rotation": 30, "ha": "right"} if long else {}
            axes.set_xticks(range(len(ticks)), ticks, **turned)
            axes.set_xlim(-0.6, len(ticks) - 0.4)
        elif logarithmic(known[name]):
            axes.set_xscale("log")
            plain_numbers(axes.xaxis)
        elif pd.api.types.is_integer_dtype(known[name]):
            axes.locator_params(axis="x", integer=True)
        for which, sign, ink in ((held, "o", colour(0)), (~held, "x", INK)):
            axes.plot(at[which], known["objective"][which], sign, color=ink, ms=4, alpha=0.65)
        axes.set_ylabel(evidence.objective)
        axes.grid(axis="y")

    alt = f"{evidence.objective} against {name}; {_tendency(evidence, known[held], name)}"
    return draw(name, alt, paint, size=SMALL)


def _tendency(evidence: Evidence, trials: pd.DataFrame, name: str) -> str:
    """Return where the best values lie, in words."""
    if len(trials) < 2:
        return "too few trials held every guard to tell."
    if not numeric(trials[name]):
        means = trials.groupby(name)["objective"].mean() * evidence.sign
        return f"the best on average is {means.idxmax()}."
    order = (evidence.sign * trials["objective"]).sort_values(ascending=False).index
    best = trials.loc[order[: max(len(order) // 4, 1)], name]
    return f"the best quarter of the trials lies from {best.min():g} to {best.max():g}."
