"""The contract of a family: what the search may ask of any way from songs to codes.

PCA, raw features and every network stand behind it, so that a baseline is a family like the
others. Nothing here imports TensorFlow: the driver reads names and ranges from it.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import numpy as np

from models.errors import ModelError, named, shown

if TYPE_CHECKING:
    from data import Songs

Settings = Mapping[str, Any]
"""Hyperparameter name -> value, complete: every hyperparameter of the family has one."""

Arrays = dict[str, np.ndarray]
"""Input name ("audio", "lyrics") -> array with one row per song."""

Shapes = Mapping[str, tuple[int, ...]]
"""Input name -> shape of one song's array."""


class Diverged(ArithmeticError):
    """The training loss became NaN or infinite."""


@dataclass(frozen=True)
class Hyperparameter:
    """One setting of a family.

    `when` says whether another value needs another compiled program ("compile") or is an
    input of the compiled one ("run").
    """

    name: str
    default: float | int | str
    meaning: str
    low: float | None = None
    high: float | None = None
    log: bool = False
    choices: tuple[str | int, ...] = ()
    when: Literal["compile", "run"] = "run"

    def __post_init__(self) -> None:
        self.check(self.default)

    @property
    def kind(self) -> type:
        """Type of its values: int, float or str."""
        return type(self.default)

    def check(self, value: Any) -> Any:
        """`value` as one of this hyperparameter's kind.

        Raises
        ------
        ModelError
            When it is of another kind, out of range or none of the choices.
        """
        problem = None
        if self.kind is str:
            problem = None if isinstance(value, str) and value else "is not a name"
        elif not is_finite(value):
            problem = "is not a number"
        elif value != self.kind(value):
            problem = "is not a whole number"
        elif not (self.low is None or value >= self.low):
            problem = f"is below {self.low:g}"
        elif not (self.high is None or value <= self.high):
            problem = f"is above {self.high:g}"
        if self.choices and value not in self.choices:
            problem = f"is none of {', '.join(map(str, self.choices))}"
        if problem:
            raise ModelError(f"{self.name} = {shown(value)} {problem}")
        return self.kind(value)


def is_finite(value: Any) -> bool:
    """Whether `value` is a finite number, Python's or NumPy's."""
    number = isinstance(value, int | float | np.integer | np.floating)
    try:
        return number and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number that no float can be
        return False


def is_whole(value: Any) -> bool:
    """Whether `value` is a whole number, Python's or NumPy's."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


@dataclass(frozen=True)
class Schedule:
    """How long a network may train.

    Attributes
    ----------
    epochs : the most epochs, at least 1.
    patience : epochs without a lower validation loss after which training stops; 0 = never.
    widest : the largest latent size that the same compiled program shall serve; 0 = the asked.
    looks : epochs at the end of which the codes are wanted too.

    Raises
    ------
    ModelError
        When a value is not of these.
    """

    epochs: int = 40
    patience: int = 8
    widest: int = 0
    looks: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("patience", 0), ("widest", 0)):
            value = getattr(self, name)
            if not is_whole(value) or value < least:
                raise ModelError(
                    f"a schedule's {name} is {shown(value)}: give a whole number from {least} on"
                )
        if not isinstance(self.looks, tuple) or not all(map(is_whole, self.looks)):
            raise ModelError(
                f"a schedule's looks are {shown(self.looks)}: give the numbers of epochs, a tuple"
            )


@dataclass(frozen=True)
class Epoch:
    """Losses of one epoch; sums over features, means over songs (nats).

    `codes`, of "train" and "validation" songs, are there at epochs that `Schedule.looks` names.
    """

    epoch: int
    loss: float
    reconstruction_loss: float
    kl: float
    validation_loss: float
    validation_reconstruction_loss: float
    validation_kl: float
    seconds: float
    codes: Arrays | None = None

    @property
    def columns(self) -> dict[str, float]:
        """Everything but the codes, by name."""
        return {name: value for name, value in vars(self).items() if name != "codes"}


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
        """Codes, (n, latent_size) float32; the posterior mean, so the same songs give the same."""

    def decode(self, codes: np.ndarray, songs: Songs) -> Arrays:
        """Inputs reconstructed from `codes`; `songs` supply what a family is conditioned on."""

    def kl(self, songs: Songs) -> np.ndarray | None:
        """KL divergence to the prior per song and dimension, (n, latent_size); None without."""

    def arrays(self) -> Arrays:
        """All fitted parameters by name: with settings and shapes enough to rebuild it."""


@runtime_checkable
class Assigns(Protocol):
    """An encoder that has clusters of its own."""

    def assign(self, songs: Songs) -> np.ndarray:
        """The cluster of each song, (n,) int32."""


class Family(Protocol):
    """A named way of making codes from songs.

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
        """One sentence that says why it cannot be fitted on these songs; None if it can."""

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
        """The encoder whose `arrays()` these are, for inputs of these shapes.

        Raises
        ------
        ModelError
            When the arrays are not those of such an encoder; before anything is built for them.
        """


def defaults(family: Family, chosen: Settings) -> dict[str, Any]:
    """`chosen` completed by the family's defaults, each value of its hyperparameter's kind.

    Raises
    ------
    ModelError
        When `chosen` names a hyperparameter that the family does not have, or a value is out of
        its hyperparameter's range.
    """
    name, known = declared(family)
    if not isinstance(chosen, Mapping):
        raise ModelError(f"{name}: settings are {shown(chosen)}: give values by name")
    unknown = [key for key in chosen if key not in known]
    if unknown:
        has = ", ".join(known) or "no hyperparameters"
        written = ", ".join(named(key) for key in unknown[:3])
        raise ModelError(f"{name} has no {written}; it has {has}")
    try:
        return {key: h.check(chosen.get(key, h.default)) for key, h in known.items()}
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from None


def completed(family: Family, settings: Settings) -> dict[str, Any]:
    """`settings`, if each hyperparameter has a value that something can be made with.

    Sizes, counts and names are checked as in `defaults`. A finite float may be out of its range:
    it makes a bad model, and no worse.

    Raises
    ------
    ModelError
        When a value is missing, too many or impossible.
    """
    name, known = declared(family)
    floats = {key for key, h in known.items() if h.kind is float}
    if not isinstance(settings, Mapping):
        raise ModelError(f"{name}: settings are {shown(settings)}: give values by name")
    checked = {k: v for k, v in settings.items() if not (k in floats and is_finite(v))}
    complete = defaults(family, checked)
    left_out = [key for key in complete if key not in settings]
    if left_out:
        raise ModelError(
            f"{name}: {', '.join(left_out)} has no value: complete the settings by models.defaults"
        )
    return {key: known[key].kind(settings[key]) for key in complete}


def declared(family: Family) -> tuple[str, dict[str, Hyperparameter]]:
    """Name of a family, and its hyperparameters by name."""
    try:
        return family.name, {h.name: h for h in family.hyperparameters}
    except AttributeError:
        raise ModelError(f"{shown(family)} is no family: take one of models.FAMILIES") from None


def seed_of(value: Any) -> int:
    """A seed, if `value` is one.

    Raises
    ------
    ModelError
        When it is no whole number from 0 on.
    """
    if not is_whole(value) or value < 0:
        raise ModelError(f"the seed is {shown(value)}: give a whole number from 0 on")
    return int(value)
