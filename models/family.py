"""The contract of a family: what the search may ask of any way from songs to codes.

PCA, raw features and every network stand behind it, so that a baseline is a family like the
others. Nothing here imports TensorFlow: the driver reads names and ranges from it.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from models.hyperparameters import Hyperparameter

if TYPE_CHECKING:
    from data import Songs
    from models.schedule import Epoch, Schedule

Settings = Mapping[str, Any]
"""Hyperparameter name -> value, complete: every hyperparameter of the family has one."""

Arrays = dict[str, np.ndarray]
"""Input name ("audio", "lyrics") -> array with one row per song."""

Shapes = Mapping[str, tuple[int, ...]]
"""Input name -> shape of one song's array."""


class Encoder(Protocol):
    """A fitted family: songs -> codes, and back where the family can.

    An encoder with clusters of its own also has `n_clusters` and `assign(songs)`, (n,) int32 from
    0 to n_clusters - 1.
    """

    @property
    def family(self) -> str: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def shapes(self) -> Shapes: ...

    def encode(self, songs: Songs) -> np.ndarray:
        """Return codes, (n, latent_size) float32: posterior means, the same for the same songs."""

    def decode(self, codes: np.ndarray, songs: Songs) -> Arrays:
        """Return inputs reconstructed from `codes`; `songs` supply what it is conditioned on."""

    def kl(self, songs: Songs) -> np.ndarray | None:
        """Return the KL divergence to the prior, (n, latent_size); None without a prior."""

    def arrays(self) -> Arrays:
        """Return all fitted parameters by name: with settings and shapes enough to rebuild it."""


@runtime_checkable
class Assigns(Protocol):
    """An encoder that has clusters of its own."""

    def assign(self, songs: Songs) -> np.ndarray:
        """Return the cluster of each song, (n,) int32."""


@runtime_checkable
class Measures(Protocol):
    """An encoder that knows how far off it is without bringing songs back whole."""

    def squared_error(self, codes: np.ndarray, songs: Songs) -> float:
        """Return the sum of squared differences between `songs` and what `decode` returns.

        Lyrics that a song does not have count nothing.
        """


@runtime_checkable
class Family(Protocol):
    """A named way of making codes from songs; a frozen dataclass, so that `replace` varies it.

    `inputs` it cannot do without; of `optional` ones it uses those that the songs have.
    """

    @property
    def name(self) -> str: ...

    @property
    def inputs(self) -> tuple[str, ...]: ...

    @property
    def optional(self) -> tuple[str, ...]: ...

    @property
    def hyperparameters(self) -> tuple[Hyperparameter, ...]: ...

    def refusal(self, songs: Songs, settings: Settings) -> str | None:
        """Return one sentence that says why it cannot be fitted on these songs; None if it can."""

    def fit(
        self, train: Songs, validation: Songs, settings: Settings, seed: int, schedule: Schedule
    ) -> Generator[Epoch, None, Encoder]:
        """Fit on the training songs, yield each epoch's losses, return the encoder.

        `settings` are complete (see `defaults`). Validation songs serve early stopping only.

        Raises
        ------
        ModelError
            With the sentence of `refusal`, if there is one; or when the settings are incomplete,
            the songs are not as the encoder needs them, or the network would be too large.
        """

    def restore(self, settings: Settings, shapes: Shapes, arrays: Arrays) -> Encoder:
        """Return the encoder whose `arrays()` these are, for inputs of these shapes.

        Raises
        ------
        ModelError
            When the arrays are not those of such an encoder; before anything is built for them.
        """
