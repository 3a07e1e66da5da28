"""A user's text in what a search says: every character seen, none obeyed by the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.console import Console

from results.text import plain, plain_lines

_LONGEST_MESSAGE = 1_000
"""Characters of a message; of a longer one both ends are printed."""


def on_a_line(message: str) -> str:
    """Return a message on one line that can be read: its middle left out where it is long."""
    line = plain(" ".join(message.splitlines()))
    half = _LONGEST_MESSAGE // 2
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[:half]} ... {line[-half:]}"


def speaker(console: Console) -> Callable[[str], None]:
    """Return what prints a sentence as it is, on one line however long."""

    def say(sentence: str) -> None:
        text = plain_lines(sentence)
        console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)

    return say


def complain(message: str, code: int) -> int:
    """Print on the standard error what was wrong; return the exit code."""
    print(f"latentune: {on_a_line(message)}", file=sys.stderr)
    return code
