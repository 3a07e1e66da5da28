"""The frames of an MPEG audio file (MP3): where they lie, and how many there should be.

An MP3 file has no header. Each frame states its own size, so walking from one to the next finds
all of them, past tags and pictures, and gives the exact length. The first frame may be a table of
contents (Xing, Info or VBRI) that counts the others.
"""

import os
import struct
from array import array
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from data.sound.evidence import Length
from data.sound.mpeg_tags import end_of_sound, length_of_tag

_RATES = (44_100, 48_000, 32_000)
_BITRATES = {  # in kbit/s, by whether it is MPEG-1 and by layer
    (True, 1): range(32, 449, 32),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SIDE_INFORMATION = {(True, 1): 17, (True, 2): 32, (False, 1): 9, (False, 2): 17}
"""Bytes before the table of contents, by whether it is MPEG-1 and by channels."""
_SEARCHED = 1 << 16
"""Bytes that are read at a time in search of a frame."""
_IN_A_ROW = 4
"""Frames that must follow one another before the first of them is believed."""
DECODER_DELAY = 529
"""Samples by which every decoder of layer III is late."""


class Frame(NamedTuple):
    """What the header of a frame says; the first four are the same throughout a file."""

    version: int
    layer: int
    rate: int
    samples: int
    channels: int
    size: int


@dataclass
class Frames:
    """The frames of a file.

    Parameters
    ----------
    first : Frame
        The header of the first one.
    places : array of int
        Where each begins, without the table of contents.
    stated : int or None
        Number that the table of contents gives.
    delay, padding : int
        Samples that the encoder put before and after the sound.
    clean : bool
        Nothing lies between the first frame and the end of the sound but frames and tags.
    taken : int
        Bytes of all of them.
    torn : bool
        The last frame reaches beyond the end of the file, and is not among ``places``.
    changes : bool
        Frames of another kind follow, of another sample rate for one.
    """

    first: Frame
    places: array = field(default_factory=lambda: array("q"))
    stated: int | None = None
    delay: int = 0
    padding: int = 0
    clean: bool = True
    taken: int = 0
    torn: bool = False
    changes: bool = False

    @property
    def skipped(self) -> int:
        """Samples before the sound that are not part of it."""
        return self.delay + DECODER_DELAY if self.delay or self.padding else 0

    @property
    def samples(self) -> int:
        """Length of the sound."""
        total = len(self.places) * self.first.samples - self.skipped
        if self.length is Length.AGREES and self.skipped:
            total -= max(0, self.padding - DECODER_DELAY)
        return max(0, total)

    @property
    def length(self) -> Length:
        """How the number of frames compares with what is stated.

        Fewer than stated, one after the other up to a clean end, are what a program leaves that
        cuts MP3 files without decoding them. A copy that was interrupted ends within a frame.
        """
        if self.stated is None:
            return Length.UNENDED if self.torn else Length.AGREES
        more = len(self.places) - self.stated
        if more < 0 and (self.torn or not self.clean):
            return Length.CUT
        return Length.AGREES if abs(more) <= 1 else Length.STALE


def frame(lead: bytes) -> Frame | None:
    """Return what the four bytes of a header say, or None if they are none."""
    if len(lead) < 4 or lead[0] != 0xFF or lead[1] < 0xE0:
        return None
    return _frame(lead[1], lead[2], lead[3] >> 6)


@lru_cache(maxsize=4096)
def _frame(kind: int, rates: int, mode: int) -> Frame | None:
    version, layer = {0: 25, 2: 2, 3: 1}.get(kind >> 3 & 3), 4 - (kind >> 1 & 3)
    index, rate_index = rates >> 4, rates >> 2 & 3
    if version is None or layer == 4 or rate_index == 3 or index in (0, 15):
        return None
    rate = _RATES[rate_index] // {1: 1, 2: 2, 25: 4}[version]
    bits = 1000 * _BITRATES[version == 1, layer][index - 1]
    padding = rates >> 1 & 1
    samples = {1: 384, 2: 1152, 3: 1152 if version == 1 else 576}[layer]
    slot = 4 if layer == 1 else 1
    size = (samples // 8 // slot * bits // rate + padding) * slot
    return Frame(version, layer, rate, samples, 1 if mode == 3 else 2, size)


def walk(file: BinaryIO, junk: int, longest: int) -> Frames | None:
    """Find the frames of a file.

    Parameters
    ----------
    file : BinaryIO
        Opened for reading.
    junk : int
        Bytes that may lie before the first frame and are neither frames nor tags.
    longest : int
        Seconds after which the walk ends, with a little more than them.

    Returns
    -------
    Frames or None
        None where no frames are.
    """
    size = os.fstat(file.fileno()).st_size
    end = end_of_sound(file, size)
    place = _search(file, 0, end, junk)
    if place is None:
        return None
    file.seek(place)
    lead = file.read(512)
    first = frame(lead)
    assert first is not None
    frames = Frames(first)
    if _read_contents(frames, lead):
        place += first.size
    most = longest * first.rate // first.samples + 2
    while place < end and len(frames.places) < most:
        file.seek(place)
        lead = file.read(10)
        found = frame(lead)
        if found and found[:4] == first[:4]:
            if place + found.size > end:
                frames.torn = True
                break
            frames.places.append(place)
            place += found.size
            frames.taken += found.size
            continue
        tag = length_of_tag(file, place)
        after = _search(file, place + tag, end, end)
        frames.clean &= after == place + tag or bool(tag) and place + tag >= end
        if after is None:
            break
        file.seek(after)
        frames.changes = frame(file.read(4))[:4] != first[:4]  # type: ignore[index]
        if frames.changes:
            break
        place = after
    return frames


def _search(file: BinaryIO, place: int, end: int, junk: int) -> int | None:
    """Return the next place from which a few frames of one kind follow one another, or None."""
    while tag := length_of_tag(file, place):
        place += tag
    last = min(end, place + junk + 1)
    while place < last:
        file.seek(place)
        block = file.read(_SEARCHED)
        found = block.find(b"\xff")
        while 0 <= found < last - place:
            start = frame(block[found : found + 4])
            if start and _follow(file, place + found, end, start):
                return place + found
            found = block.find(b"\xff", found + 1)
        if len(block) < _SEARCHED:
            break
        place += _SEARCHED - 3
    return None


def _follow(file: BinaryIO, place: int, end: int, first: Frame) -> bool:
    """Return whether frames like the first follow one another, up to the end if it is near."""
    for count in range(_IN_A_ROW):
        file.seek(place)
        found = frame(file.read(4))
        if found is None or found[:4] != first[:4]:
            return count > 0 and (place >= end or length_of_tag(file, place) > 0)
        place += found.size
    return True


def _read_contents(frames: Frames, lead: bytes) -> bool:
    """Take over what a table of contents says; return whether this frame is one."""
    first = frames.first
    if lead[36:40] == b"VBRI":
        frames.stated = int.from_bytes(lead[50:54], "big") or None
        return True
    tag = lead[4 + _SIDE_INFORMATION[first.version == 1, first.channels] :]
    if first.layer != 3 or tag[:4] not in (b"Xing", b"Info") or len(tag) < 8:
        return False
    (flags,) = struct.unpack(">4xI", tag[:8])
    place = 8
    if flags & 1:
        frames.stated = int.from_bytes(tag[8:12], "big") or None
    for flag, width in ((1, 4), (2, 4), (4, 100), (8, 4)):
        place += width if flags & flag else 0
    encoder = tag[place : place + 24]
    if len(encoder) == 24 and encoder[:4] in (b"LAME", b"Lavf", b"Lavc"):
        both = int.from_bytes(encoder[21:24], "big")
        frames.delay, frames.padding = both >> 12, both & 0xFFF
    return True
