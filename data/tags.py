"""What a sound file says of itself: title, artist, album, genre, year and lyrics from its tags.

Tags are read by tinytag, without the pictures among them. A file that it cannot read has no tags.
"""

import re
import unicodedata
from io import SEEK_SET
from pathlib import Path
from typing import Any, BinaryIO, cast

from data.files import LONGEST_LYRICS, known
from data.paths import is_file

TAGS = ("title", "artist", "album", "genre", "year")
"""Columns that tags can fill, beside lyrics."""
LONGEST_TAG = 200
"""Characters that are kept of a tag, as many as a label may have."""
_MOST_READ = 1 << 23
"""Bytes of a file that are read for its tags; pictures are skipped, but for those in Ogg."""
_MOST_READS = 20_000
_LONGEST_LIST = 1_000
"""Values in one tag, about; others of many thousands take the reader minutes to compare."""
_YEAR = re.compile(r"(?<![0-9])(1[0-9]{3}|20[0-9]{2})(?![0-9])")
_NUMBER = re.compile(r"\(?[0-9]+\)?")
"""A genre that is a number which stands for none."""
_TIME = re.compile(r"^\s*(?:[\[<][0-9]+:[0-9:.]+[\]>])+", re.MULTILINE)
"""When a line is sung, before the line."""

Tags = dict[str, str]
"""The tags of a song that are there, by the names of columns."""


class _Bounded:
    """A file of which only so much can be read, in so many pieces."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left, self._reads = _MOST_READ, _MOST_READS

    def read(self, size: int = -1) -> bytes:
        self._reads -= 1
        if not 0 <= size <= self._left or not self._reads:
            raise ValueError("too much to read for tags")
        content = self._file.read(size)
        self._left -= len(content)
        gap = b"\0\0" if content[:1] in (b"\1", b"\2") else b"\0"  # as ID3 divides UTF-16
        if len(content) > 4 * _LONGEST_LIST and content.count(gap) > _LONGEST_LIST:
            return content[:_LONGEST_LIST].ljust(len(content))
        return content

    def seek(self, place: int, whence: int = SEEK_SET) -> int:
        return self._file.seek(place, whence)

    def tell(self) -> int:
        return self._file.tell()


def read_tags(path: Path) -> Tags:
    """Return the tags of a sound file, of many values the first, without what means unknown.

    Returns
    -------
    dict of str to str
        Some of `TAGS`, each one line of at most `LONGEST_TAG` characters, year as four digits;
        and lyrics of at most `LONGEST_LYRICS`.
    """
    from tinytag import TinyTag

    if not is_file(path):  # so that a named pipe is not waited for
        return {}
    try:
        with path.open("rb") as file:
            found = TinyTag.get(file_obj=cast(BinaryIO, _Bounded(file)), duration=False)
    except Exception:  # whatever a stranger's file makes of the reader, it is only tags
        return {}
    tags = {name: _line(getattr(found, name)) for name in TAGS}
    tags["year"] = "".join(_YEAR.findall(tags["year"])[:1])
    if _NUMBER.fullmatch(tags["genre"]):
        tags["genre"] = ""
    tags["lyrics"] = _lyrics(found.other)
    return {name: value for name, value in tags.items() if value}


def _line(value: Any) -> str:
    """Return a tag as one line of text."""
    text = _text(str(value or "")[: 4 * LONGEST_TAG])
    return known(" ".join(text.split())[:LONGEST_TAG])


def _lyrics(other: dict[str, list[str]]) -> str:
    texts = [*other.get("lyrics", ()), *other.get("unsyncedlyrics", ())]
    for text in texts:
        lines = _TIME.sub("", _text(text[: 2 * LONGEST_LYRICS]))[:LONGEST_LYRICS].strip()
        if lines:
            return known(lines)
    return ""


def _text(text: str) -> str:
    r"""Return what was meant by a text: up to a NUL, composed, and with no control but \n.

    Players write UTF-8 and Windows-1252 where a tag says that it is Latin-1.
    """
    text = text.strip("\ufeff \0").partition("\0")[0]
    if not text.isascii():
        try:
            raw = text.encode("latin-1")
            text = raw.decode("utf-8")
        except UnicodeEncodeError:
            pass  # of other letters, and so no Latin-1
        except UnicodeDecodeError:
            if any("\x80" <= letter <= "\x9f" for letter in text):
                text = raw.decode("cp1252", "replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    shown = (
        letter if letter == "\n" or unicodedata.category(letter) != "Cc" else " "
        for letter in text
    )
    return unicodedata.normalize("NFC", "".join(shown))
