"""A worker that lets no other thread run, and a parent that waits for it: run as a program."""

import re
from pathlib import Path
from typing import Any

from data.workers import in_order


def hold(path: Path) -> Any:
    """Write that it begins, and search for what cannot be found: a minute and more in C."""
    path.touch()
    return re.match("(a+)+$", "a" * 40 + "b")


if __name__ == "__main__":
    import sys

    from tests.data import holding

    list(in_order(holding.hold, [(Path(name),) for name in sys.argv[1:]], 2))
