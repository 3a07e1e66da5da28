"""A model's HDF5 file read as a stranger's: plain numbers, no more of them than the file is long.

We write arrays one after another as they are. Nothing else that HDF5 can do is followed: no link,
other file, virtual or compressed array, and so no code of a filter.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from data.errors import shortened
from models.errors import ModelError
from models.family import Arrays
from models.size import check_bytes

MOST_ARRAYS = 10_000
"""Most arrays that a file may hold."""

SIZES = {"f": (4, 8), "i": (1, 2, 4, 8), "u": (1, 2, 4, 8), "b": (1,)}
"""Kind of number -> bytes that one may take. No model is kept in float16, and to compute with it
takes four times its memory."""


def read_groups(path: Path) -> dict[str, Arrays]:
    """Return the arrays of a file by group and name.

    Raises
    ------
    ModelError
        When it is damaged, or holds anything but arrays as `models.dump` writes them.
    """
    groups: dict[str, Arrays] = {}
    for full, array in _read_arrays(path).items():
        group, colon, name = full.partition(":")
        if not colon:
            raise ModelError(f"{shortened(full)} is an array of no group")
        name = unquote(name)
        if name in groups.setdefault(group, {}):
            raise ModelError(f"{shortened(full)} is there twice")
        groups[group][name] = array
    return groups


def _read_arrays(path: Path) -> Arrays:
    """Return the arrays of an HDF5 file that hold numbers or bytes, and lie in that very file."""
    import h5py

    size = path.stat().st_size
    check_bytes(size)
    arrays: Arrays = {}
    try:
        with h5py.File(path, "r") as file:
            if len(file) > MOST_ARRAYS:
                raise ModelError(f"it holds more than {MOST_ARRAYS} arrays")
            left = size
            for name in file:
                dataset = _plain_dataset(file, name)
                left -= _claimed_bytes(dataset)
                if left < 0:
                    raise ModelError(f"{shortened(name)} is not an array of so short a file")
                arrays[name] = np.asarray(dataset[()])
    except ModelError:
        raise
    except Exception as error:  # h5py raises nearly anything at bytes that are not HDF5
        raise ModelError(f"it is damaged, or no HDF5 file ({type(error).__name__})") from None
    return arrays


def _plain_dataset(file: Any, name: str) -> Any:
    """Return the dataset of this name, if it holds numbers or bytes and lies in this very file."""
    import h5py

    linked = isinstance(file.get(name, getlink=True), h5py.HardLink)
    dataset = file[name] if linked else None
    if not isinstance(dataset, h5py.Dataset) or dataset.is_virtual or dataset.external:
        raise ModelError(f"{shortened(name)} is not an array of this file")
    kind = dataset.dtype
    if dataset.shape is None or dataset.chunks is not None or kind.shape:
        raise ModelError(f"{shortened(name)} is not an array stored as it is")
    if kind.kind != "S" and kind.itemsize not in SIZES.get(kind.kind, ()):
        raise ModelError(f"{shortened(name)} is not an array of numbers")
    return dataset


def _claimed_bytes(dataset: Any) -> int:
    """Return the bytes that an array takes in memory; at least those of a single entry."""
    # Python's integers: those of NumPy would overflow at a shape that is a lie.
    return max(1, math.prod(map(int, dataset.shape))) * int(dataset.dtype.itemsize)
