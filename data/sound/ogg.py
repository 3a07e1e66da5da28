"""The pages of an Ogg file: whether they end as they should, and how many files were joined."""

import os
from typing import BinaryIO

from data.sound.evidence import Length

_HEADER = 27
_BEGINS, _ENDS = 2, 4
"""Flags of a page."""
_SEARCHED = 1 << 16
"""Bytes that are read at a time where no page begins."""


def length(file: BinaryIO) -> tuple[Length, bool]:
    """Walk the pages, and return how they end and whether another song follows a first one.

    A page states its own size, so one that is torn is known to be cut off. A last page that is
    whole but not marked as the last is what a recorder leaves that was stopped.
    """
    size = os.fstat(file.fileno()).st_size
    place: int | None = 0
    flags, joined, begun = 0, False, False
    while place is not None:
        file.seek(place)
        lead = file.read(_HEADER)
        if not lead.startswith(b"OggS"):
            place = _next(file, place)
            continue
        segments = file.read(lead[26]) if len(lead) == _HEADER else b""
        end = place + _HEADER + len(segments) + sum(segments)
        if len(lead) < _HEADER or len(segments) < lead[26] or end > size:
            return Length.CUT, joined
        flags = lead[5]
        joined |= begun and bool(flags & _BEGINS)
        begun |= not flags & _BEGINS
        place = end
    return Length.AGREES if flags & _ENDS else Length.UNENDED, joined


def _next(file: BinaryIO, place: int) -> int | None:
    """Return where the next page begins, or None."""
    while True:
        file.seek(place)
        block = file.read(_SEARCHED)
        found = block.find(b"OggS")
        if found >= 0:
            return place + found
        if len(block) < _SEARCHED:
            return None
        place += _SEARCHED - 3
