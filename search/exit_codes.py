"""The codes that `python -m search` exits with."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    USAGE = 2
    BAD_DATA = 3
    SEARCH_FAILED = 4
    INTERRUPTED = 130
