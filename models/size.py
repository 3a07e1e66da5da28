"""How large a network may be: said before it is built."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.errors import ModelError
from models.family import Shapes

if TYPE_CHECKING:
    from models.initial import Place

MOST_WEIGHTS = 2**29
"""2 GiB of float32; six times that while it trains (`models.memory`)."""

MOST_UNUSED = 2**26
"""Most weights, 256 MiB, that a network is built with for latent dimensions it does not use."""


def check_size(family: str, places: Sequence[Place], shapes: Shapes) -> None:
    """Refuse a network of too many weights.

    Raises
    ------
    ModelError
        When there are more than `MOST_WEIGHTS`.
    """
    count = sum(math.prod(place.shape) for place in places)
    if count > MOST_WEIGHTS:
        written = ", ".join(f"{name} of {tuple(shape)}" for name, shape in shapes.items())
        raise ModelError(
            f"a {family} of these settings would have {count:,} weights for {written}, more than "
            f"{MOST_WEIGHTS:,}: lower width, filters or latent_size, or let the songs be smaller"
        )


def affordable_width(places: Sequence[Place], latent_size: int, widest: int) -> int:
    """How wide to build the latent of a network from a file.

    As wide as the file says, for then codes are the same to the last bit; but a small file may
    say any width, and one that would cost more than `MOST_UNUSED` is not taken.
    """
    unused = sum(math.prod(p.shape) - math.prod(p.active(latent_size)) for p in places)
    return widest if unused <= MOST_UNUSED else latent_size
