"""The map to walk: one figure of Bokeh's, and the songs that the page's script puts upon it.

A map holds its songs once and their places by each method as whole numbers of two bytes, which
20,000 songs by six methods need so that the page stays small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from results.report.clips import is_clip, link
from results.report.drawing import N_COLOURS, listed, shortened
from results.report.evidence import Array
from results.report.figure_item import item
from results.report.harmless import one_line
from results.report.song_map import WAYS, Method, SongMap, sample
from results.schema import EXEMPLARS, SPLITS

MOST_SONGS = 25_000
"""Songs of a map; of more a sample is drawn."""

_MOST_VALUES = 40
"""Values of a label that songs are coloured by."""

_MOST_TEXTS = 250
"""Values of a label that are told of a song; rarer ones are not in the page."""

_LONGEST = (120, 60, 30, 24, 18, 12)
"""Characters of a title, an artist or an id: the most that leave room for all songs."""

_MOST_TEXT_BYTES = {"id": 600_000, "title": 1_400_000, "artist": 600_000}
"""Of the texts of all songs together."""

_LONGEST_VALUE = 60
"""Characters of a label's name and of its values."""

_STEPS = 65_534
"""Steps from the lowest coordinate to the highest; one above is nowhere."""

_SCALE = 128
"""Colours of a scale, which the colour-blind see as others do."""


@dataclass(frozen=True)
class Walk:
    """A map to walk.

    Attributes
    ----------
    rows : which songs of the map it has.
    item : the figure as Bokeh embeds it.
    facts : what the script needs to know beside it.
    said : a sentence for each thing that is not on it.
    """

    rows: Array
    item: dict[str, Any]
    facts: dict[str, Any]
    said: list[str]


def walk(whole: SongMap, suggested: dict[int, str], beside: bool) -> Walk:
    """Return the map to walk of a run's songs.

    Parameters
    ----------
    suggested : cluster of the first method -> its name.
    beside : whether the page lies where the clips are, so that links lead to them.
    """
    from bokeh.palettes import cividis

    kept = np.flatnonzero(whole.songs["exemplar"] != "")
    rows = sample(len(whole.songs), MOST_SONGS, kept)
    songs = whole.only(rows)
    columns = _texts(songs.songs)
    columns["split"] = _codes(songs.songs["split"], SPLITS)
    columns["exemplar"] = _codes(songs.songs["exemplar"], EXEMPLARS)
    labels = [_label(songs.songs[name], place, columns) for place, name in enumerate(songs.labels)]
    methods = [_method(each, place, columns) for place, each in enumerate(songs.methods)]
    methods[0]["names"] = {
        str(cluster): shortened(one_line(name), _LONGEST_VALUE)
        for cluster, name in suggested.items()
    }
    facts = {
        "methods": methods,
        "labels": labels,
        "splits": list(SPLITS),
        "colours": N_COLOURS,
        "scale": list(cividis(_SCALE)),
        "links": _links(songs.songs["audio_path"]) if beside else {},
    }
    return Walk(rows, item(columns), facts, _said(len(whole.songs), songs))


def _texts(songs: pd.DataFrame) -> dict[str, Any]:
    """Return ids, titles and artists, each as long as there is room for."""
    found = {}
    for name, most in _MOST_TEXT_BYTES.items():
        for longest in _LONGEST:
            short = [shortened(text, longest) for text in songs[name]]
            if sum(map(len, map(str.encode, short))) <= most:
                break
        if any(short):
            found[name] = short
    return found


def _codes(values: pd.Series, known: Sequence[str]) -> Array:
    """Return the place of each value among the known ones, from 1; 0 for others."""
    places = {value: place for place, value in enumerate(known, 1)}
    return values.map(places).fillna(0).to_numpy(np.uint8)


def _label(values: pd.Series, place: int, columns: dict[str, Any]) -> dict[str, Any]:
    """Put a label among the columns, and return its name and values, the commonest first."""
    counts = values[values != ""].value_counts()
    common = [str(value) for value in counts.index[:_MOST_TEXTS]]
    columns[f"label{place}"] = _codes(values, common)
    return {
        "name": shortened(one_line(str(values.name)), _LONGEST_VALUE),
        "values": [shortened(value, _LONGEST_VALUE) for value in common],
        "colours": len(counts) <= _MOST_VALUES,
    }


def _method(method: Method, place: int, columns: dict[str, Any]) -> dict[str, Any]:
    """Put the clusters and places of a method among the columns, and return what it has."""
    columns[f"cluster{place}"] = np.clip(method.clusters, -1, 32_767).astype(np.int16)
    if method.agreement is not None:
        shares = np.nan_to_num(np.clip(method.agreement, 0, 1), nan=-1)
        columns[f"agreement{place}"] = np.round(shares * 100).astype(np.int8)
    ways = []
    for way, points in method.points.items():
        low, step, outside = _put(points, f"{way}{place}", columns)
        ways.append({"key": way, "name": WAYS[way], "low": low, "step": step, "outside": outside})
    return {"name": shortened(one_line(method.name), _LONGEST_VALUE), "ways": ways, "names": {}}


def _put(points: Array, name: str, columns: dict[str, Any]) -> tuple[list[float], float, int]:
    """Put points among the columns in steps, and return where these begin and how long one is.

    A few songs far away would press all others into a corner: they lie at the edge, and are
    counted.
    """
    there = np.isfinite(points).all(axis=1)
    ends = np.quantile(points[there], [0.01, 0.99], axis=0)
    reach = float((ends[1] - ends[0]).max()) or 1.0
    low, high = ends[0] - reach, ends[1] + reach
    inside = np.clip(points, low, high)
    outside = int((inside[there] != points[there]).any(axis=1).sum())
    start = np.nanmin(inside, axis=0)
    step = float((np.nanmax(inside, axis=0) - start).max()) / _STEPS or 1.0
    steps = np.nan_to_num((inside - start) / step, nan=_STEPS + 1)
    for axis, each in zip("xy", steps.T, strict=True):
        columns[f"{name}{axis}"] = np.round(each).astype(np.uint16)
    return [float(start[0]), float(start[1])], step, outside


def _links(paths: pd.Series) -> dict[str, str]:
    """Return addresses of clips that lie beside the page, by the place of their song."""
    return {str(place): link(path) for place, path in enumerate(paths) if is_clip(path)}


def _said(count: int, songs: SongMap) -> list[str]:
    """Return what is not on the map, in words."""
    said = []
    if count > len(songs.songs):
        said.append(f"The map has a sample of {len(songs.songs):,} of the {count:,} songs.")
    laid = {
        WAYS[way]: int(np.isfinite(points).all(axis=1).sum())
        for way, points in songs.methods[0].points.items()
    }
    sampled = [way for way, count in laid.items() if count < len(songs.songs)]
    if sampled:
        most = max(laid[way] for way in sampled)
        said.append(f"PCA has all songs, {listed(sampled)} a sample of {most:,}.")
    return said
