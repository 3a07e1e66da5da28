"""Modules of one's own are imported from memory where their files are not."""

import subprocess
import sys
from pathlib import Path

import pytest

from search.tasks import sources
from search.tasks.ranges import TaskError
from search.tasks.sources import Source
from tests.parts import alone

ROOT = Path(__file__).parents[3]


def source_of(folder: Path, name: str) -> Source:
    """The source of a module in a folder."""
    import importlib

    with alone():
        sys.path.insert(0, str(folder))
        importlib.invalidate_caches()
        return Source.of(importlib.import_module(name))


def elsewhere(statements: str, *given: Source) -> str:
    """What is printed by a process that has nothing but sources."""
    import pickle

    code = (
        "import pickle, sys\nfrom search.tasks.sources import importable\n"
        f"sources = [pickle.loads(one) for one in {[pickle.dumps(one) for one in given]!r}]\n"
        f"{statements}"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return done.stdout.strip()


def test_a_package_is_imported_with_what_it_imports_later(tmp_path: Path) -> None:
    package = tmp_path / "wrapped"
    (package / "inner").mkdir(parents=True)
    for folder in (package, package / "inner"):
        (folder / "__init__.py").touch()
    (package / "inner" / "late.py").write_text("VALUE = 7\n")
    (package / "mine.py").write_text(
        "def value():\n    from wrapped.inner.late import VALUE\n    return VALUE\n"
    )
    source = source_of(tmp_path, "wrapped")
    for path in package.rglob("*.py"):
        path.unlink()
    found = elsewhere(
        "importable(sources)\nimport wrapped.mine\nprint(wrapped.mine.value())", source
    )
    assert found == "7"


def test_a_traceback_shows_the_lines_of_the_module(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("def fails():\n    return 1 / 0  # here\n")
    source = source_of(tmp_path, "mine")
    found = elsewhere(
        "importable(sources)\nimport mine, traceback\n"
        "try:\n    mine.fails()\nexcept ZeroDivisionError:\n    print(traceback.format_exc())",
        source,
    )
    assert "return 1 / 0  # here" in found and "mine.py" in found


def test_the_module_of_another_search_takes_the_place_of_the_first(tmp_path: Path) -> None:
    given = []
    for value in (1, 2):
        folder = tmp_path / str(value)
        folder.mkdir()
        (folder / "mine.py").write_text(f"VALUE = {value}\n")
        given.append(source_of(folder, "mine"))
    found = elsewhere(
        "for one in (sources[0], sources[0], sources[1]):\n"
        "    importable([one])\n    import mine\n    print(mine.VALUE)",
        *given,
    )
    assert found.split() == ["1", "1", "2"]


def test_what_was_imported_from_where_it_lies_stays(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("VALUE = 1\n")
    with alone():
        sys.path.insert(0, str(tmp_path))
        import mine  # type: ignore[import-not-found]

        finders = [*sys.meta_path]
        sources.importable([Source.of(mine)])
        assert sys.meta_path == finders and sys.modules["mine"] is mine


def test_what_has_no_python_file_and_what_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import math

    with pytest.raises(TaskError, match="the module math has no Python file"):
        Source.of(math)
    monkeypatch.setattr(sources, "MOST_BYTES", 3)
    (tmp_path / "mine.py").write_text("VALUE = 1\n")
    with pytest.raises(TaskError, match="write the part in a module of its own"):
        source_of(tmp_path, "mine")
