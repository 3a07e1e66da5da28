"""The arrays of a collection, read with every check and written complete or not at all.

Nothing here unpickles: an object array is refused, whoever wrote it.
"""

import os
from collections.abc import Sequence
from math import prod
from pathlib import Path

import numpy as np

from data.errors import DataError, Report, shortened, stop
from data.files import IDS, LONGEST_ID, MOST_SONGS
from data.paths import why_no_file
from data.writing import replacing

BLOCK_BYTES = 1 << 25
"""Bytes of a file that are converted at a time."""
LARGEST = 1e12
"""Larger values are slips, and the squares of a whole collection of them overflow float32."""
HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
    (3, 0): np.lib.format.read_array_header_2_0,  # differs for arrays with named fields alone
}
"""How the header of each version of the format is read."""
LONGEST_HEADER = 10_000
"""Bytes, as numpy has it; it would read the rest before it says so."""
MEMORY_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Files in which Linux says what a container may use, of cgroups 2 and 1."""


def read_ids(path: Path, report: Report = stop) -> np.ndarray:
    """Read ids as a (songs,) array of strings; 7, 7.0 and b"7" all become "7".

    Raises
    ------
    DataError
        As `open_array`; or these are no ids. ``report`` is called for each that is there twice.
    """
    stored = open_array(path)
    if stored.ndim != 1:
        raise DataError(f"{path} has shape {stored.shape}; one id per song is needed: (songs,)")
    if len(stored) > MOST_SONGS:
        raise DataError(
            f"{path} has {len(stored):,} ids and at most {MOST_SONGS:,} are read; divide the songs"
        )
    longest = stored.dtype.itemsize // (4 if stored.dtype.kind == "U" else 1)
    if stored.dtype.kind in "SU" and longest > LONGEST_ID:
        raise DataError(
            f"{path} holds strings of {longest:,} characters and an id has at most "
            f"{LONGEST_ID:,}; shorten them, and save them as numpy.array(ids)"
        )
    refuse_beyond_memory(path, stored.size * (max(longest, 21) * 8))
    if stored.dtype.kind == "S":
        ids = np.char.decode(stored, "utf-8", "replace")
    elif stored.dtype.kind == "f" and np.isfinite(stored).all() and not (stored % 1).any():
        if np.abs(stored).max(initial=0) > 2**53:
            raise DataError(
                f"{path} holds numbers of which whole ones are not told apart; "
                "save ids as whole numbers or strings"
            )
        ids = stored.astype(np.int64).astype(str)
    elif stored.dtype.kind in "iuU":
        ids = stored.astype(str)
    else:
        raise DataError(f"{path} holds {stored.dtype} values; ids are whole numbers or strings")
    ids = np.char.strip(ids)
    report_twice(path, ids.tolist(), report)
    return ids


def report_twice(path: Path, ids: Sequence[str], report: Report = stop) -> None:
    """Call ``report`` with a sentence on each id of a file that is there twice."""
    first: dict[str, int] = {}
    for row, song in enumerate(ids):
        if first.setdefault(song, row) != row:
            report(
                f"{path} has the id {shortened(song)!r} twice, in rows {first[song]} and {row} "
                "(from 0); give every song its own"
            )


def open_array(path: Path) -> np.ndarray:
    """Map an .npy file into memory, read-only and without unpickling.

    Raises
    ------
    DataError
        The file is missing, no .npy file, cut short, or holds Python objects.
    """
    reason = why_no_file(path)
    if reason:
        raise DataError(
            f"{shortened(path)} {reason}; `python -m data prepare` makes it from audio files"
        )
    shape, dtype, needed = _header(path)
    if dtype.hasobject:
        raise DataError(
            f"{path} holds Python objects, which could run code when read; "
            "save plain numbers, or strings for ids: numpy.save(path, array.astype(...))"
        )
    if path.stat().st_size < needed:
        raise DataError(
            f"{path} is cut short: {path.stat().st_size} bytes of {needed}; copy or make it again"
        )
    try:
        if prod(shape) == 0:  # an empty file cannot be mapped
            return np.zeros(shape, dtype)
        return np.lib.format.open_memmap(path, mode="r")
    except (ValueError, OSError) as error:
        raise DataError(f"{path} cannot be read ({error}); copy or make it again") from None


def _header(path: Path) -> tuple[tuple[int, ...], np.dtype, int]:
    """Return shape, type and size in bytes of the whole file, as an .npy header gives them."""
    try:
        with path.open("rb") as file:
            version = np.lib.format.read_magic(file)
            read, start = HEADERS[version], file.tell()
            length = int.from_bytes(file.read(2 if version == (1, 0) else 4), "little")
            if length > LONGEST_HEADER:
                raise ValueError
            file.seek(start)
            shape, _, dtype = read(file)
            needed = file.tell() + dtype.itemsize * prod(shape)
    except Exception:  # a header is a Python literal, and a damaged one fails in all of its ways
        raise DataError(f"{path} is not an .npy file; write it with numpy.save") from None
    whole = all(type(side) is int and side >= 0 for side in shape)
    if not whole or dtype.itemsize == 0:
        raise DataError(f"{path} is not an .npy file; write it with numpy.save")
    return shape, dtype, needed


def read_numbers(
    path: Path,
    ids: np.ndarray,
    dimensions: Sequence[int],
    report: Report = stop,
    ids_from: str = IDS,
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
        Called with a sentence on each song with values that are not finite, or beyond `LARGEST`.
    ids_from : str
        Name of the file that has the ids.

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
            f"{path} has {len(stored)} rows and {ids_from} has {len(ids)} ids; "
            "both must hold the same songs in the same order"
        )
    if len(ids) and 0 in stored.shape:
        raise DataError(f"{path} has shape {stored.shape}, so its songs hold no values")
    refuse_beyond_memory(path, 4 * stored.size)
    numbers = np.empty(stored.shape, np.float32)
    step = max(1, BLOCK_BYTES // max(1, stored[:1].nbytes))
    for start in range(0, len(stored), step):
        block = numbers[start : start + step]
        with np.errstate(over="ignore", invalid="ignore"):
            block[...] = stored[start : start + step]
            if np.abs(block).max() <= LARGEST:  # never true of NaN
                continue
            usable = (np.abs(block) <= LARGEST).reshape(len(block), -1).all(axis=1)
        for row in start + np.flatnonzero(~usable):
            report(
                f"{path} has values that are NaN, infinite or beyond {LARGEST:g} for song "
                f"{str(ids[row])!r} (row {row}, from 0); correct them or leave the song out"
            )
    return numbers


def refuse_beyond_memory(path: Path, needed: int) -> None:
    """Raise a DataError before memory is asked for that this machine does not have."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in MEMORY_LIMITS:
        if limit.is_file() and (text := limit.read_text().strip()).isdecimal():
            memory = min(memory, int(text))
    if needed > memory:
        raise DataError(
            f"{path} takes {needed / 1e9:.1f} GB of memory to read and there are "
            f"{memory / 1e9:.1f}; take fewer songs, or fewer values of each"
        )


def write_array(path: Path, array: np.ndarray) -> None:
    """Write an .npy file, complete or not at all."""
    with replacing(path, "wb") as file:
        np.save(file, array, allow_pickle=False)
