"""The figure of the map to walk, as Bokeh's script takes it from a page.

None of its models holds code of ours: such would be made out of text, which the page forbids.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bokeh.plotting import figure

TARGET = "map-figure"
"""The element of the page that it is drawn into."""

_HOVER = '<div style="white-space: pre-line">@words</div>'
"""What stands at the pointer; Bokeh escapes the words."""

_ID = re.compile(r"p\d+")
"""Ids that Bokeh gives to the parts of a figure."""

_NUMBERS: dict[str, Any] = {
    "text_align": "center",
    "text_baseline": "middle",
    "text_font_style": "bold",
    "text_font_size": "15px",
    "background_fill_alpha": 0.8,
    "padding": 2,
    "border_radius": 4,
}
"""The look of the numbers of clusters."""


def item(columns: dict[str, Any]) -> dict[str, Any]:
    """Return the figure as it is embedded, the same for the same songs."""
    from bokeh.core.types import ID
    from bokeh.embed import json_item

    return _renumbered(dict(json_item(_figure(columns), ID(TARGET))))


def _figure(columns: dict[str, Any]) -> figure:
    """Return a figure without songs: the script draws those that are asked for."""
    from bokeh.models import ColumnDataSource, HoverTool, PanTool, Range1d, WheelZoomTool
    from bokeh.plotting import figure

    drawn = figure(
        name="map",
        sizing_mode="stretch_both",
        toolbar_location=None,
        tools="",
        x_range=Range1d(start=0, end=1),
        y_range=Range1d(start=0, end=1),
        outline_line_color=None,
        background_fill_color=None,
        border_fill_color=None,
        min_border=0,
    )
    drawn.axis.visible = False
    drawn.grid.visible = False
    drawn.subscribed_events = {"tap"}
    drawn.tags = [ColumnDataSource(columns)]
    empty: dict[str, Any] = {
        name: [] for name in ("x", "y", "fill", "line", "marker", "row", "words")
    }
    points = drawn.scatter(
        *("x", "y"),
        source=ColumnDataSource(empty, name="points"),
        name="songs",
        marker={"field": "marker"},
        size=8,
        fill_color={"field": "fill"},
        line_color={"field": "line"},
    )
    for name in ("found", "current"):
        drawn.scatter(
            *("x", "y"),
            source=ColumnDataSource({"x": [], "y": []}, name=name),
            name=f"{name}-ring",
            fill_color=None,
        )
    drawn.text(
        *("x", "y", "text"),
        source=ColumnDataSource({"x": [], "y": [], "text": []}, name="numbers"),
        name="numbers-text",
        **_NUMBERS,
    )
    hover = HoverTool(renderers=[points], tooltips=_HOVER, limit=1)
    wheel = WheelZoomTool(name="wheel")
    drawn.add_tools(PanTool(name="pan"), wheel, hover)
    drawn.toolbar.active_scroll = wheel
    return drawn


def _renumbered(item: dict[str, Any]) -> dict[str, Any]:
    """Return a figure with ids that count from 1, where Bokeh's go on from figure to figure."""
    ids: dict[str, str] = {}

    def renamed(value: Any) -> Any:
        if isinstance(value, list):
            return [renamed(each) for each in value] if _has_parts(value) else value
        if not isinstance(value, dict):
            return value
        return {
            name: ids.setdefault(each, f"p{len(ids) + 1}")
            if name in ("id", "root_id") and isinstance(each, str) and _ID.fullmatch(each)
            else renamed(each)
            for name, each in value.items()
        }

    return dict(renamed(item))


def _has_parts(values: list[Any]) -> bool:
    """Return whether anything in a list can have an id."""
    return any(isinstance(each, dict | list) for each in values)
