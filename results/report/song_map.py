"""The table `map` of a run, with every song once and its places by each method beside it.

A run folder may be anybody's: songs that are there twice count once, and numbers that are none
are no places.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from results.report.drawing import shortened
from results.report.evidence import Array, Evidence
from results.report.harmless import one_line
from results.schema import CONSENSUS, TABLES

WAYS = {"pca": "PCA", "tsne": "t-SNE", "umap": "UMAP"}
"""Projection, as columns are named -> its name."""

_MOST_METHODS = 6
_MOST_LABELS = 8
_LONGEST_ARTIST = 80

_FARTHEST = 1e12
"""Coordinates beyond are none that a projection gives."""

_OWN = {column.name for column in TABLES["map"].columns if not column.is_pattern}


@dataclass(frozen=True)
class Method:
    """What one method makes of the songs.

    Attributes
    ----------
    clusters : (n,), noise is -1.
    agreement : (n,), of the consensus alone.
    points : projection -> (n, 2); no number where the song was not laid out.
    """

    name: str
    trial: int
    clusters: Array
    agreement: Array | None
    points: dict[str, Array]


@dataclass(frozen=True)
class SongMap:
    """Songs and where they lie.

    Attributes
    ----------
    songs : id, title and artist, split, exemplar and audio_path of each, and its labels: harmless
        text, empty where unknown.
    labels : names of the labels with at least two values, the primary one first.
    methods : the consensus first, then in the order of the comparison; at least one.
    """

    songs: pd.DataFrame
    labels: list[str]
    methods: list[Method]

    def names(self) -> list[str]:
        """Return the title of each song, with its artist where there is one, for the eye."""
        artists = self.songs["artist"].map(lambda name: shortened(name, _LONGEST_ARTIST))
        return [
            f"{title or song} – {artist}" if artist else title or song
            for song, title, artist in zip(
                self.songs["id"], self.songs["title"], artists, strict=True
            )
        ]

    def only(self, rows: Array) -> SongMap:
        """Return the same with these songs alone."""
        methods = [
            replace(
                each,
                clusters=each.clusters[rows],
                agreement=None if each.agreement is None else each.agreement[rows],
                points={way: points[rows] for way, points in each.points.items()},
            )
            for each in self.methods
        ]
        return SongMap(self.songs.iloc[rows].reset_index(drop=True), self.labels, methods)


def song_map(evidence: Evidence) -> SongMap | None:
    """Return the map of a run; None where it has none."""
    rows = [
        own for own in _by_method(evidence) if np.isfinite(_points(own, "pca")).all(axis=1).any()
    ]
    if not rows:
        return None
    ids = rows[0].index
    methods = [_method(own.reindex(ids)) for own in rows]
    return SongMap(_songs(rows[0]), _labels(evidence, rows[0]), methods)


def sample(count: int, most: int, kept: Array | None = None) -> Array:
    """Return which rows to draw: all, or a seeded sample of so many, in order.

    Parameters
    ----------
    kept : rows that are in the sample before all others.
    """
    if count <= most:
        return np.arange(count)
    first = np.arange(0) if kept is None else kept[:most]
    others = np.setdiff1d(np.arange(count), first)
    drawn = np.random.default_rng(0).choice(others, most - len(first), replace=False)
    return np.sort(np.concatenate([first, drawn]))


def _by_method(evidence: Evidence) -> list[pd.DataFrame]:
    """Return the rows of each method by song, of the first seed of each, the consensus first."""
    table = evidence.tables["map"]
    order = list(evidence.methods)
    names = dict(zip(table["trial"], table["method"], strict=True))

    def rank(trial: int) -> tuple[bool, int]:
        return names[trial] != CONSENSUS, order.index(trial) if trial in order else len(order)

    found = []
    for trial in sorted(names, key=rank)[:_MOST_METHODS]:
        own = table[table["trial"] == trial]
        own = own[own["seed"] == own["seed"].iloc[0]].drop_duplicates("id")
        found.append(own.set_index("id", drop=False))
    return found


def _method(own: pd.DataFrame) -> Method:
    """Return what the rows of a method say; songs of which they say nothing are noise."""
    known = own["trial"].dropna()
    agreement = None
    if "agreement" in own and own["agreement"].notna().any():
        agreement = own["agreement"].to_numpy(float, na_value=np.nan)
    points = {way: _points(own, way) for way in WAYS}
    return Method(
        str(own["method"].dropna().iloc[0]),
        int(known.iloc[0]),
        own["cluster"].fillna(-1).to_numpy(int),
        agreement,
        {way: place for way, place in points.items() if np.isfinite(place).all(axis=1).any()},
    )


def _points(own: pd.DataFrame, way: str) -> Array:
    """Return places (n, 2) by a projection; both coordinates are numbers, or neither."""
    nowhere = pd.Series(np.nan, own.index)
    columns = [own.get(f"{way}_{axis}", nowhere).to_numpy(float, na_value=np.nan) for axis in "xy"]
    points = np.column_stack(columns)
    points[~(np.abs(points) < _FARTHEST).all(axis=1)] = np.nan
    return points


def _songs(own: pd.DataFrame) -> pd.DataFrame:
    """Return what is known of each song, as text."""
    nothing = pd.Series("", own.index)
    columns = ["title", "artist", "split", "exemplar", "audio_path"]
    columns += [name for name in own.columns if name not in _OWN]
    texts = {name: own.get(name, nothing).fillna("").astype(str) for name in ["id", *columns]}
    texted = [name for name in texts if name not in ("split", "exemplar", "audio_path")]
    texts |= {name: texts[name].map(one_line) for name in texted}
    return pd.DataFrame(texts).reset_index(drop=True)


def _labels(evidence: Evidence, own: pd.DataFrame) -> list[str]:
    """Return the labels that the map has too, the primary one first; artists may be one."""
    names = [name for name in own.columns if name not in _OWN or name == "artist"]
    return [name for name in evidence.labels if name in names][:_MOST_LABELS]
