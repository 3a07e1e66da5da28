"""Which sounds go into the page: few enough that it stays small, and only what is sound.

Clips are files of a run folder, which may be anybody's: one that is no MP3, too large, a link, or
elsewhere, is not there.
"""

import base64
from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from urllib.parse import quote

from results.columns import ResultsError
from results.disk import opened
from results.layout import CLIPS, inside, is_own

MOST_BYTES = 200_000
"""Of one clip; 3 s of speech or music take a tenth."""

_MOST_FILES = 4_000
"""Clips that are looked at."""


def is_clip(name: str) -> bool:
    """Return whether a path within a run folder is one that clips have."""
    return name.startswith(f"{CLIPS}/") and is_own(name)


def link(name: str) -> str:
    """Return the address of a clip beside the page."""
    return quote(name)


def chosen(folder: Path, names: Sequence[str], order: Sequence[int], room: int) -> dict[int, str]:
    """Return sounds as base64 by the place of their song, as many as there is room for.

    Parameters
    ----------
    names : path of each song's clip within the run folder, empty where there is none.
    order : places of songs, the most wanted first.
    room : characters that they may take.
    """
    found: dict[int, str] = {}
    for place in [place for place in order if is_clip(names[place])][:_MOST_FILES]:
        sound = _read(folder, names[place])
        if sound is None:
            continue
        text = base64.b64encode(sound).decode()
        room -= len(text) + len(f'"{place}":"",')
        if room < 0:
            break
        found[place] = text
    return found


def spread(first: Sequence[int], groups: Sequence[Sequence[int]]) -> list[int]:
    """Return places in an order that begins with some and takes the others in turn by group."""
    turns = chain.from_iterable(zip_longest(*groups))
    return list(dict.fromkeys([*first, *_present(turns)]))


def _present(turns: Iterator[int | None]) -> Iterator[int]:
    yield from (place for place in turns if place is not None)


def _read(folder: Path, name: str) -> bytes | None:
    """Return what a clip holds; None where it is no clip."""
    try:
        with opened(inside(folder, *name.split("/"))) as file:
            sound = file.read(MOST_BYTES + 1)
    except (OSError, ResultsError):
        return None
    return sound if len(sound) <= MOST_BYTES and _is_mp3(sound) else None


def _is_mp3(sound: bytes) -> bool:
    """Return whether bytes begin as MP3 does: with a tag, or with a frame of layer III."""
    return sound[:3] == b"ID3" or (sound[:1] == b"\xff" and len(sound) > 1 and sound[1] in _SYNC)


_SYNC = {0xE2, 0xE3, 0xF2, 0xF3, 0xFA, 0xFB}
"""Second byte of a frame: the rest of its mark, the version of MPEG, layer III, a sum or none."""
