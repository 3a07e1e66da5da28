"""Hyperparameters: what one declares, and those that several families share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from models.errors import ModelError, shown
from models.numbers import is_finite


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
        """Return `value` as one of this hyperparameter's kind.

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


LATENT_SIZE = Hyperparameter(
    "latent_size", 16, "number of latent dimensions (units)", low=1, high=512, log=True
)
BETA = Hyperparameter(
    "beta", 1.0, "weight of the KL divergence in the loss", low=1e-4, high=1e4, log=True
)
TRAINING = (
    Hyperparameter("learning_rate", 1e-3, "step size of Adam", low=1e-5, high=1e-1, log=True),
    Hyperparameter(
        "batch_size", 64, "songs per gradient step", low=2, high=4096, log=True, when="compile"
    ),
)
"""Of every network."""

BACKBONE = Hyperparameter(
    "backbone",
    "auto",
    "network of the audio: dense layers or convolutions; auto is the family's usual one",
    choices=("auto", "mlp", "conv"),
    when="compile",
)
MLP_SHAPE = (
    Hyperparameter(
        "width", 256, "units of the first dense layer", low=16, high=4096, log=True, when="compile"
    ),
    Hyperparameter("depth", 2, "dense layers of the mlp backbone", low=0, high=6, when="compile"),
    Hyperparameter(
        "variance_kept",
        0.99,
        "share of the variance of training songs in the components that the mlp backbone is given",
        low=0.5,
        high=1.0,
        when="compile",
    ),
)
"""Of networks with dense layers."""

CONV_SHAPE = (
    Hyperparameter(
        "filters", 16, "filters of the first stage", low=2, high=256, log=True, when="compile"
    ),
    Hyperparameter("stages", 4, "convolutions of stride 2", low=1, high=6, when="compile"),
    Hyperparameter("residual", 0, "residual blocks in each stage", low=0, high=4, when="compile"),
)
"""Of networks with convolutions."""

BACKBONES = {
    "auto": (BACKBONE, *MLP_SHAPE, *CONV_SHAPE),
    "mlp": MLP_SHAPE,
    "conv": CONV_SHAPE,
}
"""Backbone of a family -> the hyperparameters of its shape."""

WARM_UP = Hyperparameter(
    "warm_up", 10, "epochs over which beta grows from 0 to its value", low=0, high=1000
)
"""Without it the penalty can switch dimensions off before they have learned anything. Observed
with convolutions on 8x8 images: no active unit of ten in four of four seeds, all ten with it."""
