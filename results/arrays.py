"""Arrays from files of a run folder, whose headers anybody may have written.

What a header claims is held against the file before memory is asked for; nothing is unpickled.
"""

import io
import math
import os
import zipfile
from collections.abc import Iterator, Mapping
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

_MOST_BYTES = 2**30
"""Of codes: two million songs by 128 dimensions."""
_MOST_ARRAYS_BYTES = 2**27
"""Of all arrays of an archive: clusterings of a million songs, spectrograms of a figure."""
_MOST_ARCHIVE_BYTES = _MOST_ARRAYS_BYTES + 2**20
"""Of the file they lie in: its own words beside arrays that could not be compressed."""
_MOST_MEMBERS = 32
_MOST_DIRECTORY_BYTES = 2**16
"""Of the list of members at the end of an archive."""
_LONGEST_HEADER = 10_000
"""Bytes of what an array says of itself, as NumPy has it; it would read the rest all the same."""
_KINDS = "biufU"
_HEADERS = {
    (1, 0): (2, npy.read_array_header_1_0),
    (2, 0): (4, npy.read_array_header_2_0),
}
"""Version of the format -> bytes of the length of its header, and what reads it."""
_END, _END_BYTES = b"PK\x05\x06", 22
"""The end of an archive without a comment (APPNOTE.TXT 4.3.15 and 4.3.16 of PKWARE)."""
_LARGE, _LARGE_BYTES = b"PK\x06\x07", 20
_COUNTS = slice(6, 8), slice(8, 12)
"""Where, behind the four bytes that mark the end, the list's members and bytes are counted."""


class _Wrong(ValueError):
    """What is wrong with a file, in half a sentence."""


def save_npz(file: BinaryIO, arrays: Mapping[str, Array]) -> None:
    """Write arrays as `numpy.savez_compressed` does, compressed less.

    The clusterings of a trial take a fifth of the time, and four tenths more room.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                npy.write_array(member, np.asanyarray(array), allow_pickle=False)


def read_array(path: Path) -> Array:
    """Read the array in a .npy file.

    Raises
    ------
    FileNotFoundError
    ResultsError
        When it is damaged, or not an array of numbers or text in bounds.
    """
    with _reading(path), opened(path) as file:
        return _read(file, path.stat().st_size, _MOST_BYTES)


def read_arrays(path: Path) -> dict[str, Array]:
    """Read the arrays in a .npz file, by name; raises likewise."""
    with _reading(path), opened(path) as file:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            return _members(archive)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:  # of many kinds, from zipfile, zlib, tokenize and NumPy
        raise ResultsError(f"The arrays in {path} cannot be read: {reason(error)}.") from None


def _check_directory(file: BinaryIO) -> None:
    """Refuse an archive whose list of members, which is read as a whole, is no list of ours."""
    size = os.fstat(file.fileno()).st_size
    if size > _MOST_ARCHIVE_BYTES:
        raise _Wrong(f"it is larger than {_MOST_ARCHIVE_BYTES >> 20} MiB")
    file.seek(max(size - _END_BYTES - _LARGE_BYTES, 0))
    *before, end = file.read().rpartition(_END)
    if len(end) != _END_BYTES - len(_END) or end[-2:] != b"\0\0":
        raise _Wrong("it is no archive, or cut short")
    if _LARGE in before[0]:
        raise _Wrong("it is an archive of another kind than ours")
    members, length = (int.from_bytes(end[place], "little") for place in _COUNTS)
    if members > _MOST_MEMBERS or length > _MOST_DIRECTORY_BYTES:
        raise _Wrong(f"it holds more than {_MOST_MEMBERS} arrays")
    file.seek(0)


def _members(archive: zipfile.ZipFile) -> dict[str, Array]:
    members = archive.infolist()
    if len(members) > _MOST_MEMBERS:
        raise _Wrong(f"it holds more than {_MOST_MEMBERS} arrays")
    if any(
        each.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for each in members
    ):
        raise _Wrong("it is compressed in another way than ours")
    if sum(each.file_size for each in members) > _MOST_ARRAYS_BYTES:
        raise _Wrong(f"its arrays take more than {_MOST_ARRAYS_BYTES >> 20} MiB")
    found = {}
    for each in members:
        # Never more is unpacked of a member than it claims.
        with archive.open(each) as stream:
            name = each.filename.removesuffix(".npy")
            found[name] = _read(cast(BinaryIO, stream), each.file_size, _MOST_ARRAYS_BYTES)
    return found


def _read(stream: BinaryIO, size: int, most: int) -> Array:
    """Read the array in a stream of so many bytes."""
    version = npy.read_magic(stream)
    if version not in _HEADERS:
        raise _Wrong(f"its format {version} is not ours")
    width, read_header = _HEADERS[version]
    length = stream.read(width)
    if int.from_bytes(length, "little") > _LONGEST_HEADER:
        raise _Wrong(f"its header is longer than {_LONGEST_HEADER} bytes")
    header = length + stream.read(int.from_bytes(length, "little"))
    shape, columns_first, dtype = read_header(io.BytesIO(header))
    if dtype.kind not in _KINDS:
        raise _Wrong(f"it holds {dtype} and neither numbers nor text")
    wanted = math.prod(shape) * dtype.itemsize
    # Of texts without a letter any number would take no bytes.
    if min(shape, default=0) < 0 or math.prod(shape) * max(dtype.itemsize, 1) > most:
        raise _Wrong(f"its shape {_short(shape)} is beyond what a run has")
    if wanted > size - stream.tell():
        raise _Wrong(f"it is cut short: of its shape {_short(shape)} too few values are there")
    content = bytearray(wanted)
    if stream.readinto(content) < wanted:  # type: ignore[attr-defined]
        raise _Wrong("it is cut short")
    return np.ndarray(shape, dtype, content, order="F" if columns_first else "C")


def _short(shape: tuple[int, ...]) -> str:
    text = " x ".join(map(str, shape))
    return text if len(text) < 60 else f"{text[:59]}…"


def array_of(values: npt.ArrayLike, what: str) -> Array:
    """Return an array of numbers or text, saved without pickling; `ResultsError` for others."""
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise ResultsError(f"{what} cannot be an array: {reason(error)}.") from None
    if array.dtype.kind not in _KINDS:
        raise ResultsError(f"{what} is {named(values)}: give an array of numbers or text.")
    return array
