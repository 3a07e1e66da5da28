"""The arrays of a collection, read with every check and written complete or not at all.

Nothing here unpickles: an object array is refused, whoever wrote it.
"""

from collections.abc import Sequence
from math import prod
from pathlib import Path

import numpy as np

from data.files import IDS, DataError, Report, replacing, stop

BLOCK_BYTES = 1 << 25


def read_ids(path: Path, report: Report = stop) -> np.ndarray:
    """Read processed_ids.npy as a (songs,) array of strings; 7, 7.0 and b"7" all become "7".

    Raises
    ------
    DataError
        As `open_array`; or these are no ids. ``report`` is told of each that is there twice.
    """
    stored = open_array(path)
    if stored.ndim != 1:
        raise DataError(f"{path} has shape {stored.shape}; one id per song is needed: (songs,)")
    if stored.dtype.kind == "S":
        ids = np.char.decode(stored, "utf-8", "replace")
    elif stored.dtype.kind == "f" and np.isfinite(stored).all() and not (stored % 1).any():
        ids = stored.astype(np.int64).astype(str)
    elif stored.dtype.kind in "iuU":
        ids = stored.astype(str)
    else:
        raise DataError(f"{path} holds {stored.dtype} values; ids are whole numbers or strings")
    ids = np.char.strip(ids)
    first: dict[str, int] = {}
    for row, song in enumerate(ids.tolist()):
        if first.setdefault(song, row) != row:
            report(
                f"{path} has the id {song!r} twice, in rows {first[song]} and {row} (from 0); "
                "give every song its own"
            )
    return ids


def open_array(path: Path) -> np.ndarray:
    """Map an .npy file into memory, read-only and without unpickling.

    Raises
    ------
    DataError
        The file is missing, no .npy file, cut short, or holds Python objects.
    """
    if not path.is_file():
        raise DataError(f"{path} is missing; `python -m data prepare` makes it from audio files")
    try:
        with path.open("rb") as file:
            version = np.lib.format.read_magic(file)
            read_header = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            shape, _, dtype = read_header(file)
            needed = file.tell() + dtype.itemsize * prod(shape)
    except (ValueError, OSError):
        raise DataError(f"{path} is not an .npy file; write it with numpy.save") from None
    if dtype.hasobject:
        raise DataError(
            f"{path} holds Python objects, which could run code when read; "
            "save plain numbers, or strings for ids: numpy.save(path, array.astype(...))"
        )
    if path.stat().st_size < needed:
        raise DataError(
            f"{path} is cut short: {path.stat().st_size} bytes of {needed}; copy or make it again"
        )
    if prod(shape) == 0:  # an empty file cannot be mapped
        return np.zeros(shape, dtype)
    return np.lib.format.open_memmap(path, mode="r")


def read_numbers(
    path: Path, ids: np.ndarray, dimensions: Sequence[int], report: Report = stop
) -> np.ndarray:
    """Read one row of finite numbers per song.

    Parameters
    ----------
    path : Path
        An .npy file of whole or floating numbers.
    ids : ndarray of str, shape (songs,)
        Whose rows they are.
    dimensions : sequence of int
        The numbers of axes that are allowed, songs included.
    report : callable
        Is told of each song with values that are not finite.

    Returns
    -------
    ndarray of float32, C-contiguous
        The only copy that is made; the file itself is mapped and read in blocks.

    Raises
    ------
    DataError
        As `open_array`; or there is not one row per id, of numbers, with these dimensions.
    """
    stored = open_array(path)
    if stored.dtype.kind not in "iuf":
        raise DataError(f"{path} holds {stored.dtype} values; only real numbers can be used")
    if stored.ndim not in dimensions:
        allowed = " or ".join(f"{count}-D" for count in dimensions)
        raise DataError(
            f"{path} has shape {stored.shape}; {allowed} is needed, songs first: "
            "reshape it, or take out axes of length 1 with numpy.squeeze"
        )
    if len(stored) != len(ids):
        raise DataError(
            f"{path} has {len(stored)} rows and {IDS} has {len(ids)} ids; "
            "both must hold the same songs in the same order"
        )
    if len(ids) and 0 in stored.shape:
        raise DataError(f"{path} has shape {stored.shape}, so its songs hold no values")
    numbers = np.empty(stored.shape, np.float32)
    step = max(1, BLOCK_BYTES // max(1, stored[:1].nbytes))
    for start in range(0, len(stored), step):
        block = numbers[start : start + step]
        with np.errstate(over="ignore", invalid="ignore"):
            block[...] = stored[start : start + step]
            suspicious = not np.isfinite(block.sum())
        if not suspicious:  # a sum is finite only if all are; one that overflowed is looked into
            continue
        for row in start + np.flatnonzero(~np.isfinite(block).reshape(len(block), -1).all(axis=1)):
            report(
                f"{path} has values that are NaN, infinite or beyond float32 for song "
                f"{str(ids[row])!r} (row {row}, from 0); correct them or leave the song out"
            )
    return numbers


def write_array(path: Path, array: np.ndarray) -> None:
    """Write an .npy file, complete or not at all."""
    with replacing(path, "wb") as file:
        np.save(file, array, allow_pickle=False)
