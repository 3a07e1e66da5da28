"""How large a model may be: refused before it is built, saved or read.

A search refuses to train or to keep what could not be read again. Reading a model and assigning
songs with it takes up to four times its file: the arrays as read, the network that they are put
into, and the largest of them once or twice more in passing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.errors import ModelError
from models.family import Shapes

if TYPE_CHECKING:
    from models.initial import WeightSpec

MOST_BYTES = 2**29
"""Largest file of arrays, 512 MiB, so that reading and assigning stay below 2 GB."""

MOST_WEIGHTS = 3 * 2**25
"""384 MiB of float32, which leaves room in a file for clusterers; six times that while it trains
(`models.memory`). Dense layers of 4096 units on maps of 64x128 have nine tenths of it."""

MOST_UNUSED = 2**26
"""Most weights, 256 MiB, that a network is built with for latent dimensions it does not use."""


def check_size(family: str, specs: Sequence[WeightSpec], shapes: Shapes) -> None:
    """Refuse a network of too many weights.

    Raises
    ------
    ModelError
        When there are more than `MOST_WEIGHTS`.
    """
    count = _weights_of(specs)
    if count > MOST_WEIGHTS:
        written = ", ".join(f"{name} of {tuple(shape)}" for name, shape in shapes.items())
        raise ModelError(
            f"a {family} of these settings would have {count:,} weights for {written}, more than "
            f"{MOST_WEIGHTS:,}: lower width, filters or latent_size, or let the songs be smaller"
        )


def check_bytes(size: int) -> None:
    """Refuse a file of arrays that is too large.

    Raises
    ------
    ModelError
        When it is of more than `MOST_BYTES`.
    """
    if size > MOST_BYTES:
        raise ModelError(
            f"the arrays of this model take {size:,} bytes, more than {MOST_BYTES:,}: one of a "
            "smaller latent_size, of fewer clusters or of smaller or fewer songs can be kept"
        )


def affordable_width(specs: Sequence[WeightSpec], latent_size: int, widest: int) -> int:
    """Return how wide to build the latent of a network from a file.

    That is the width in the file, since codes are then the same to the last bit, unless it costs
    too much: a small file may name any width. Then it is the latent size.
    """
    unused = _weights_of(specs) - sum(math.prod(spec.active(latent_size)) for spec in specs)
    affordable = unused <= MOST_UNUSED and _weights_of(specs) <= MOST_WEIGHTS
    return widest if affordable else latent_size


def _weights_of(specs: Sequence[WeightSpec]) -> int:
    return sum(math.prod(spec.shape) for spec in specs)
