"""Songs under one view, part by part: whole, or as the components that dense networks are given.

Songs are presented some at a time, so that no second copy of all of them is made on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import prod

import numpy as np

from data import Songs, views
from data.presentation import Presentation, fit
from evaluation.sampling import some_training
from models import basis
from models.components import ComponentSongs
from models.distances import energy
from search.trial.reconstructions import distinct

MOST_FITTED = 10_000
"""Training songs that a view is fitted on at most: a sample where there are more."""

TOGETHER = 1_000
"""Songs that are presented at once."""

Take = Callable[[np.ndarray], Songs]
"""Positions in the collection -> the songs there."""


@dataclass(frozen=True)
class ViewedSongs:
    """The songs under one view, part by part, and what R2 is measured against.

    Attributes
    ----------
    parts : "train", "validation", "test" -> songs as a family sees them.
    presentation : how they came to look so.
    spreads : part -> input name -> sum of squared differences between the songs of the part, those
        that have it, and its mean over the training songs.
    pictured : a few test songs, whole.
    """

    parts: Mapping[str, Songs]
    presentation: Presentation
    spreads: Mapping[str, Mapping[str, float]]
    pictured: Songs


@dataclass(frozen=True)
class Collection:
    """The songs of a run in the order of their parts: those for training come first.

    Attributes
    ----------
    known : all that is known of them but their inputs, in the order of the collection.
    take : the songs at some positions of the collection.
    rows : part -> positions of its songs, in the order of the parts.
    """

    known: Songs
    take: Take
    rows: Mapping[str, np.ndarray]

    @property
    def order(self) -> np.ndarray:
        """Positions of all songs, part after part."""
        return np.concatenate([*self.rows.values()])

    def in_order(self) -> Songs:
        """Return what is known of the songs, part after part."""
        return self.known.select(self.order)

    def spans(self) -> dict[str, slice]:
        """Return where each part lies among the songs in order."""
        edges = np.cumsum([0, *map(len, self.rows.values())])
        return dict(zip(self.rows, map(slice, edges[:-1], edges[1:]), strict=True))


@dataclass(frozen=True)
class ViewedInput:
    """One input of all songs in order under a view, made anew whenever rows are asked for.

    Attributes
    ----------
    take : songs at some places of the order.
    present : songs -> this input of them.
    shape : of it, for one song.
    """

    take: Take
    present: Callable[[Songs], np.ndarray | None]
    shape: tuple[int, ...]

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """Return the songs at some places, (n, features)."""
        return self.of(self.take(rows))

    def of(self, songs: Songs) -> np.ndarray:
        """Return this input of some songs as they are in the collection, (n, features)."""
        found = self.present(songs)
        assert found is not None
        return found.reshape(-1, prod(self.shape))


@dataclass(frozen=True)
class View:
    """A view that was fitted on training songs, and the collection that is seen through it."""

    collection: Collection
    presentation: Presentation
    inputs: Mapping[str, ViewedInput]

    @property
    def compared(self) -> list[ViewedInput]:
        """What songs are compared by: each block of their audio, and their lyrics."""
        audio, shown = self.inputs["audio"], self.presentation
        blocks = [
            replace(
                audio,
                present=partial(shown.block_of, name=name),
                shape=views.shape_of(one.name, one.shape),
            )
            for name, one in shown.blocks.items()
        ]
        return [*blocks, *(one for name, one in self.inputs.items() if name != "audio")]

    @classmethod
    def fit(cls, name: str, collection: Collection, center_languages: bool) -> View:
        """Fit the view of this name."""
        order = collection.order
        train = some_training(collection.known.split, MOST_FITTED, seed=0)
        presentation = fit(name, collection.take(train), center_languages)
        ways: dict[str, Callable[[Songs], np.ndarray | None]] = {
            "audio": presentation.audio_of,
            "lyrics": presentation.lyrics_of,
        }
        first = collection.take(order[:1])
        inputs = {
            name: ViewedInput(lambda rows: collection.take(order[rows]), present, shown.shape[1:])
            for name, present in ways.items()
            if (shown := present(first)) is not None
        }
        return cls(collection, presentation, inputs)

    def songs(self, variance_kept: float | None, label: str) -> ViewedSongs:
        """Return the songs as families see them.

        Parameters
        ----------
        variance_kept : share of the variance in components that stand for the songs; None for
            whole songs.
        label : the songs that are pictured differ in it.
        """
        order, spans = self.collection.order, self.collection.spans()
        known = self.collection.in_order()
        kept = (
            _Whole(self.inputs, known)
            if variance_kept is None
            else _Components(self.inputs, known, spans["train"], variance_kept)
        )
        moments: dict[str, dict[str, _Moments]] = {
            part: {name: _Moments(prod(one.shape)) for name, one in self.inputs.items()}
            for part in spans
        }
        for part, span in spans.items():
            for start in range(span.start, span.stop, TOGETHER):
                rows = np.arange(start, min(start + TOGETHER, span.stop))
                songs = self.collection.take(order[rows])
                for name, viewed in self.inputs.items():
                    piece = viewed.of(songs)
                    kept.put(name, rows, piece)
                    sung = known.has_lyrics[rows] if name == "lyrics" else slice(None)
                    moments[part][name].add(piece[sung])
        every = kept.songs()
        pictured = spans["test"].start + distinct(known.select(spans["test"]), label)
        return ViewedSongs(
            {part: every.select(span) for part, span in spans.items()},
            self.presentation,
            {
                part: {name: one.spread(moments["train"][name]) for name, one in found.items()}
                for part, found in moments.items()
            },
            self.presentation.apply(self.collection.take(order[pictured])),
        )


class _Whole:
    """Whole songs, gathered piece by piece."""

    def __init__(self, inputs: Mapping[str, ViewedInput], known: Songs) -> None:
        self._known = known
        self._arrays = {
            name: np.empty((len(known), *one.shape), np.float32) for name, one in inputs.items()
        }

    def put(self, name: str, rows: np.ndarray, piece: np.ndarray) -> None:
        """Take an input (m, features) of the songs at some places."""
        self._arrays[name][rows] = piece.reshape(-1, *self._arrays[name].shape[1:])

    def songs(self) -> Songs:
        """Return the songs, all of which have been put."""
        return self._known.replace(audio=self._arrays["audio"], lyrics=self._arrays.get("lyrics"))


class _Components:
    """Components of songs, which are found on training songs and gathered piece by piece."""

    def __init__(
        self,
        inputs: Mapping[str, ViewedInput],
        known: Songs,
        train: slice,
        variance_kept: float,
    ) -> None:
        self._known, self._variance_kept = known, variance_kept
        self._shapes = {name: one.shape for name, one in inputs.items()}
        self._bases = {}
        for name, one in inputs.items():
            has = known.has_lyrics[train] if name == "lyrics" else np.ones(train.stop, bool)
            found_on = one[train.start + basis.some_rows(has)]
            self._bases[name] = basis.fit(found_on, None, variance_kept)
        count = len(known)
        self._inside = {
            name: np.empty((count, len(one.components)), np.float32)
            for name, one in self._bases.items()
        }
        self._outside = {name: np.empty((count, 1), np.float32) for name in inputs}

    def put(self, name: str, rows: np.ndarray, piece: np.ndarray) -> None:
        """Take an input (m, features) of the songs at some places."""
        projected = self._bases[name].project(piece)
        self._inside[name][rows], self._outside[name][rows] = projected

    def songs(self) -> ComponentSongs:
        """Return the songs, all of which have been put."""
        return ComponentSongs.of(
            self._known,
            self._inside,
            bases=self._bases,
            outside=self._outside,
            shapes=self._shapes,
            variance_kept=self._variance_kept,
        )


class _Moments:
    """Sums over songs by which their distance to any mean is known."""

    def __init__(self, features: int) -> None:
        self._count, self._squares, self._sum = 0, 0.0, np.zeros(features)

    def add(self, songs: np.ndarray) -> None:
        """Count songs (m, features)."""
        self._count += len(songs)
        self._squares += float(energy(songs).sum())
        self._sum += songs.sum(axis=0, dtype=np.float64)

    def spread(self, others: _Moments) -> float:
        """Return the sum of squared differences between these songs and the mean of others."""
        mean = others._sum / max(others._count, 1)
        return self._squares - 2.0 * float(mean @ self._sum) + self._count * float(mean @ mean)
