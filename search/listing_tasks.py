"""`python -m search tasks`: the project's own tasks, and what a task file may name."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table
from rich.text import Text

from data import views
from search.console import console as make_console
from search.console import outlive_readers
from search.exit_codes import ExitCode
from search.tasks.parts import Parts, parts
from search.tasks.reading import TASKS, read_task
from search.tasks.task import Task
from search.tasks.writing import as_toml
from search.wording import speaker

_ORDER = ("easy", "medium", "hard")
"""Tasks that are listed first."""

_KEYS = ("families", "baselines", "views", "reducers", "clusterers")
"""Keys of a task whose names its line has."""


def command(arguments: argparse.Namespace) -> int:
    """Print all tasks and parts, or one task; return the exit code."""
    outlive_readers()
    console = make_console()
    if arguments.task is not None:
        speaker(console)(as_toml(read_task(arguments.task)))
        return ExitCode.DONE
    show(console)
    return ExitCode.DONE


def show(console: Console) -> None:
    """Print the tasks and the parts: tables on a terminal, elsewhere a line for each."""
    print_parts(_tasks(), console)
    for kind in parts():
        print_parts(kind, console)
    order = ", then ".join(" or ".join(words) for words in views.order())
    say = speaker(console)
    say(f"A view takes {order}, at most one of each.")
    say("A part of your own is named by its module, as mine:FAMILY: see docs/extending.md.")
    say("python -m search tasks NAME prints a task as TOML, from which to begin your own.")


def print_parts(kind: Parts, console: Console) -> None:
    """Print parts of one kind: a table on a terminal, elsewhere a line for each."""
    say = speaker(console)
    if not console.is_terminal:
        say(f"{kind.title}\n  {' | '.join(kind.columns)}")
        for row in kind.rows:
            say(f"  {' | '.join(row)}")
        say("")
        return
    table = Table(box=None, title=Text(kind.title, style="bold"), title_justify="left")
    for place, column in enumerate(kind.columns):
        first = place == 0
        table.add_column(column, no_wrap=first, overflow="fold", style="bold" if first else "")
    for row in kind.rows:
        table.add_row(*map(Text, row))
    console.print(table)
    console.print()


def _tasks() -> Parts:
    """Return the tasks that come with the project."""
    found = {path.stem: read_task(path.stem) for path in sorted(TASKS.glob("*.toml"))}
    order = [*(name for name in _ORDER if name in found), *(found.keys() - {*_ORDER})]
    return Parts("tasks", ("name", "what it searches"), [(n, _line(found[n])) for n in order])


def _line(task: Task) -> str:
    """Return what a task searches, in one line."""
    low, high = task.clusters
    named = "; ".join(f"{key} {', '.join(getattr(task, key))}" for key in _KEYS)
    return f"{task.trials} trials; {named}; {low} to {high} clusters"
