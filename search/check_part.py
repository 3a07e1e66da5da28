"""`python -m search check-part`: whether a part of one's own keeps the promises of its kind."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import Any

from search.console import console, outlive_readers
from search.contracts import clusterers, families, functions, reducers, views
from search.contracts.promise import Promise, looked_at
from search.exit_codes import ExitCode
from search.tasks.kinds import KINDS, kind_of
from search.tasks.own_parts import bring, imported
from search.tasks.ranges import TaskError
from search.wording import on_a_line, speaker

SUITES: dict[str, tuple[Callable[[Any], object], Sequence[Promise]]] = {
    "family": (families.FamilyCase, families.PROMISES),
    "view": (lambda part: part, views.PROMISES),
    "reducer": (lambda part: part, reducers.PROMISES),
    "clusterer": (lambda part: part, clusterers.PROMISES),
    "objective": (lambda part: part, functions.OF_OBJECTIVES),
    "guard": (lambda part: part, functions.OF_GUARDS),
}
"""Kind -> the case that its promises take, made of a part, and the promises."""


def command(arguments: argparse.Namespace) -> int:
    """Print every promise and whether it is kept; return the exit code."""
    outlive_readers()
    say = speaker(console())
    name = arguments.part
    kind = kind_of(imported(name))
    if kind is None:
        kinds = ", ".join(KINDS)
        raise TaskError(f"{name} is no part ({kinds}): see docs/extending.md for what each is")
    bring([(kind, name)])
    case_of, every = SUITES[kind.name]
    broken = 0
    for promise, seen in looked_at(case_of(kind.table[name]), every):
        broken += seen is not None
        if seen is None:
            say(f"kept    {promise.sentence}")
        else:
            say(f"BROKEN  {promise.sentence} But {on_a_line(seen)}.")
    say(
        f"{name} keeps {len(every) - broken} of the {len(every)} promises of its kind "
        f"({kind.name})."
    )
    return ExitCode.DONE if not broken else ExitCode.USAGE
