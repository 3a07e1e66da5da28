"""`assign` writes one file and leaves no other behind."""

import os
from pathlib import Path

from search.__main__ import main


def test_what_a_killed_assign_left_is_removed_by_the_next(tmp_path: Path) -> None:
    left, other = (tmp_path / f".{name}.0123456789abcdef.tmp" for name in ("out.csv", "mine.csv"))
    for path in (left, other):
        path.touch()
        os.utime(path, (0, 0))
    given = ["--data", str(tmp_path), "--out", str(tmp_path / "out.csv"), "--root", str(tmp_path)]
    assert main(["assign", "easy", *given]) == 2  # there is no run, and the file is gone already
    assert os.listdir(tmp_path) == [other.name]
