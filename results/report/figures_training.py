"""Learning curves of the finalists, or of the best trials where there are no finalists."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from results.report.choices import judged
from results.report.drawing import SMALL, Figure, colour, dashes, draw, plain_numbers
from results.report.evidence import Evidence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_METHODS = 6
"""Models whose losses are drawn."""

_MOST_TRIALS = 3
"""Trials that are drawn where there are no finalists."""


def training_curves(evidence: Evidence) -> list[Figure]:
    """Return the losses of each model over its epochs, and the KL divergence of all."""
    epochs = evidence.tables["epochs"]
    every = _curves(epochs, "finalist", evidence.methods)
    if not any(map(len, every.values())):
        every = _curves(epochs, "search", _best(evidence))
    own = {name: rows for name, rows in every.items() if len(rows)}
    figures = [_losses(name, rows) for name, rows in list(own.items())[:_MOST_METHODS]]
    divergent = {name: rows for name, rows in own.items() if (rows["kl"].fillna(0) > 0).any()}
    if divergent:
        figures.append(_divergences(divergent, list(every)))
    return figures


def _curves(epochs: pd.DataFrame, role: str, named: dict[int, str]) -> dict[str, pd.DataFrame]:
    """Return the epochs of each model by its name."""
    own = epochs[epochs["role"] == role]
    return {name: own[own["trial"] == trial] for trial, name in named.items()}


def _best(evidence: Evidence) -> dict[int, str]:
    """Return names of the best searched trials."""
    trials = judged(evidence)
    order = (evidence.sign * trials["objective"]).sort_values(ascending=False).index
    best = trials.loc[order[:_MOST_TRIALS]]
    return {
        int(trial): f"{family}, trial {trial}"
        for trial, family in zip(best["trial"], best["family"], strict=True)
    }


def _losses(name: str, rows: pd.DataFrame) -> Figure:
    """Return training and validation loss of one model, a line for each seed."""

    def paint(axes: Axes) -> None:
        for place, column in enumerate(("loss", "validation_loss")):
            label = ("training", "validation")[place]
            for seed, run in rows.groupby("seed"):
                axes.plot(
                    run["epoch"],
                    run[column],
                    ("-", "--")[place],
                    color=colour(place),
                    lw=1,
                    alpha=0.8,
                    label=label if seed == rows["seed"].min() else None,
                )
        if _steep(rows):
            axes.set_yscale("log")
            plain_numbers(axes.yaxis)
        axes.locator_params(axis="x", integer=True)
        axes.set_xlabel("epoch")
        axes.set_ylabel("loss")
        axes.grid(axis="y")

    last = rows.sort_values("epoch").groupby("seed").tail(1)
    alt = (
        f"Loss of {name} over {rows['epoch'].max()} epochs on {rows['seed'].nunique()} seeds: "
        f"training ends at {last['loss'].mean():.4g}, "
        f"validation at {last['validation_loss'].mean():.4g}."
    )
    return draw(name, alt, paint, size=SMALL, legend=True)


def _steep(rows: pd.DataFrame) -> bool:
    """Return whether losses span so much that their orders of magnitude matter."""
    losses = rows[["loss", "validation_loss"]].stack()
    return bool(len(losses) and losses.min() > 0 and losses.max() > 10 * losses.min())


def _divergences(own: dict[str, pd.DataFrame], order: list[str]) -> Figure:
    """Return the KL divergence of each model over its epochs."""
    means = {name: rows.groupby("epoch")["kl"].mean() for name, rows in own.items()}

    def paint(axes: Axes) -> None:
        for name, curve in means.items():
            place = order.index(name)
            axes.plot(
                curve.index, curve, ls=dashes(place), color=colour(place), lw=1.3, label=name
            )
        axes.locator_params(axis="x", integer=True)
        axes.set_xlabel("epoch")
        axes.set_ylabel("KL divergence (nats)")
        axes.grid(axis="y")

    ends = ", ".join(f"{name} ends at {curve.iloc[-1]:.3g}" for name, curve in means.items())
    alt = f"KL divergence over epochs, mean over seeds: {ends} nats."
    caption = "Near 0 the code says nothing of the song."
    return draw("KL divergence", alt, paint, caption, SMALL, legend=True)
