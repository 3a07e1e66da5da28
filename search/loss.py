"""What Ray says of a trial that ended without an outcome, in one sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEATHS = ("ActorDiedError", "ActorUnavailableError", "NodeDiedError", "WorkerCrashedError")
NO_MEMORY = "OutOfMemoryError"
RAISED = re.compile(r"^([\w.]+(?:Error|Exception|Interrupt|Exit)\b.*)$", re.MULTILINE)


@dataclass(frozen=True)
class End:
    """How a trial ended.

    Attributes
    ----------
    text : one sentence, its kind before the first colon where it has one.
    died : whether its process or node is gone, so that running it again may help.
    """

    text: str
    died: bool


def end_of(error: Exception | None) -> End:
    """The end of a trial from what Tune keeps of its error."""
    text = str(error or "")
    if NO_MEMORY in text:
        return End(f"{NO_MEMORY}: the machine ran out of memory and Ray ended the worker", False)
    raised = [line for line in RAISED.findall(text) if not line.startswith("ray.")]
    if "creation task" in text and raised:
        return End(f"{raised[-1]} (while the worker was made)", False)
    if not text or any(name in text for name in DEATHS):
        return End("the worker or its node died", True)
    return End(raised[-1] if raised else text.strip().splitlines()[-1], False)
