"""What Ray says of a trial that ended without a result, in one sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

_IN_CREATION = "error raised in its creation task"
"""Ray's words for a worker that could not be made."""

_GONE = r"(died|is dead|is unavailable)"
"""Ray's words for an actor or node that has died."""

_DEATH = re.compile(rf"(actor|node)( [0-9a-f]{{16,}})? {_GONE}|worker.* died", re.I)
"""How Ray says that the process of a trial died, observed with Ray 2.60."""

_NO_MEMORY = re.compile(r"running low on memory|OutOfMemoryError", re.I)
"""How Ray says that it ended a process for want of memory."""

_RAISED = re.compile(r"^([A-Z]\w*(?:\.<locals>)?[\w.]*: .*)$", re.MULTILINE)
"""The last line of a traceback: the class of an exception and its message."""


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
    if _NO_MEMORY.search(error):
        return WorkerFailure(
            "OutOfMemoryError", "the machine ran out of memory; Ray ended the worker"
        )
    raised = _RAISED.findall(error)
    kind, _, text = raised[-1].partition(": ") if raised else ("", "", "")
    if _IN_CREATION in error and raised:
        return WorkerFailure(kind, f"{text} (while the worker was made)")
    if not error or _DEATH.search(error):
        return WorkerFailure("WorkerDied", "the worker or its node died", died=True)
    if raised:
        return WorkerFailure(kind, text)
    return WorkerFailure("UnknownError", error.strip().splitlines()[-1])
