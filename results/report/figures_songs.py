"""Songs as a model hears them: what it makes of them, and what lies between two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from results.report.drawing import Figure, compose, listed, shortened
from results.report.evidence import Array, Evidence

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

_PREFIX = "songs-"
"""Name under which a search keeps these arrays, before the number of the trial."""

_NAMES = ("ids", "originals", "reconstructions", "interpolation")
"""The arrays themselves."""

_MOST_METHODS = 4
"""Finalists that are drawn."""

_MOST_SONGS = 16
"""Songs of a figure that are drawn."""

_LONGEST_NAME = 14
"""Characters of a title or an id below a picture."""


def songs(evidence: Evidence) -> list[Figure]:
    """Return reconstructions and an interpolation of each finalist whose songs are maps."""
    found: list[Figure] = []
    for trial, method in evidence.methods.items():
        arrays = evidence.arrays(f"{_PREFIX}{trial}")
        if _whole(arrays) and len(found) < 2 * _MOST_METHODS:
            names = [shortened(name, _LONGEST_NAME) for name in evidence.titles(arrays["ids"])]
            found += [
                _reconstructions(method, arrays, names),
                _interpolation(method, arrays, names),
            ]
    return found


def _whole(arrays: dict[str, Array]) -> bool:
    """Return whether these are maps of songs; a run folder may come from anywhere."""
    if not all(name in arrays and arrays[name].ndim for name in _NAMES):
        return False
    ids, *maps = (arrays[name] for name in _NAMES)
    originals, reconstructions, _ = maps
    if originals.shape != reconstructions.shape or ids.shape != originals.shape[:1]:
        return False
    return all(
        each.ndim == 3
        and each.size
        and len(each) <= _MOST_SONGS
        and each.dtype.kind in "fiu"
        and np.isfinite(each).all()
        for each in maps
    )


def _reconstructions(method: str, arrays: dict[str, Array], names: list[str]) -> Figure:
    """Return songs above what a model decodes from their codes."""
    rows = {"original": arrays["originals"], "reconstructed": arrays["reconstructions"]}
    low, high = _range(arrays["originals"])

    def paint(canvas: Canvas) -> None:
        grid = canvas.subplots(2, len(names), squeeze=False)
        for axes, (word, maps) in zip(grid, rows.items(), strict=True):
            for place, one in enumerate(axes):
                _show(one, maps[place], low, high)
            axes[0].set_ylabel(word)
        for one, song in zip(grid[1], names, strict=True):
            one.set_xlabel(song)

    error = (arrays["originals"].astype(float) - arrays["reconstructions"]).var()
    spread = arrays["originals"].astype(float).var()
    kept = f"{1 - error / spread:.0%}" if spread else "none"
    alt = (
        f"Spectrograms of {len(names)} test songs ({listed(names)}) above what {method} makes of "
        f"them from their codes; {kept} of their variance is kept."
    )
    return compose(f"{method}: reconstructions", alt, paint, size=(440, 250))


def _interpolation(method: str, arrays: dict[str, Array], names: list[str]) -> Figure:
    """Return what a model decodes from codes on the line between two songs."""
    maps = arrays["interpolation"]
    ends = names[0], names[-1]
    low, high = _range(arrays["originals"])

    def paint(canvas: Canvas) -> None:
        grid = canvas.subplots(1, len(maps), squeeze=False)[0]
        for one, each in zip(grid, maps, strict=True):
            _show(one, each, low, high)
        for one, song in zip((grid[0], grid[-1]), ends, strict=True):
            one.set_xlabel(song)

    alt = (
        f"{len(maps)} spectrograms that {method} decodes from evenly spaced codes on the line "
        f"from {ends[0]} to {ends[1]}."
    )
    return compose(f"{method}: from one song to another", alt, paint, size=(440, 150))


def _show(axes: Any, spectrogram: Array, low: float, high: float) -> None:
    """Draw one spectrogram."""
    axes.imshow(
        spectrogram.astype(np.float32),
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=low,
        vmax=high,
    )
    axes.set_xticks([])
    axes.set_yticks([])


def _range(maps: Array) -> tuple[float, float]:
    """Return the values that are black and white: all but the lowest and highest hundredth."""
    low, high = np.percentile(maps.astype(np.float32), [1, 99])
    return float(low), float(high)
