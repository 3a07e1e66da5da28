"""Songs to the device: whole where they fit, else in blocks gathered from the shared array."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from models.family import Arrays

RESIDENT_BYTES = {"CPU": 64 * 2**20, "GPU": 2**30}
"""Songs up to this size are copied to the device once; larger ones are fed in blocks of half of
it. On a CPU the copy would be a second one in the same memory."""

APPLIED_TOGETHER = 256
"""Most songs encoded, decoded or measured in one call."""

APPLIED_BYTES = 2**29
"""Most bytes that outputs of all layers take in one call; the large maps of many filters that
convolutions make are fewer together."""

Tensors = dict[str, tf.Tensor]


@dataclass(frozen=True)
class Block:
    """Songs on the device and the order in which steps take them.

    Attributes
    ----------
    inputs : input name -> (songs, ...).
    order : (steps, batch) rows of `inputs`.
    present : (steps, batch), 0 for a song that only fills up the last batch, else 1.
    """

    inputs: Tensors
    order: tf.Tensor
    present: tf.Tensor


def device() -> str:
    """Return the kind of device that TensorFlow computes on: "CPU" or "GPU"."""
    return "GPU" if tf.config.list_logical_devices("GPU") else "CPU"


def blocks(data: Arrays, shuffled: np.ndarray, batch_size: int) -> Generator[Block]:
    """Yield every song of `shuffled` once, in that order, in steps of `batch_size` songs."""
    steps = -(-len(shuffled) // batch_size)
    filled = np.resize(shuffled, (steps, batch_size))
    present = (np.arange(filled.size) < len(shuffled)).reshape(filled.shape)
    limit = RESIDENT_BYTES[device()]
    if sum(array.nbytes for array in data.values()) <= limit:
        yield Block(RESIDENT.copies(data), *_constants(filled, present))
        return
    batch_bytes = batch_size * sum(array[0].nbytes for array in data.values())
    most = max(1, limit // 2 // batch_bytes)
    for part in np.array_split(np.arange(steps), -(-steps // most)):
        rows = filled[part]
        inputs = {name: tf.constant(array[rows.ravel()]) for name, array in data.items()}
        yield Block(inputs, *_constants(np.arange(rows.size).reshape(rows.shape), present[part]))


def _constants(order: np.ndarray, present: np.ndarray) -> tuple[tf.Tensor, tf.Tensor]:
    return tf.constant(order, tf.int32), tf.constant(present, tf.float32)


def applied_together(numbers: int) -> int:
    """Return how many songs to apply at once, where layers give so many numbers for a song."""
    return max(1, min(APPLIED_TOGETHER, APPLIED_BYTES // (4 * max(numbers, 1))))


def batches(data: Arrays, together: int) -> Generator[Tensors]:
    """Yield `data` in order, at most `together` songs at a time; of no songs, one empty piece."""
    for start in range(0, max(count_of(data), 1), together):
        piece = slice(start, start + together)
        yield {name: tf.constant(array[piece]) for name, array in data.items()}


def count_of(data: Mapping[str, np.ndarray | tf.Tensor]) -> int:
    """Return how many songs there are."""
    return len(next(iter(data.values())))


def joined(parts: list[Tensors]) -> Arrays:
    """Return outputs of consecutive batches end to end."""
    return {name: np.concatenate([part[name].numpy() for part in parts]) for name in parts[0]}


class Resident:
    """The last array of each input name, kept on the device from one trial to the next."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[np.ndarray, tf.Tensor]] = {}

    def copies(self, data: Arrays) -> Tensors:
        """Return `data` as tensors; an array that is there already is not copied again."""
        for name, array in data.items():
            if name not in self._held or self._held[name][0] is not array:
                self._held[name] = array, tf.constant(array)
        return {name: self._held[name][1] for name in data}


RESIDENT = Resident()
"""The arrays that this process keeps on its device."""
