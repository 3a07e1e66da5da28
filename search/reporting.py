"""The report at the end of a search, which must not spoil what the search found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def keeping(kept: list[str], say: Callable[[str], None]) -> Callable[[str], None]:
    """What says a sentence and keeps it, so that the report can say it again."""

    def both(sentence: str) -> None:
        kept.append(sentence)
        say(sentence)

    return both


def report(folder: Path, say: Callable[[str], None]) -> None:
    """Draw the report of a run; where that fails say so, for the tables are whole without it."""
    from results.report.page import write_report

    try:
        write_report(folder)
    except Exception as error:
        say(
            f"The report could not be made ({type(error).__name__}: {error}). The tables are "
            f"whole; `python -m results report {folder}` tries again."
        )
