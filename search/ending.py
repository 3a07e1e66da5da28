"""How a run ended: what is said of it at the end, and the exit code."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

import results
from results.folder import read_info
from results.show import comparison_table
from search.exit_codes import ExitCode
from search.wording import complain, speaker

REPORT = "report.html"
"""The page that `results.report` writes into the run folder."""


@dataclass(frozen=True)
class Finished:
    """How a run ended.

    Attributes
    ----------
    folder : the run folder.
    interrupted : whether it was stopped before its end.
    given_up : why it was given up, in words; None if it was not.
    compared : whether there is a comparison, which needs a trial that held every guard.
    """

    folder: Path
    interrupted: bool
    given_up: str | None
    compared: bool


def ended(finished: Finished, console: Console) -> int:
    """Print how a run ended; return the exit code."""
    _show(finished, console)
    command = f"python -m search resume {finished.folder}"
    if finished.interrupted:
        speaker(console)(f"Go on with it: {command}")
        return ExitCode.INTERRUPTED
    if finished.given_up:
        message = f"{finished.given_up}. Mend the cause, then go on: {command}"
        return complain(message, ExitCode.SEARCH_FAILED)
    return ExitCode.DONE


def _show(finished: Finished, console: Console) -> None:
    """Print the comparison, or why there is none, and where the tables and the report are."""
    folder, say = finished.folder, speaker(console)
    if finished.compared:
        console.print(comparison_table(results.load(folder)))
    elif finished.interrupted:
        say("Stopped before any finalist was trained, so there is no comparison yet.")
    elif not finished.given_up:
        settings = read_info(folder)["settings"]
        say(why_no_comparison(_statuses(folder), settings["finalist_seeds"]))
    say(f"Tables: {folder}")
    if (folder / REPORT).exists():
        say(f"Report: {folder / REPORT}")


def _statuses(folder: Path) -> set[str]:
    """Return the statuses that searched trials and baselines of a run have."""
    try:
        trials = results.load(folder, "trials", columns=["role", "status"])
    except results.ResultsError:
        return set()  # no trial has ended
    return set(trials.loc[trials["role"].isin(["search", "baseline"]), "status"])


def why_no_comparison(statuses: Collection[str], finalist_seeds: int) -> str:
    """Return why a run that has ended has no comparison, in one sentence.

    Parameters
    ----------
    statuses : of its searched trials and baselines.
    finalist_seeds : seeds on which each finalist was to be trained; 0 where none was asked for.
    """
    if not statuses:
        return "No trial has ended, so there is no comparison."
    if set(statuses) == {"failed"}:
        return (
            "Every trial failed, so there is no comparison: the column error of the table trials "
            "says why."
        )
    if "complete" not in statuses:
        return (
            "No trial held every guard, so nothing won and there is no comparison: the column "
            "guard of the table trials says what failed."
        )
    if not finalist_seeds:
        return (
            "No finalists were asked for (finalist_seeds is 0), so there is no comparison: the "
            "table trials has the score of every trial."
        )
    return (
        "No trial could be ranked, or every finalist failed, so there is no comparison: the "
        "columns leaks and error of the table trials say why."
    )
