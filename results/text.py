"""Text and values of others as parts of one sentence: short, on one line, nothing to obey."""

import re
import reprlib

_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal obeys or what turns a line around: control characters, C1 codes, separators of
lines and paragraphs, overriding and isolating marks of direction, halves of surrogate pairs.
The joiners U+200C and U+200D stay: Bangla is not written without them."""
LONGEST = 80

_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = LONGEST


def plain(text: object) -> str:
    """The text with an escape, such as `\\x1b`, in place of what a terminal would obey."""
    return _OBEYED.sub(lambda hit: hit[0].encode("unicode_escape").decode(), str(text))


def plain_lines(text: object) -> str:
    """As `plain`, but lines stay lines."""
    return "\n".join(map(plain, str(text).split("\n")))


def named(value: object) -> str:
    """A value as a sentence names it: as Python writes it, cut where it is long."""
    try:
        text = " ".join(_short.repr(value).split())
    except Exception:  # of whatever kind: it is the value's own
        text = f"a {type(value).__name__}"
    text = plain(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def reason(error: BaseException) -> str:
    """The first line of what went wrong."""
    lines = str(error).strip().splitlines()
    return plain(lines[0])[: 3 * LONGEST].rstrip(". ") if lines else type(error).__name__
