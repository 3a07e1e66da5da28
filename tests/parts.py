"""The parts of docs/extending.md as a module, in a folder of their own."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search.tasks.kinds import KINDS

PAGE = Path(__file__).parents[1] / "docs" / "extending.md"
MODULES = ("mine", "theirs", "wrapped")
"""Modules that tests write."""

NAMES = ("FAMILY", "VIEW", "REDUCER", "CLUSTERER", "OBJECTIVE", "GUARD")


def blocks() -> list[str]:
    """The Python of the page, in its order; the last is not of the module."""
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def write_module(folder: Path, name: str = "mine") -> Path:
    """The module of the page."""
    path = folder / f"{name}.py"
    path.write_text("\n\n".join(blocks()[:-1]), encoding="utf-8")
    return path


@contextmanager
def alone() -> Iterator[None]:
    """Tables, modules and paths are as before after the block."""
    tables = [(kind.table, dict(kind.table)) for kind in KINDS.values()]
    modules, paths = {*sys.modules}, [*sys.path]
    try:
        yield
    finally:
        for table, before in tables:
            table.clear()
            table.update(before)
        for name in {*sys.modules} - modules:
            if name.partition(".")[0] in MODULES:
                del sys.modules[name]
        sys.path[:] = paths
