"""The programs compiled in this process, so that each is compiled once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from models.training import Program


class ProgramCache:
    """At most `size` programs; the least recently used is dropped."""

    def __init__(self, size: int = 16) -> None:
        self._size = size
        self._programs: OrderedDict[Hashable, Program] = OrderedDict()

    def get(self, key: Hashable, build: Callable[[], Program]) -> Program:
        """Return the program of this key; made by `build` if it is not there."""
        if key not in self._programs:
            self._programs[key] = build()
        self._programs.move_to_end(key)
        while len(self._programs) > self._size:
            self._programs.popitem(last=False)
        return self._programs[key]


PROGRAMS = ProgramCache()
"""The programs of this process."""
