"""Text of others as text of a page that leaves what stands around it as it is.

Escaping keeps it from being markup. What it can still do is turn its surroundings: an isolating
mark without its end reaches beyond the element that it stands in, `bdi` too, for the end of the
element ends that mark and not the element's own.
"""

import re
from typing import Any

from markupsafe import Markup

_TURNING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters, marks that override or isolate a direction, halves of surrogate pairs. Marks
that only hint at it stay, as do the joiners, without which Bangla and Persian are not written."""


def harmless(text: str) -> str:
    """Return a text without characters that reach beyond it."""
    return _TURNING.sub("", text)


def one_line(text: str) -> str:
    """Return the same on one line."""
    return " ".join(harmless(text).split())


def finalized(value: Any) -> Any:
    """Return what a template writes: text as it is harmless, markup of ours as it is."""
    return harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value
