"""Maps of the codes: every song a point, coloured by cluster and by what is known of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from results.report.drawing import (
    HALO,
    INK,
    N_COLOURS,
    Figure,
    colour,
    draw,
    legend_columns,
    shortened,
)
from results.report.evidence import Array
from results.report.song_map import WAYS, Method, SongMap, sample

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIDE = 295
"""Width and height of a map, in CSS pixels."""

_ROW = 20
"""Height of one row of the legend, in CSS pixels."""

_MOST_SONGS = 1_500
"""Songs of a map."""

_MOST_DISTINCT = 40
"""Values of a label that is drawn; of more all but a few would be grey."""

_MOST_LABELS = 3
"""Labels that maps are coloured by."""

_MOST_VALUES = 2 * N_COLOURS
"""Values of a label that are told apart: each colour has a round and a square dot."""

_JUDGED_AGAINST = "pca"
"""The method that is mapped beside the best."""

_LONGEST = 16
"""Characters of a value in the legend."""


@dataclass(frozen=True)
class Mapped:
    """Maps of one model.

    Attributes
    ----------
    name : of the method.
    """

    name: str
    figures: list[Figure]


@dataclass(frozen=True)
class _Colouring:
    """What the points of a map are coloured by.

    Attributes
    ----------
    name : of the label, or "cluster".
    values : (n,) text, empty where unknown, or noise.
    numbered : whether each value is written amid its points, and not into a legend.
    """

    name: str
    values: Array
    numbered: bool = False

    def only(self, rows: Array) -> _Colouring:
        """Return the same of these songs."""
        return replace(self, values=self.values[rows])


def maps(songs: SongMap) -> list[Mapped]:
    """Return still maps of the first method, and of PCA beside it."""
    labels = [_Colouring(name, songs.songs[name].to_numpy(str)) for name in _labels(songs)]
    found = []
    for method in _shown(songs.methods):
        numbers = np.where(method.clusters < 0, "", method.clusters.astype(str))
        figures = []
        for way, points in method.points.items():
            laid = np.flatnonzero(np.isfinite(points).all(axis=1))
            rows = laid[sample(len(laid), _MOST_SONGS)]
            figures += [
                _map(method.name, WAYS[way], points[rows], each.only(rows))
                for each in (_Colouring("cluster", numbers, numbered=True), *labels)
            ]
        found.append(Mapped(method.name, figures))
    return found


def _shown(methods: list[Method]) -> list[Method]:
    """Return the methods to draw: the first, and what it is judged against."""
    first = methods[0]
    return [each for each in methods if each is first or each.name == _JUDGED_AGAINST][:2]


def _labels(songs: SongMap) -> list[str]:
    """Return labels with few enough values to have colours, the primary one first."""
    few = [name for name in songs.labels if songs.songs[name].nunique() <= _MOST_DISTINCT]
    return few[:_MOST_LABELS]


def _map(name: str, way: str, points: Array, colouring: _Colouring) -> Figure:
    """Return one map of one model, coloured by one thing."""
    values = colouring.values
    counts = pd.Series(values[values != ""]).value_counts()
    shown = sorted(counts.index[:_MOST_VALUES], key=_natural)
    left_out = len(counts) - len(shown)
    width = 5.0 if len(points) < 400 else 3.5
    inside = _inside(points)

    def paint(axes: Axes) -> None:
        rest = inside & ~np.isin(values, shown)
        if rest.any():
            _dots(axes, points[rest], INK, "round", 0.25, width)
        for place, value in enumerate(shown):
            ends = "round" if place < N_COLOURS else "projecting"
            _dots(axes, points[inside & (values == value)], colour(place), ends, 0.75, width)
            axes.plot(
                [],
                [],
                "os"[place // N_COLOURS],
                color=colour(place),
                label=shortened(value, _LONGEST),
            )
        if colouring.numbered:
            _number(axes, points[inside], values[inside], shown)
        axes.set_aspect("equal", adjustable="datalim")
        axes.autoscale_view()
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[["top", "right"]].set_visible(True)

    what = f"{len(shown)} values of {colouring.name}"
    alt = (
        f"{way} of the songs by {name}: {len(points)} songs coloured by {what}. "
        f"{_separation(points, values, shown)}"
    )
    said = [f"{left_out} rarer values are grey."] if left_out else []
    if outside := int((~inside).sum()):
        said.append(f"{outside} {'songs lie' if outside > 1 else 'song lies'} far outside.")
    columns = legend_columns([shortened(value, _LONGEST) for value in shown], (_SIDE, _SIDE))
    rows = 0 if colouring.numbered else -(-len(shown) // columns)
    size = (_SIDE, _SIDE + _ROW * rows)
    title = f"{way}, by {colouring.name}"
    return draw(title, alt, paint, " ".join(said), size, legend=bool(rows))


def _inside(points: Array) -> Array:
    """Return which points to draw: a few far away would press all others into a corner."""
    low, high = np.quantile(points, [0.01, 0.99], axis=0)
    reach = (high - low).max()
    return np.all((points >= low - reach) & (points <= high + reach), axis=1)


def _number(axes: Axes, points: Array, values: Array, shown: list[str]) -> None:
    """Write the number of each cluster into its middle."""
    for value in np.intersect1d(shown, values):
        x, y = np.median(points[values == value], axis=0)
        text = axes.text(x, y, value, ha="center", va="center", weight="bold", zorder=4)
        text.set_gid(HALO)


def _natural(value: str) -> tuple[int, str]:
    """Return what sorts whole numbers by their size, before words."""
    return (int(value), "") if value.isdecimal() else (1 << 30, value)


def _dots(axes: Axes, points: Array, ink: str, ends: Any, alpha: float, width: float) -> None:
    """Draw points as strokes of no length, which take a tenth of the bytes of markers."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    codes = np.tile([Path.MOVETO, Path.LINETO], len(points)).astype(Path.code_type)
    path = Path(np.repeat(points, 2, axis=0), codes)
    path.should_simplify = False
    axes.add_patch(
        PathPatch(path, lw=width, capstyle=ends, edgecolor=ink, facecolor="none", alpha=alpha)
    )


def _separation(points: Array, values: Array, shown: list[str]) -> str:
    """Return how well the values keep apart in the map, in words."""
    if len(shown) < 2 or len(points) < 3:
        return ""
    from sklearn.neighbors import NearestNeighbors

    known = np.isin(values, shown)
    if known.sum() < 3:
        return ""
    near = NearestNeighbors(n_neighbors=2).fit(points[known])
    nearest = near.kneighbors(points[known], return_distance=False)[:, 1]
    alike = float(np.mean(values[known] == values[known][nearest]))
    return f"{alike:.0%} of the songs have a nearest neighbour of the same value."
