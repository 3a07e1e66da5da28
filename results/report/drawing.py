"""Figures as SVG that lives in a page: its colours are the page's, its text is text.

matplotlib is imported only when something is drawn, and without pyplot: no window, no state.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure as Canvas

Size = tuple[int, int]
"""Width and height in CSS pixels."""

SMALL: Size = (290, 230)
_HALF: Size = (440, 320)
WIDE: Size = (880, 340)

INK, FAINT = "#fe0200", "#fe0300"
"""Colours that matplotlib writes, in whose place the page puts its own, light or dark."""

N_COLOURS = 8
"""Colours of series."""

_MARKERS = "osD^vPX*"
"""Markers of series, as matplotlib names them."""

_DASHES: tuple[Any, ...] = ("-", "--", "-.", (0, (6, 1, 1, 1, 1, 1)))
"""Strokes of series; none of them dotted, which is chance."""

_VARIABLES = {INK: "ink", FAINT: "faint"}
_VARIABLES |= {f"#fe01{place:02x}": f"c{place}" for place in range(N_COLOURS)}
"""Colour that matplotlib writes -> variable of the page's style."""

_COLOUR = re.compile("|".join(_VARIABLES))

_REFERRED = "[mp][0-9a-f]{10}|image"
"""Ids of matplotlib's that another part of the figure refers to: markers, clip paths, images."""

HALO = "halo"
"""The id to give a text that lies over others, so that the page sets it off."""

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "report",
    "text.parse_math": False,
    "axes.unicode_minus": False,
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "savefig.transparent": True,
}
"""Settings of matplotlib: text stays text, for which the browser finds the typeface."""


@dataclass(frozen=True)
class Figure:
    """One figure of the report.

    Attributes
    ----------
    alt : what is to be seen, for who does not see it.
    caption : how it is read.
    svg : every word in it is escaped.
    """

    title: str
    alt: str
    caption: str
    svg: Markup
    size: Size


def colour(place: int) -> str:
    """Return the colour of the series at a place; after the last comes the first again."""
    return f"#fe01{place % N_COLOURS:02x}"


def marker(place: int) -> str:
    """Return the marker of the series at a place, so that colour alone sets none apart."""
    return _MARKERS[place % len(_MARKERS)]


def dashes(place: int) -> Any:
    """Return the stroke of the series at a place."""
    return _DASHES[place % len(_DASHES)]


def plain_numbers(axis: Axis) -> None:
    """Write the numbers of a logarithmic axis like others, not as powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=12))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def draw(
    title: str,
    alt: str,
    paint: Callable[[Axes], None],
    caption: str = "",
    size: Size = _HALF,
    legend: bool = False,
) -> Figure:
    """Return a figure of one pair of axes that `paint` draws upon; its legend lies below them."""

    def alone(canvas: Canvas) -> None:
        axes = canvas.subplots()
        paint(axes)
        if legend:
            entries = axes.get_legend_handles_labels()[1]
            canvas.legend(
                loc="outside lower center", ncols=legend_columns(entries, size), columnspacing=1.2
            )

    return compose(title, alt, alone, caption, size)


def legend_columns(entries: Sequence[str], size: Size) -> int:
    """Return how many entries of a legend fit beside one another."""
    if not entries:
        return 1
    most = max(1, int(size[0] / (7 * max(map(len, entries)) + 45)))
    rows = -(-len(entries) // most)
    return -(-len(entries) // rows)


def compose(
    title: str, alt: str, paint: Callable[[Canvas], None], caption: str = "", size: Size = _HALF
) -> Figure:
    """Return a figure of which `paint` draws the whole."""
    import matplotlib
    from matplotlib.figure import Figure as Canvas

    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        # The browser has letters for scripts that matplotlib's typeface lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        warnings.filterwarnings("ignore", message="constrained_layout not applied")
        canvas = Canvas(figsize=(size[0] / 96, size[1] / 96), layout="constrained")
        paint(canvas)
        file = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        canvas.savefig(file, format="svg", metadata=nothing)
    return Figure(title, alt, caption, Markup(_inline(file.getvalue(), alt, size)), size)


def _inline(svg: str, alt: str, size: Size) -> str:
    """Return SVG as a part of a page: no prologue, ids of its own, the page's colours."""
    view = re.search(r'viewBox="[^"]*"', svg)
    body = svg[svg.index("<defs>") : svg.rindex("</svg>")]
    body = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", body, flags=re.S)
    own = hashlib.sha256((alt + svg).encode()).hexdigest()[:10]
    body = re.sub(r"<[^>]*>", lambda tag: _tag(tag[0], own), body)
    box = view[0] if view else ""
    label = Markup.escape(alt)
    return (
        f'<svg role="img" aria-label="{label}" {box} width="{size[0]}" height="{size[1]}">'
        f"{body}</svg>"
    )


def _tag(tag: str, own: str) -> str:
    """Return one tag in few bytes, with ids that no other figure has."""
    tag = tag.replace(f' id="{HALO}"', f' class="{HALO}"')
    tag = re.sub(rf' id="(?!(?:{_REFERRED}))[^"]*"', "", tag)
    tag = re.sub(rf'(id="|#)((?:{_REFERRED})\w*)\b', rf"\1\2-{own}", tag)
    tag = re.sub(r" font-family: [^;]*;", "", tag.replace("xlink:href", "href"))
    tag = re.sub(
        r"\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), tag
    )
    tag = re.sub(r"M ([\d.]+ [\d.]+) \nL \1 \n?", r"M\1h0", tag)  # a dot
    return _COLOUR.sub(lambda hit: f"var(--{_VARIABLES[hit[0]]})", tag.replace(" \n", " "))


def listed(names: Sequence[object]) -> str:
    """Return names as a part of a sentence: a, b and c."""
    texts = [str(name) for name in names]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def shortened(text: str, longest: int) -> str:
    """Return a text of at most so many characters, the last of which says that it is cut."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
