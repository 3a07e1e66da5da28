"""A user's text on the screen: every character seen, none obeyed by the terminal."""

from __future__ import annotations

import re
from collections.abc import Callable

from rich.console import Console

UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but the end of a line, what turns the direction of writing, and surrogates,
which no output can encode."""

LONGEST_NAME = 200
"""Characters of a label, a group or a task's name."""


def visible(text: str) -> str:
    r"""The text with each control character written as Python writes it, such as `\x1b`."""
    return UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text)


def speaker(console: Console) -> Callable[[str], None]:
    """What prints a sentence as it is, on one line however long."""

    def say(sentence: str) -> None:
        console.print(
            visible(sentence), markup=False, highlight=False, emoji=False, soft_wrap=True
        )

    return say


def unfit(name: str) -> str | None:
    """Why a text cannot be the name of a column or a task; None if it can."""
    if len(name) > LONGEST_NAME:
        return f"it has {len(name)} characters, and a name has {LONGEST_NAME} at most"
    if "\n" in name or UNSEEN.search(name):
        return "it holds a control character"
    return None
