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
    """How a trial ended without a result.

    Attributes
    ----------
    kind : class of the error, as in the column `error_kind`.
    text : what went wrong, in one sentence.
    died : whether the process or its node is gone, so that running the trial again may help.
    """

    kind: str
    text: str
    died: bool = False

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


def worker_failure(error: str) -> WorkerFailure:
    """Return how a trial ended, from what Tune writes down of its error."""
    if NO_MEMORY.search(error):
        return WorkerFailure(
            "OutOfMemoryError", "the machine ran out of memory; Ray ended the worker"
        )
    raised = RAISED.findall(error)
    kind, _, text = raised[-1].partition(": ") if raised else ("", "", "")
    if IN_CREATION in error and raised:
        return WorkerFailure(kind, f"{text} (while the worker was made)")
    if not error or DEATH.search(error):
        return WorkerFailure("WorkerDied", "the worker or its node died", died=True)
    if raised:
        return WorkerFailure(kind, text)
    return WorkerFailure("UnknownError", error.strip().splitlines()[-1])
