"""Waiting for what another thread or process is about to do."""

import time
from collections.abc import Callable


def until(reached: Callable[[], bool], seconds: float = 20.0, what: str = "") -> None:
    """Return once it is reached; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)
