"""What a search says that its report is to say again, and the report at its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def keeping(kept: list[str], say: Callable[[str], None]) -> Callable[[str], None]:
    """Return what says a sentence and appends it to `kept`, for the report to say again."""

    def both(sentence: str) -> None:
        kept.append(sentence)
        say(sentence)

    return both


def report(folder: Path, say: Callable[[str], None]) -> None:
    """Write the report of a run; say so where that fails, for the tables are whole without it."""
    from results.report.page import write_report

    try:
        write_report(folder)
    except Exception as error:
        say(
            f"The report could not be made ({type(error).__name__}: {error}). The tables are "
            f"whole; `python -m results report {folder}` tries again."
        )
