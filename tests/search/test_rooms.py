"""Who may import whom, held by reading the imports of every file at every level."""

import ast
import subprocess
import sys
from collections.abc import Iterator
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
ONLY_IN = {
    "ray": "search",
    "optuna": "search",
    "optuna_dashboard": "search",
    "tensorflow": "models",
    "keras": "models",
    "mlflow": "results",
    "tensorboardX": "results",
}

FLOORS = ("contracts", "tasks", "study", "trial", "experiment", "backend", "")
"""The packages of `search`, each of which imports those before it; "" is the files at the top."""

OF_EVERY_FLOOR = {"search"}
"""`search/__init__.py` sets the environment, whichever file of the room is imported first."""


def imported(path: Path) -> set[str]:
    """Every module that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports by dots, which this test does not read"
            assert node.module
            found |= {node.module}
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name for name in inner if module_of(name).exists()}
    return found


def module_of(name: str) -> Path:
    """Where a module of ours would lie: its file, or the folder of a package."""
    folder = ROOT.joinpath(*name.split("."))
    return folder if folder.is_dir() else folder.with_suffix(".py")


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def every() -> list[Path]:
    return [path for room in sorted(ROOMS) for path in files(room)]


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def floor_of(name: str) -> str:
    """The floor of a module of `search`, by its name within the room."""
    first, _, inner = name.partition(".")[2].partition(".")
    return first if (ROOT / "search" / first).is_dir() else ""


def test_every_file_at_every_level_is_read() -> None:
    listed = subprocess.run(
        ["git", "ls-files", *(f"{room}/*.py" for room in ROOMS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    found = {shown(path) for path in every()}
    assert {"search/backend/tuner.py", "results/report/words.py"} <= found
    missing = set(listed.stdout.split()) - found
    assert not {name for name in missing if (ROOT / name).exists()}


@pytest.mark.parametrize("path", every(), ids=shown)
def test_a_room_imports_only_rooms_it_may(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0]
    tops = {name.split(".")[0] for name in imported(path)}
    assert tops & ROOMS - {own} <= MAY_IMPORT[own]
    assert {top for top in tops if ONLY_IN.get(top, own) != own} == set()


def test_the_floors_are_the_packages_of_the_search() -> None:
    packages = {path.parent.name for path in (ROOT / "search").glob("*/__init__.py")}
    assert packages == set(FLOORS) - {""}


@pytest.mark.parametrize("path", files("search"), ids=shown)
def test_a_floor_of_the_search_imports_only_those_below(path: Path) -> None:
    parts = path.relative_to(ROOT).with_suffix("").parts
    own = FLOORS.index(floor_of(".".join(parts)))
    above = {
        name
        for name in imported(path) - OF_EVERY_FLOOR
        if name.split(".")[0] == "search" and FLOORS.index(floor_of(name)) > own
    }
    assert not above


def test_an_import_of_a_floor_above_would_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "x.py"
    path.write_text("from search.trial import trial\nfrom search import run\nimport ray.tune\n")
    assert imported(path) == {
        "search.trial",
        "search.trial.trial",
        "search",
        "search.run",
        "ray.tune",
    }
    floors = [floor_of(name) for name in ("search.trial.trial", "search.trial", "search.run")]
    assert floors == ["trial", "trial", ""]


def test_nothing_in_the_search_runs_in_a_circle() -> None:
    """No module imports another that imports it, by whatever way."""
    names = {shown(path)[: -len(".py")].replace("/", "."): path for path in files("search")}
    arrows = {name: imported(path) & names.keys() - {name} for name, path in names.items()}

    def reached(name: str) -> Iterator[str]:
        seen: set[str] = set()
        waiting = [*arrows[name]]
        while waiting:
            if (here := waiting.pop()) not in seen:
                seen.add(here)
                yield here
                waiting += arrows[here]

    assert {name for name in names if name in set(reached(name))} == set()


def test_models_know_no_more_of_data_than_songs_and_how_they_are_presented() -> None:
    known = {"data", "data.songs", "data.presentation", "data.views", "data.errors"}
    for path in files("models"):
        assert {name for name in imported(path) if name.split(".")[0] == "data"} <= known


def loaded_by(statement: str, folder: Path) -> set[str]:
    """Top-level modules in a fresh process after a statement."""
    code = f"import sys\n{statement}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_the_conductor_loads_neither_tensorflow_nor_numba() -> None:
    statement = "import search.start, search.resume, search.assign, search.status"
    assert not {"tensorflow", "keras", "numba"} & loaded_by(statement, ROOT)


def test_help_loads_nothing_heavy() -> None:
    heavy = {"ray", "optuna", "tensorflow", "pandas", "numpy", "sklearn", "rich"}
    assert not heavy & loaded_by(
        "import search.__main__ as m; m.search_parser().format_help()", ROOT
    )


def test_results_load_where_empty_folders_bear_the_names_of_rooms(tmp_path: Path) -> None:
    for room in ROOMS:
        (tmp_path / room).mkdir()
    assert "pandas" in loaded_by("import results; results.load", tmp_path)
