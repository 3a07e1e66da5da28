"""A collection without clusters in place of the songs: what a configuration finds in nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from data import Songs
from data.presentation import inputs_of
from evaluation.null_collections import MOST_SONGS, Chance, Gaussian
from evaluation.sampling import some_training
from search.tasks.task import Task
from search.trial.inputs import TrialInputs, prepare


@dataclass(frozen=True)
class NullSource:
    """Gaussian songs of the mean and covariance of the training songs, inputs together.

    Each is drawn by itself when it is asked for, so that not all of them need be there at once.
    A song without lyrics stays without; its lyrics count as the mean of the others'.

    Attributes
    ----------
    known : what is known of the songs but their inputs: splits and labels, though the labels are
        now those of other songs.
    gaussian : of the inputs side by side.
    shapes : input, of "audio", "embedding" and "lyrics" those that the songs have -> its shape
        for one song.
    """

    known: Songs
    gaussian: Gaussian
    shapes: Mapping[str, tuple[int, ...]]

    @classmethod
    def like(cls, songs: Songs) -> NullSource:
        """Return what draws songs like these, or like a sample of them where they are many."""
        train = songs.select(some_training(songs.split, MOST_SONGS, seed=0))
        inputs = {name: getattr(train, name) for name in inputs_of(train)}
        if train.lyrics is not None:
            sung = train.lyrics[train.has_lyrics]
            mean = sung.mean(axis=0) if len(sung) else np.zeros(train.lyrics.shape[1])
            filled = np.where(train.has_lyrics[:, None], train.lyrics, mean)
            inputs["lyrics"] = filled.astype(np.float32)
        flat = [array.reshape(len(train), -1) for array in inputs.values()]
        shapes = {name: array.shape[1:] for name, array in inputs.items()}
        return cls(songs.without_inputs(), Gaussian.like(np.concatenate(flat, axis=1)), shapes)

    def draw(self, rows: np.ndarray, seed: int) -> Songs:
        """Return the songs at some positions; the same seed gives the same."""
        width = len(self.gaussian.factor)
        noise = [np.random.default_rng((seed, row)).standard_normal(width) for row in rows]
        drawn = self.gaussian.mix(np.reshape(noise, (len(rows), width)))
        songs = self.known.select(rows)
        ends = np.cumsum([prod(shape) for shape in self.shapes.values()])
        parts = np.split(drawn, ends[:-1], axis=1)
        inputs = {
            name: part.reshape(-1, *shape)
            for (name, shape), part in zip(self.shapes.items(), parts, strict=True)
        }
        if "lyrics" in inputs:
            inputs["lyrics"][~songs.has_lyrics] = 0.0
        return songs.replace(**{"audio": None, **inputs})


def null_inputs(
    source: NullSource, task: Task, view: str, seed: int, chance: Chance
) -> TrialInputs:
    """Return inputs of trials on songs without clusters, Gaussian like the training songs.

    Everything that follows from the songs is made anew from these, views and reference spaces;
    `chance` alone is that of the songs themselves.
    """
    return prepare(source.known, task.for_view(view), lambda rows: source.draw(rows, seed), chance)
