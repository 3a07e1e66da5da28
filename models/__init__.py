"""Songs to codes: families of encoders behind one contract, and the engine that trains them."""

from models.errors import ModelError
from models.family import Assigns, Encoder, Family
from models.hyperparameters import Hyperparameter
from models.registry import FAMILIES
from models.saving import dump, load
from models.schedule import Diverged, Epoch, Schedule
from models.settings import defaults

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
