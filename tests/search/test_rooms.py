"""Who may import whom, held by reading the imports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = {"data", "models", "evaluation", "results", "search"}
MAY_IMPORT = {
    "data": set(),
    "evaluation": set(),
    "results": set(),
    "models": {"data"},
    "search": {"data", "models", "evaluation", "results"},
}
ONLY_IN = {"ray": "search", "optuna": "search", "tensorflow": "models", "keras": "models"}


def imported(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def files() -> list[Path]:
    return [path for room in sorted(ROOMS) for path in sorted((ROOT / room).glob("*.py"))]


@pytest.mark.parametrize("path", files(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_room_imports_only_rooms_it_may(path: Path) -> None:
    own = path.parent.name
    tops = {name.split(".")[0] for name in imported(path)}
    assert tops & ROOMS - {own} <= MAY_IMPORT[own]
    assert {top for top in tops if ONLY_IN.get(top, own) != own} == set()


def test_models_know_no_more_of_data_than_songs_and_how_they_are_presented() -> None:
    known = {"data", "data.songs", "data.presentation", "data.errors"}
    for path in (ROOT / "models").glob("*.py"):
        assert {name for name in imported(path) if name.split(".")[0] == "data"} <= known


def loaded_by(statement: str, folder: Path) -> set[str]:
    """Top-level modules in a fresh process after a statement."""
    code = f"import sys\n{statement}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_the_conductor_never_loads_tensorflow() -> None:
    assert not {"tensorflow", "keras"} & loaded_by("import search.run", ROOT)


def test_help_loads_nothing_heavy() -> None:
    heavy = {"ray", "optuna", "tensorflow", "pandas", "numpy", "sklearn", "rich"}
    assert not heavy & loaded_by(
        "import search.__main__ as m; m.search_parser().format_help()", ROOT
    )


def test_results_load_where_empty_folders_bear_the_names_of_rooms(tmp_path: Path) -> None:
    for room in ROOMS:
        (tmp_path / room).mkdir()
    assert "pandas" in loaded_by("import results; results.load", tmp_path)
