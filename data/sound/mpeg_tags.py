"""The tags around MPEG audio frames: ID3, APE and Lyrics3, and how long they are."""

from typing import BinaryIO

_ID3V1 = 128
_APE_FOOTER = 32
_LYRICS3_END = 15


def length_of_tag(file: BinaryIO, place: int) -> int:
    """Return how many bytes a tag takes that begins here; 0 if none does."""
    file.seek(place)
    lead = file.read(32)
    if lead[:3] == b"ID3" and len(lead) >= 10 and not any(byte & 0x80 for byte in lead[6:10]):
        size = 0
        for byte in lead[6:10]:
            size = size << 7 | byte
        return 10 + size + 10 * bool(lead[5] & 0x10)  # with a footer if that bit is set
    if lead[:8] == b"APETAGEX" and len(lead) == 32:
        size = int.from_bytes(lead[12:16], "little")
        begins = int.from_bytes(lead[20:24], "little") >> 29 & 1
        return _APE_FOOTER + size * begins
    return _ID3V1 if lead[:3] == b"TAG" else 0


def end_of_sound(file: BinaryIO, size: int) -> int:
    """Return where the tags at the end of a file of ``size`` bytes begin."""
    end = size
    while True:
        before = end
        if _at(file, end - _ID3V1, 3) == b"TAG":
            end -= _ID3V1
        if _at(file, end - 9, 9) == b"LYRICS200":
            digits = _at(file, end - _LYRICS3_END, 6)
            if digits.isdigit():
                end -= _LYRICS3_END + int(digits)
        footer = _at(file, end - _APE_FOOTER, _APE_FOOTER)
        if footer[:8] == b"APETAGEX":
            has_header = int.from_bytes(footer[20:24], "little") >> 31
            end -= int.from_bytes(footer[12:16], "little") + _APE_FOOTER * has_header
        if not 0 <= end < before:
            return max(0, before)


def _at(file: BinaryIO, place: int, count: int) -> bytes:
    if place < 0:
        return b""
    file.seek(place)
    return file.read(count)
