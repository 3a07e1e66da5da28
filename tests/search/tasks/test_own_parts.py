"""Parts of one's own are found by name, and a wrong name is said plainly."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evaluation.clusterers import CLUSTERERS
from models import FAMILIES
from search.tasks.own_parts import own_parts
from search.tasks.ranges import TaskError
from search.tasks.reading import from_json, read_task
from search.tasks.writing import as_toml
from tests.parts import alone, write_module


@pytest.fixture(autouse=True)
def tables() -> Iterator[None]:
    with alone():
        yield


@pytest.fixture
def task_file(tmp_path: Path) -> Path:
    """The task `easy` as a file beside a module of parts."""
    write_module(tmp_path)
    path = tmp_path / "own.toml"
    path.write_text(as_toml(read_task("easy")), encoding="utf-8")
    return path


def test_a_module_beside_the_task_file_is_found(task_file: Path) -> None:
    task = read_task(str(task_file), {"families": ["mlp_vae", "mine:FAMILY"]})
    assert task.families == ("mlp_vae", "mine:FAMILY")
    assert FAMILIES["mine:FAMILY"].name == "mine:FAMILY"
    (source,) = task.sources
    assert source.module == "mine" and [*source.files] == ["mine.py"]


def test_a_module_of_the_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "wrapped"
    package.mkdir()
    (package / "__init__.py").touch()
    write_module(package)
    monkeypatch.syspath_prepend(tmp_path)
    task = read_task("easy", {"clusterers": ["kmeans", "wrapped.mine:CLUSTERER"]})
    assert CLUSTERERS["wrapped.mine:CLUSTERER"].name == "wrapped.mine:CLUSTERER"
    assert {*task.sources[0].files} == {"wrapped/__init__.py", "wrapped/mine.py"}


def test_a_task_with_parts_survives_the_run_record_and_toml(task_file: Path) -> None:
    changes = {
        "families": ["mine:FAMILY"],
        "views": ["standard", "trimmed+mine:VIEW"],
        "objective": "coherence, mine:OBJECTIVE",
        "guards": ["finite", "mine:GUARD"],
        "space.mine:FAMILY.turn": [30.0],
    }
    task = read_task(str(task_file), changes)
    assert from_json(task.as_json()) == task
    task_file.write_text(as_toml(task), encoding="utf-8")
    assert read_task(str(task_file)) == task
    assert {name for _, name in own_parts(task.names)} == {
        *("mine:FAMILY", "mine:VIEW", "mine:OBJECTIVE", "mine:GUARD")
    }


def test_the_record_of_a_run_imports_nothing(task_file: Path) -> None:
    content = read_task("easy").as_json() | {"families": ["mine:FAMILY"]}
    with pytest.raises(TaskError, match="there is no 'mine:FAMILY'"):
        from_json(content)


@pytest.mark.parametrize(
    ("families", "said"),
    [
        (["nowhere:FAMILY"], r"there is no module nowhere in .*, in the current folder or among"),
        (["mine:NOTHING"], "mine:NOTHING: the module mine has no NOTHING"),
        (["mine:GUARD"], r"mine:GUARD is a guard; a family is a frozen dataclass of models\."),
        (["mine:robust"], "mine:robust is a function; a family is a frozen dataclass"),
        (["mine:"], "'mine:' names no part: write module:NAME"),
        (["mine:FAMILY:X"], "names no part"),
        (["theirs:FAMILY"], r"theirs cannot be imported \(ZeroDivisionError: division by zero\)"),
        (["lacking:FAMILY"], "the module lacking needs not_installed_anywhere: install it"),
        (["ending:FAMILY"], r"ending cannot be imported \(SystemExit: 3\)"),
    ],
)
def test_what_is_no_part_is_said_with_the_file(
    task_file: Path, families: list[str], said: str
) -> None:
    (task_file.parent / "theirs.py").write_text("1 / 0\n")
    (task_file.parent / "lacking.py").write_text("import not_installed_anywhere\n")
    (task_file.parent / "ending.py").write_text("raise SystemExit(3)\n")
    with pytest.raises(TaskError, match=f"^{task_file}: .*{said}"):
        read_task(str(task_file), {"families": families})


def test_a_module_of_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("")
    (tmp_path / "own.toml").write_text(as_toml(read_task("easy")))
    with pytest.raises(TaskError, match="has the name of a module that lies at .*give it another"):
        read_task(str(tmp_path / "own.toml"), {"families": ["json:FAMILY"]})
