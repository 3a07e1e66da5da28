"""A user's text in what a search says: every character seen, none obeyed by the terminal."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console

from results.text import plain, plain_lines

LONGEST_NAME = 200
"""Characters of a label, a group or a task's name."""

LONGEST_MESSAGE = 1_000


def on_a_line(message: str) -> str:
    """What was wrong, on one line that can be read: its middle left out where it is long."""
    line = plain(" ".join(message.splitlines()))
    half = LONGEST_MESSAGE // 2
    return line if len(line) <= LONGEST_MESSAGE else f"{line[:half]} ... {line[-half:]}"


def speaker(console: Console) -> Callable[[str], None]:
    """What prints a sentence as it is, on one line however long."""

    def say(sentence: str) -> None:
        text = plain_lines(sentence)
        console.print(text, markup=False, highlight=False, emoji=False, soft_wrap=True)

    return say


def unfit(name: str) -> str | None:
    """Why a text cannot be the name of a column or a task; None if it can."""
    if len(name) > LONGEST_NAME:
        return f"it has {len(name)} characters, and a name has {LONGEST_NAME} at most"
    if plain(name) != name:
        return "it holds a control character"
    return None
