"""What runs in the page, and the policy that lets nothing else run."""

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

_PARTS = (
    *("songs.js", "colours.js", "sound.js", "plot.js", "card.js", "legend.js"),
    *("drawn.js", "search.js", "walk.js", "start.js"),
)
"""Files in the folder `walk`, in the order in which they are put together."""

_SAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
"""Signs that could end a script, and those that end a line in one, as JSON writes them."""


@dataclass(frozen=True)
class Scripts:
    """The scripts of a page.

    Attributes
    ----------
    texts : each goes into an element of its own, as it is.
    policy : what the browser is told to allow.
    """

    texts: list[Markup]
    policy: str


def scripts(walked: bool) -> Scripts:
    """Return the scripts of a page with a map to walk, or of one without, which has none."""
    texts = [_library(), _own()] if walked else []
    hashes = " ".join(f"'sha256-{_digest(text)}'" for text in texts) or "'none'"
    policy = (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; "
        "media-src data:; base-uri 'none'; form-action 'none'"
    )
    return Scripts([Markup(text) for text in texts], policy)


def as_json(content: Any) -> Markup:
    """Return content as JSON that may stand in a script element, whatever text is in it."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.translate(_SAFE))


def _own() -> str:
    """Return the page's own script."""
    here = Path(__file__).parent / "walk"
    parts = [(here / name).read_text(encoding="utf-8") for name in _PARTS]
    return "'use strict';\n{\n" + "\n".join(parts) + "}\n"


def _library() -> str:
    """Return BokehJS, of which nothing that the page uses makes code out of text."""
    import bokeh

    path = Path(bokeh.__file__).parent / "server" / "static" / "js" / "bokeh.min.js"
    return path.read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """Return the hash of a script, as a policy writes it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
