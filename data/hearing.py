"""What is kept of one sound file: its map, its tags, and what tells whether the file changes."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from data import remarks
from data.audio import hear
from data.errors import DataError, printable, shortened
from data.log_mel import LogMel
from data.tags import read_tags


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
    try:
        with _threads().limit(limits=1):  # sums of several differ in the last bit
            heard = hear(path, log_mel, windows)
    except DataError as error:
        problem = str(error)
    except (OSError, RuntimeError, ValueError, MemoryError) as error:
        # one odd file must not stop the others
        why = shortened(f"{error or type(error).__name__}")
        problem = printable(
            f"{shortened(path)} cannot be heard ({why}); leave it out or export it again"
        )
    else:
        return heard.map, {**remarks.facts_of(heard), **facts}
    return problem, {"reason": remarks.reason(problem, str(path)), **facts}
