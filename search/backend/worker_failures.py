"""What Ray says of a trial that ended without a result, in one sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

IN_CREATION = "error raised in its creation task"
GONE = r"(died|is dead|is unavailable)"
DEATH = re.compile(rf"(actor|node)( [0-9a-f]{{16,}})? {GONE}|worker.* died", re.I)
NO_MEMORY = re.compile(r"running low on memory|OutOfMemoryError", re.I)
RAISED = re.compile(r"^([A-Z]\w*(?:\.<locals>)?[\w.]*: .*)$", re.MULTILINE)


@dataclass(frozen=True)
class WorkerFailure:
    """How a trial ended.

    Attributes
    ----------
    text : one sentence, its kind before the first colon where it has one.
    died : whether its process or node is gone, so that running it again may help.
    """

    text: str
    died: bool


def worker_failure(error: str) -> WorkerFailure:
    """The end of a trial from what Tune writes down of its error."""
    if NO_MEMORY.search(error):
        return WorkerFailure(
            "OutOfMemoryError: the machine ran out of memory; Ray ended the worker", False
        )
    raised = RAISED.findall(error)
    if IN_CREATION in error and raised:
        return WorkerFailure(f"{raised[-1]} (while the worker was made)", False)
    if not error or DEATH.search(error):
        return WorkerFailure("the worker or its node died", True)
    return WorkerFailure(raised[-1] if raised else error.strip().splitlines()[-1], False)
