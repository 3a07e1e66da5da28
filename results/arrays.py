"""Arrays from files of a run folder, whose headers anybody may have written.

What a header claims is held against the file before memory is asked for; nothing is unpickled.
"""

import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from results.columns import ResultsError
from results.disk import opened
from results.text import named, reason

Array = npt.NDArray[Any]

MOST_CELLS = 2**27
"""Of codes: a million songs by 128 dimensions."""
MOST_BYTES = 2**30
MOST_FIGURE_BYTES = 2**26
"""Of all arrays that a figure draws: some spectrograms of float16."""
MOST_MEMBERS = 32
KINDS = "biufU"
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


class _Wrong(ValueError):
    """What is wrong with a file, in half a sentence."""


def read_array(path: Path) -> Array:
    """The array in a .npy file.

    Raises
    ------
    FileNotFoundError
    ResultsError
        When it is damaged, or not an array of numbers or text in bounds.
    """
    with _reading(path), opened(path) as file:
        return _read(file, path.stat().st_size, MOST_BYTES)


def read_arrays(path: Path) -> dict[str, Array]:
    """The arrays in a .npz file, by name; raises likewise."""
    with _reading(path), opened(path) as file, zipfile.ZipFile(file) as archive:
        return _members(archive)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:  # of many kinds, from zipfile, zlib, tokenize and NumPy
        raise ResultsError(f"The arrays in {path} cannot be read: {reason(error)}.") from None


def _members(archive: zipfile.ZipFile) -> dict[str, Array]:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise _Wrong(f"it holds more than {MOST_MEMBERS} arrays")
    if any(
        each.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for each in members
    ):
        raise _Wrong("it is compressed in another way than ours")
    if sum(each.file_size for each in members) > MOST_FIGURE_BYTES:
        raise _Wrong(f"its arrays take more than {MOST_FIGURE_BYTES >> 20} MiB")
    found = {}
    for each in members:
        # Never more is unpacked of a member than it claims.
        with archive.open(each) as stream:
            name = each.filename.removesuffix(".npy")
            found[name] = _read(cast(BinaryIO, stream), each.file_size, MOST_FIGURE_BYTES)
    return found


def _read(stream: BinaryIO, size: int, most: int) -> Array:
    """The array in a stream of so many bytes."""
    version = npy.read_magic(stream)
    if version not in HEADERS:
        raise _Wrong(f"its format {version} is not ours")
    shape, columns_first, dtype = HEADERS[version](stream)
    if dtype.kind not in KINDS:
        raise _Wrong(f"it holds {dtype} and neither numbers nor text")
    cells = math.prod(shape)
    wanted = cells * dtype.itemsize
    if min(shape, default=0) < 0 or cells > MOST_CELLS or wanted > most:
        raise _Wrong(f"its shape {_short(shape)} is beyond what a run has")
    if wanted > size - stream.tell():
        raise _Wrong(f"it is cut short: of its shape {_short(shape)} too few values are there")
    content = bytearray(stream.read(wanted))
    if len(content) < wanted:
        raise _Wrong("it is cut short")
    return np.ndarray(shape, dtype, content, order="F" if columns_first else "C")


def _short(shape: tuple[int, ...]) -> str:
    text = " x ".join(map(str, shape))
    return text if len(text) < 60 else f"{text[:59]}…"


def array_of(values: npt.ArrayLike, what: str) -> Array:
    """An array of numbers or text, which is saved without pickling; `ResultsError` for others."""
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise ResultsError(f"{what} cannot be an array: {reason(error)}.") from None
    if array.dtype.kind not in KINDS:
        raise ResultsError(f"{what} is {named(values)}: give an array of numbers or text.")
    return array
