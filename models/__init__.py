"""Songs to codes: families of encoders behind one contract, and the engine that trains them."""

from models.errors import ModelError
from models.family import (
    Assigns,
    Diverged,
    Encoder,
    Epoch,
    Family,
    Hyperparameter,
    Schedule,
    defaults,
)
from models.registry import FAMILIES
from models.saving import dump, load

__all__ = [
    "FAMILIES",
    "Assigns",
    "Diverged",
    "Encoder",
    "Epoch",
    "Family",
    "Hyperparameter",
    "ModelError",
    "Schedule",
    "defaults",
    "dump",
    "load",
]
