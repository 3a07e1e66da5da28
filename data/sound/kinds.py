"""What kind of file this is, by its first bytes."""

from enum import Enum, auto
from pathlib import Path
from typing import BinaryIO

from data.paths import is_file
from data.sound import ffmpeg, mpeg
from data.sound.mpeg_tags import length_of_tag

_ENDINGS = frozenset(
    ".aac .aif .aifc .aiff .ape .au .caf .flac .m4a .m4b .mp2 .mp3 .mpc .oga .ogg .opus .snd .spx "
    ".tta .w64 .wav .wma .wv".split()
)
"""Names that end so are taken for sound without a look; what is none is then said of them."""


class Kind(Enum):
    """How a file says where its sound ends."""

    OGG = auto()
    FLAC = auto()
    CHUNKS = auto()
    """By the size of a chunk, see `data.sound.chunks`."""
    PACKETS = auto()
    """By nothing, and FFmpeg reads it: raw AAC and others."""
    OTHER = auto()
    """MP3, what libsndfile may know, or no sound."""


_CHUNKS = (b"RIFF", b"RF64", b"BW64", b"RIFX", b"FORM", b"caff", b"riff", b"0&\xb2u", b".snd")
_DECODED = (b"wvpk", b"MAC ", b"TTA1", b"MPCK", b"MP+", b"#!AMR", b"tBaK", b"ea3")
_MIXED = (b"\x1aE\xdf\xa3", b"0&\xb2u", b"OggS")
"""Containers that hold films as well."""
_FORMS = (b"WAVE", b"AIFF", b"AIFC", b"8SVX")


def kind(file: BinaryIO) -> tuple[Kind, bytes]:
    """Return the kind of a file and its first bytes, those of an ID3 tag left out."""
    place = 0
    file.seek(0)
    if file.read(3) == b"ID3":
        place = length_of_tag(file, 0)
    file.seek(place)
    lead = file.read(32)
    if lead.startswith(b"OggS"):
        return Kind.OGG, lead
    if lead.startswith(b"fLaC"):
        return Kind.FLAC, lead
    if lead.startswith((*_CHUNKS, b"\x1aE\xdf\xa3")) or lead[4:8] == b"ftyp":
        return Kind.CHUNKS, lead
    if lead.startswith(_DECODED) or _is_adts(lead):
        return Kind.PACKETS, lead
    return Kind.OTHER, lead


def flac_samples(lead: bytes) -> int:
    """Return the number of samples that the first block of a FLAC file gives; 0 is unknown."""
    return int.from_bytes(lead[21:26].ljust(5, b"\0"), "big") & 0xF_FFFF_FFFF


def is_sound(path: Path) -> bool:
    """Return whether a file is to be heard: by its ending, else by what it holds.

    A film is not, though its sound can be heard.
    """
    if path.suffix.lower() in _ENDINGS:
        return True
    if not is_file(path):
        return False
    try:
        with path.open("rb") as file:
            found, lead = kind(file)
            if lead.startswith(_MIXED) or lead[4:8] == b"ftyp":
                return ffmpeg.is_music(file)
            if lead[:4] in (b"RIFF", b"RIFX", b"FORM"):
                return lead[8:12] in _FORMS
            return found is not Kind.OTHER or mpeg.walk(file, 0, longest=1) is not None
    except OSError:
        return False


def _is_adts(lead: bytes) -> bool:
    """Return whether this is the header of raw AAC: sync, layer 0, a sample rate that exists."""
    return len(lead) > 6 and lead[0] == 0xFF and lead[1] & 0xF6 == 0xF0 and lead[2] >> 2 & 15 < 13
