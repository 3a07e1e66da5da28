"""A user's text in what a search says: every character seen, none obeyed by the terminal."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console

from results.text import plain, plain_lines

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
