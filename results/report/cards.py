"""The clusters of the first method as cards: what each is like, and songs that stand for it."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from results.report.clips import is_clip, link
from results.report.drawing import shortened
from results.report.evidence import Array, Evidence
from results.report.song_map import SongMap
from results.schema import BORDER, EXEMPLAR

_MOST_CARDS = 60
_MOST_EXEMPLARS = 3
_MOST_SHARES = 4
"""Values of labels on a card."""

_MOST_OF_LABEL = 2
_LEAST_EXCESS = 0.05
"""Share of a value in a cluster above that in the collection, to be said."""

_LONGEST_NAME, _LONGEST_TEXT, _LONGEST_TITLE, _LONGEST_VALUE = 80, 200, 100, 30
"""Characters of a suggested name, of a sentence, of a song's title and of a label's value."""

_MOST_PIXELS = 256
"""Sides of a spectrogram."""

_MOST_SPECTROGRAMS = 1_000


@dataclass(frozen=True)
class Song:
    """A song on a card.

    Attributes
    ----------
    row : its place on the map to walk; None where it is not on it.
    clip : address of its sound beside the page, empty where there is none.
    """

    name: str
    row: int | None
    clip: str


@dataclass(frozen=True)
class Card:
    """One cluster.

    Attributes
    ----------
    name : suggested, or empty.
    size : songs in words, with their agreement where there is one.
    shares : sentences on values of labels.
    picture : mean spectrogram as a PNG in base64, empty where songs are no spectrograms.
    """

    cluster: int
    name: str
    size: str
    distinction: str
    words: str
    shares: list[str]
    picture: str
    exemplars: list[Song] = field(default_factory=list)
    border: list[Song] = field(default_factory=list)


def cards(evidence: Evidence, songs: SongMap, rows: Array, beside: bool) -> list[Card]:
    """Return a card for each cluster of the first method.

    Parameters
    ----------
    rows : songs that are on the map to walk.
    beside : as for `results.report.figure_map.walk`.
    """
    described = described_clusters(evidence, songs)
    pictures = _pictures(evidence)
    places = {int(row): place for place, row in enumerate(rows)}
    names = songs.names()
    clusters = songs.methods[0].clusters
    common = {name: _shares(songs.songs[name]) for name in songs.labels}

    def some(role: str, own: Array, most: int) -> list[Song]:
        chosen = own[(songs.songs["exemplar"].to_numpy()[own] == role)][:most]
        paths = songs.songs["audio_path"]
        return [
            Song(
                shortened(names[row], _LONGEST_TITLE),
                places.get(int(row)),
                link(paths[row]) if beside and is_clip(paths[row]) else "",
            )
            for row in chosen
        ]

    found = []
    for row in described[:_MOST_CARDS].to_dict("records"):
        cluster = int(row["cluster"])
        own = np.flatnonzero(clusters == cluster)
        found.append(
            Card(
                cluster,
                _text(row.get("name"), _LONGEST_NAME),
                _size(int(row["songs"]), row.get("agreement"), len(songs.songs)),
                _text(row.get("distinction"), _LONGEST_TEXT),
                _text(row.get("words"), _LONGEST_TEXT),
                _shares_in_words(songs.songs.iloc[own], common),
                pictures.get(cluster, ""),
                some(EXEMPLAR, own, _MOST_EXEMPLARS),
                some(BORDER, own, 1),
            )
        )
    return found


def described_clusters(evidence: Evidence, songs: SongMap) -> pd.DataFrame:
    """Return the rows of the table `clusters` that are of the first method, by number."""
    table = evidence.tables["clusters"]
    own = table[table["trial"] == songs.methods[0].trial]
    own = own[own["seed"] == own["seed"].min()]
    return own.drop_duplicates("cluster").sort_values("cluster")


def names_of(evidence: Evidence, songs: SongMap) -> dict[int, str]:
    """Return the suggested name of each cluster of the first method that has one."""
    table = described_clusters(evidence, songs)
    if "name" not in table:
        return {}
    named = table.dropna(subset="name")
    return {int(k): str(name) for k, name in zip(named["cluster"], named["name"], strict=True)}


def _text(value: object, longest: int) -> str:
    """Return a value as text of so many characters; nothing where it is missing."""
    return shortened(value, longest) if isinstance(value, str) else ""


def _size(count: int, agreement: object, whole: int) -> str:
    """Return how many songs there are, and how far the models agree on them."""
    said = f"{count:,} {'song' if count == 1 else 'songs'} ({count / max(whole, 1):.0%})"
    if isinstance(agreement, float) and np.isfinite(agreement):
        said += f", agreement {agreement:.2f}"
    return said


def _shares(values: pd.Series) -> pd.Series:
    """Return the share of each value among songs that have one."""
    known: pd.Series = values[values != ""].value_counts(normalize=True)
    return known


def _shares_in_words(own: pd.DataFrame, common: dict[str, pd.Series]) -> list[str]:
    """Return the values whose share in a cluster most exceeds that in the collection."""
    found: list[tuple[float, str]] = []
    for label, everywhere in common.items():
        here = _shares(own[label])
        excess = (here - everywhere.reindex(here.index)).sort_values(
            ascending=False, kind="stable"
        )
        for value, more in excess[excess >= _LEAST_EXCESS].head(_MOST_OF_LABEL).items():
            short = shortened(str(value), _LONGEST_VALUE)
            found.append(
                (more, f"{short} {here[value]:.0%}, in the collection {everywhere[value]:.0%}")
            )
    found.sort(key=lambda each: -each[0])
    return [said for _, said in found[:_MOST_SHARES]]


def _pictures(evidence: Evidence) -> dict[int, str]:
    """Return the mean spectrogram of each cluster of the first method as a PNG in base64."""
    arrays = evidence.arrays("clusters")
    clusters, maps = (arrays.get(name) for name in ("clusters", "spectrograms"))
    if clusters is None or maps is None or not _whole(clusters, maps):
        return {}
    low, high = np.percentile(maps.astype(np.float32), [1, 99])
    drawn = zip(clusters[:_MOST_CARDS], maps[:_MOST_CARDS], strict=True)
    return {int(cluster): _png(one, float(low), float(high)) for cluster, one in drawn}


def _whole(clusters: Array, maps: Array) -> bool:
    """Return whether these are pictures of clusters; a run folder may come from anywhere."""
    return (
        clusters.ndim == 1
        and clusters.dtype.kind in "iu"
        and maps.dtype.kind == "f"
        and maps.ndim == 3
        and 0 < len(maps) == len(clusters) <= _MOST_SPECTROGRAMS
        and 0 < min(maps.shape[1:])
        and max(maps.shape[1:]) <= 4 * _MOST_PIXELS
        and bool(np.isfinite(maps).all())
    )


def _png(spectrogram: Array, low: float, high: float) -> str:
    """Return one spectrogram as a picture, high notes above."""
    from matplotlib.image import imsave

    file = io.BytesIO()
    steps = [-(-side // _MOST_PIXELS) for side in spectrogram.shape]
    thinned = spectrogram[:: steps[0], :: steps[1]].astype(np.float32)
    bounds: Any = {"vmin": low, "vmax": high if high > low else low + 1}
    imsave(file, thinned, origin="lower", cmap="magma", format="png", metadata=_PLAIN, **bounds)
    return base64.b64encode(file.getvalue()).decode()


_PLAIN: Any = {"Software": None}
"""What would tell by which version a picture was made, so that the same run is the same page."""


def shown(cards: Sequence[Card]) -> list[int]:
    """Return the places on the map of the songs on cards, those that stand for a cluster first."""
    songs = [song for card in cards for song in card.exemplars]
    songs += [song for card in cards for song in card.border]
    return [song.row for song in songs if song.row is not None]
