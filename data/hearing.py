"""What is heard of one sound file, its tags, and what tells whether the file changes."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

from data import remarks
from data.audio import hear, hear_windows
from data.errors import DataError, printable, shortened
from data.log_mel import LogMel
from data.tags import read_tags

T = TypeVar("T")


def state_of(path: Path) -> dict[str, int]:
    """Return what tells whether a file has changed; nothing if it cannot be looked at."""
    try:
        state = os.stat(path)
    except (OSError, ValueError):
        return {}
    return {"size": state.st_size, "mtime_ns": state.st_mtime_ns}


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()


def hear_song(
    path: Path, log_mel: LogMel, windows: int, tagged: bool
) -> tuple[np.ndarray | str, dict[str, Any]]:
    """Return the map of a song, or why there is none, and what else the journal is to hold."""
    facts: dict[str, Any] = state_of(path)  # before it is heard, so that no change is missed
    if tagged:
        facts["tags"] = read_tags(path)
    heard = _heard(path, lambda: hear(path, log_mel, windows))
    if isinstance(heard, str):
        return heard, {"reason": remarks.reason(heard, str(path)), **facts}
    return heard.map, {**remarks.facts_of(heard), **facts}


def hear_song_windows(
    path: Path, rate: int, samples: int, windows: int
) -> tuple[list[np.ndarray] | str, dict[str, int]]:
    """Return windows of a song as `hear_windows`, or why there are none, and its `state_of`."""
    state = state_of(path)  # before it is heard, as above
    return _heard(path, lambda: hear_windows(path, rate, samples, windows)), state


def _heard(path: Path, hear_it: Callable[[], T]) -> T | str:
    """Return what is heard of a file, or a sentence on why nothing is."""
    try:
        with _threads().limit(limits=1):  # sums of several differ in the last bit
            return hear_it()
    except DataError as error:
        return str(error)
    except (OSError, RuntimeError, ValueError, MemoryError) as error:
        # one odd file must not stop the others
        why = shortened(f"{error or type(error).__name__}")
        return printable(
            f"{shortened(path)} cannot be heard ({why}); leave it out or export it again"
        )
