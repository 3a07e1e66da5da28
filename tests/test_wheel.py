"""A wheel built from pyproject.toml holds every package, nested ones too, and other files."""

import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("data", "models", "evaluation", "results", "search")


@pytest.fixture(scope="module")
def built() -> dict[str, Any]:
    """What pyproject.toml says of packages to setuptools."""
    content = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: dict[str, Any] = content["tool"]["setuptools"]
    return found


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Files of the rooms that git knows and that are there."""
    listed = subprocess.run(
        ["git", "ls-files", *ROOMS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [Path(name) for name in listed.stdout.split() if (ROOT / name).exists()]


@pytest.fixture(scope="module")
def packages(built: dict[str, Any]) -> set[str]:
    """The packages that setuptools finds, by its own rule."""
    pytest.importorskip("setuptools", exc_type=ImportError)
    find = built["packages"]["find"]
    code = (
        "from setuptools import find_packages as find\n"
        f"print(*find(include={find['include']!r}, exclude={find['exclude']!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def dotted(folder: Path) -> str:
    return ".".join(folder.parts)


def test_every_folder_with_code_is_a_package_of_the_wheel(
    tracked: list[Path], packages: set[str]
) -> None:
    folders = {dotted(path.parent) for path in tracked if path.suffix == ".py"}
    assert {"search.backend", "search.tasks", "results.report"} <= folders
    assert folders == packages


def test_every_other_file_is_data_of_its_package(
    tracked: list[Path], built: dict[str, Any]
) -> None:
    patterns: dict[str, list[str]] = built["package-data"]
    others = [path for path in tracked if path.suffix != ".py"]
    assert {".toml", ".css", ".jinja", ".js"} <= {path.suffix for path in others}
    left_out = [
        str(path)
        for path in others
        if not any(
            fnmatch(str(path.relative_to(folder)), each)
            for folder in path.parents
            for each in patterns.get(dotted(folder), [])
        )
    ]
    assert not left_out
