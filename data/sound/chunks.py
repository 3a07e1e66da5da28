"""The sizes of chunks: whether a file of chunks holds the sound that it says it holds.

WAV, RF64, AIFF, CAF, Wave64, ASF (WMA), ISO media (M4A), AU and Matroska (WebM) state the size of
the chunk that holds the sound. A decoder takes a file that ends earlier for a shorter song.
"""

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

from data.sound.evidence import Length

_SLACK = 64
"""Bytes by which a size may be too large: some programs count headers in, and no copy stops so
close to the end."""
_PLACEHOLDERS = (0x7F00_0000, 0x8000_0000, 1 << 32, 1 << 63, 1 << 64)
"""Programs that write to a pipe state a size close to one of these, or 0. The first is that of
sox for AIFF; the others are the largest numbers of 32 and 64 bits with and without a sign."""
_NEAR = 1 << 16
"""Bytes that a placeholder lies away from one of `_PLACEHOLDERS` at most."""
_MOST_CHUNKS = 10_000
"""Chunks that are looked at in search of the sound."""
_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")


@dataclass(frozen=True)
class _Chunks:
    """How chunks are laid out: a name, a size, a body, and padding.

    Parameters
    ----------
    start : int
        Where the first one begins.
    size : str
        Format of the size, for `struct`.
    sound : bytes
        What the name of the chunk with the sound begins with.
    name : int
        Bytes of a name.
    counts_itself : bool
        Whether a size includes the name and the size.
    multiple : int
        Chunks begin at multiples of this.
    """

    start: int
    size: str
    sound: bytes
    name: int = 4
    counts_itself: bool = False
    multiple: int = 2


_LAYOUTS = {
    b"RIFF": _Chunks(12, "<I", b"data"),
    b"RF64": _Chunks(12, "<I", b"data"),
    b"BW64": _Chunks(12, "<I", b"data"),
    b"RIFX": _Chunks(12, ">I", b"data"),
    b"FORM": _Chunks(12, ">I", b"SSND"),
    b"caff": _Chunks(8, ">Q", b"data", multiple=1),
    b"riff": _Chunks(40, "<Q", b"data", name=16, counts_itself=True, multiple=8),
    b"0&\xb2u": _Chunks(0, "<Q", _ASF_DATA, name=16, counts_itself=True, multiple=1),
}


def length(file: BinaryIO) -> Length:
    """Return whether the chunk of the sound is as long as the file says.

    Files of other kinds, and those in which no such chunk is found, agree.
    """
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    lead = file.read(12)
    if lead[:4] in _LAYOUTS:
        return _of_chunks(file, _LAYOUTS[lead[:4]], size)
    if lead[:4] == b".snd" and len(lead) == 12:
        start, stated = struct.unpack(">4xII", lead)
        return _judged(stated, size - start)
    if lead[4:8] == b"ftyp":
        return _of_boxes(file, size)
    if lead[:4] == b"\x1aE\xdf\xa3":
        return _of_matroska(file, size)
    return Length.AGREES


def _judged(stated: int, held: int) -> Length:
    if not stated and held > _SLACK or any(abs(stated - some) <= _NEAR for some in _PLACEHOLDERS):
        return Length.AGREES if stated == held else Length.UNKNOWN
    return Length.CUT if stated >= held + _SLACK else Length.AGREES


def _of_chunks(file: BinaryIO, layout: _Chunks, size: int) -> Length:
    """Look for the chunk of the sound; ds64 holds the size where 32 bits do not."""
    place, large = layout.start, 0
    header = layout.name + struct.calcsize(layout.size)
    for _ in range(_MOST_CHUNKS):
        if place >= size:
            break
        file.seek(place)
        lead = file.read(header)
        if len(lead) < header:
            break
        name = lead[: layout.name]
        (stated,) = struct.unpack(layout.size, lead[layout.name :])
        if name == b"ds64":
            (large,) = struct.unpack("<Q", file.read(16)[8:].ljust(8, b"\0"))
        if name.startswith(layout.sound):
            if stated == 0xFFFF_FFFF and large:
                stated = large
            return _judged(stated, size - place - header * (not layout.counts_itself))
        body = max(0, stated - header) if layout.counts_itself else stated
        place += header + body
        place += -place % layout.multiple
    return Length.AGREES


def _of_boxes(file: BinaryIO, size: int) -> Length:
    """Follow the boxes of ISO media: none may be larger than the rest of the file."""
    place = 0
    for _ in range(_MOST_CHUNKS):
        if place >= size:
            break
        file.seek(place)
        lead = file.read(16)
        if len(lead) < 8:
            break
        stated = int.from_bytes(lead[:4], "big")
        if stated == 1:
            stated = int.from_bytes(lead[8:16], "big")
        if stated < 8:  # 0 is the last box, to the end of the file; others are none
            break
        if place + stated > size:
            return Length.CUT
        place += stated
    return Length.AGREES


def _of_matroska(file: BinaryIO, size: int) -> Length:
    """Compare the size of the segment, which follows the header and holds everything else."""
    file.seek(4)
    header = _variable(file)
    if header is None:
        return Length.AGREES
    file.seek(min(header, size), os.SEEK_CUR)
    if file.read(4) != b"\x18S\x80g":
        return Length.AGREES
    stated = _variable(file)
    if stated is None:
        return Length.UNKNOWN
    return Length.CUT if file.tell() + stated > size else Length.AGREES


def _variable(file: BinaryIO) -> int | None:
    """Read a number of variable length; None where all its bits are ones, for unknown."""
    first = file.read(1)
    length = 9 - first[0].bit_length() if first else 9
    rest = file.read(length - 1)
    if length > 8 or len(rest) < length - 1:
        return None
    bits = 7 * length
    value = int.from_bytes(first + rest, "big") & (1 << bits) - 1
    return None if value == (1 << bits) - 1 else value
