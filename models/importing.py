"""TensorFlow imported without what it says of itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def import_tensorflow() -> None:
    """Import TensorFlow, where it is not yet, while this process writes no errors.

    Before it has read how much to say, it writes what it thinks of the machine's processors to
    the file of standard errors (observed with TensorFlow 2.21, at any `TF_CPP_MIN_LOG_LEVEL`).
    """
    if "tensorflow" not in sys.modules:
        with _silent():
            import tensorflow  # noqa: F401


@contextmanager
def _silent() -> Iterator[None]:
    """Let nothing reach the file of standard errors, which libraries in C write to."""
    try:
        kept = os.dup(2)
    except OSError:  # it is closed
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
