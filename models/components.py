"""Songs as the principal components of their inputs: all that dense networks need of them.

They take a fraction of the memory of whole songs, and are found once for all models of a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from data.songs import Songs

if TYPE_CHECKING:
    from models.basis import Basis


@dataclass(frozen=True, eq=False, kw_only=True)
class ComponentSongs(Songs):
    """Songs whose audio (n, r) and lyrics (n, r') are components of them.

    Parameters
    ----------
    bases : dict of str to Basis
        Input name -> the basis of its components.
    outside : dict of str to ndarray of float32, shape (n, 1)
        Input name -> half the energy of each song that its components leave out.
    shapes : dict of str to tuple of int
        Input name -> shape of the whole input of one song.
    variance_kept : float
        Share of the variance of the training songs that the components were to hold, in (0, 1].
    """

    bases: Mapping[str, Basis]
    outside: Mapping[str, np.ndarray]
    shapes: Mapping[str, tuple[int, ...]]
    variance_kept: float

    @classmethod
    def of(
        cls, songs: Songs, inside: Mapping[str, np.ndarray], **of_inputs: Any
    ) -> ComponentSongs:
        """Return songs whose inputs are these components of theirs, by name.

        Parameters
        ----------
        of_inputs : the parameters that `Songs` does not have.
        """
        known = {field.name: getattr(songs, field.name) for field in fields(Songs)}
        arrays = {"audio": inside["audio"], "lyrics": inside.get("lyrics")}
        return cls(**{**known, **arrays}, **of_inputs)

    def select(self, rows: np.ndarray | slice) -> ComponentSongs:
        """See `data.Songs.select`."""
        chosen = super().select(rows)
        assert isinstance(chosen, ComponentSongs)
        return chosen.replace(outside={name: left[rows] for name, left in self.outside.items()})

    def replace(self, **changes: object) -> ComponentSongs:
        """See `data.Songs.replace`."""
        changed = super().replace(**changes)
        assert isinstance(changed, ComponentSongs)
        return changed


def shape_of(songs: Songs, name: str) -> tuple[int, ...]:
    """Return the shape of an input of one song, whole."""
    if isinstance(songs, ComponentSongs):
        return tuple(songs.shapes[name])
    array: np.ndarray = getattr(songs, name)
    return array.shape[1:]
