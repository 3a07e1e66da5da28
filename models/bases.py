"""The basis of each input of a model that has one: what its network is given, and gives back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from models import basis
from models.basis import Basis
from models.components import ComponentSongs
from models.errors import ModelError
from models.family import Arrays, Shapes
from models.inputs import SONG_INPUTS, inputs_of

if TYPE_CHECKING:
    from data import Songs

Scales = Mapping[str, tuple[float, np.ndarray | float]]
"""Input name -> `down` and `up` of its `models.networks.Scale`; 1 and 1 where it is left out."""


class Bases(dict[str, Basis]):
    """Input name -> its basis. An input without one is given to the network as it is."""

    @classmethod
    def of(cls, learned: Arrays) -> Bases:
        """Return the bases among the arrays of a model."""
        return cls(
            (name, basis.of(name, learned))
            for name in SONG_INPUTS
            if basis.is_there(name, learned)
        )

    def given(self, shapes: Shapes) -> dict[str, tuple[int, ...]]:
        """Return shapes of what the network is given, of inputs of these shapes."""
        return {**shapes, **{name: one.deviations.shape for name, one in self.items()}}

    def scales(self, shapes: Shapes) -> Scales:
        """Return how large each input is to the layers of the network."""
        found: dict[str, tuple[float, np.ndarray | float]] = {}
        if "lyrics" in shapes:
            # The standard deviation at which lyrics vary in all as much as the audio does.
            deviation = math.sqrt(math.prod(shapes["audio"]) / math.prod(shapes["lyrics"]))
            found["lyrics"] = (1.0 / deviation, deviation)
        return found | {name: (1.0 / one.scale, one.deviations) for name, one in self.items()}

    def gather(self, songs: Songs, shapes: Shapes) -> Arrays:
        """Return what the network is given of `songs`: see `project`.

        Raises
        ------
        ModelError
            As `models.inputs.inputs_of`; or when songs that come as components are those of other
            bases than these.
        """
        if not isinstance(songs, ComponentSongs):
            return self.project(inputs_of(songs, shapes))
        names = {*shapes} & {*SONG_INPUTS}
        if not all(self._same(name, songs) for name in names):
            raise ModelError("the components of these songs are not those of the encoder")
        gathered = {name: getattr(songs, name) for name in names}
        gathered |= {f"{name}_outside": songs.outside[name] for name in names}
        if "lyrics" in names:
            gathered["has_lyrics"] = songs.has_lyrics.astype(np.float32)[:, None]
        return gathered

    def _same(self, name: str, songs: ComponentSongs) -> bool:
        """Return whether an input of songs is in the basis that is here."""
        ours, theirs = self.get(name), songs.bases.get(name)
        if ours is None or theirs is None:
            return False
        pairs = (ours.components, theirs.components), (ours.mean, theirs.mean)
        return all(one is other or np.array_equal(one, other) for one, other in pairs)

    def project(self, inputs: Arrays) -> Arrays:
        """Return components of inputs, each with what they leave out of it, `<name>_outside`."""
        projected = dict(inputs)
        for name, one in self.items():
            projected[name], projected[f"{name}_outside"] = one.project(inputs[name])
        return projected

    def restore(self, outputs: Arrays, shapes: Shapes) -> Arrays:
        """Return inputs of these shapes from their components."""
        whole = {
            name: one.restore(outputs[name]).reshape(-1, *shapes[name])
            for name, one in self.items()
        }
        return {**outputs, **whole}

    def arrays(self) -> Arrays:
        """Return what to save."""
        return {
            key: array for name, one in self.items() for key, array in one.arrays(name).items()
        }


def learn(train: Songs, shapes: Shapes, variance_kept: float) -> Bases:
    """Find a basis of each input of the training songs, or take those that they come in.

    Raises
    ------
    ModelError
        As `models.inputs.inputs_of`; or when songs come in components of another share of the
        variance.
    """
    if not isinstance(train, ComponentSongs):
        return fit(inputs_of(train, shapes), variance_kept)
    if train.variance_kept != variance_kept:
        raise ModelError(
            f"the components of these songs hold {train.variance_kept:g} of their variance, and "
            f"variance_kept is {variance_kept:g}"
        )
    return Bases((name, one) for name, one in train.bases.items() if name in shapes)


def fit(inputs: Arrays, variance_kept: float) -> Bases:
    """Find a basis of each input of the training songs; see `models.inputs.inputs_of`."""
    found = Bases()
    for name in SONG_INPUTS:
        if name in inputs:
            has = inputs.get(f"has_{name}")
            rows = None if has is None else has[:, 0] > 0
            found[name] = basis.fit(inputs[name], rows, variance_kept)
    return found


def read(learned: Arrays, shapes: Shapes) -> Bases:
    """Return the bases among the arrays of a model.

    Raises
    ------
    ModelError
        When one is none of an input of these shapes.
    """
    found = Bases.of(learned)
    return Bases(
        (name, basis.read(name, learned, math.prod(shapes[name])))
        for name in found
        if name in shapes
    )


def most_given(shapes: Mapping[str, tuple[int, ...]], songs: int) -> Shapes:
    """Return what `Bases.given` is at most after so many training songs."""
    within = {
        name: (basis.most_components(songs, math.prod(shapes[name])),)
        for name in SONG_INPUTS
        if name in shapes
    }
    return {**shapes, **within}
