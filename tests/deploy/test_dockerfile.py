"""The image: what its file promises, without a builder of images."""

import json
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.deploy.dockerfile import Stage, stages

ROOT = Path(__file__).parents[2]
ROOMS = {"data", "models", "evaluation", "results", "search"}


@pytest.fixture(scope="module")
def read() -> dict[str, Stage]:
    return stages(ROOT / "deploy" / "Dockerfile")


def test_there_is_one_target_for_cores_and_one_for_gpus(read: dict[str, Stage]) -> None:
    assert list(read)[-2:] == ["cpu", "gpu"]
    assert "requirements-gpu.txt" in " ".join(read["gpu"].texts("RUN"))
    assert "requirements-gpu.txt" not in " ".join(read["cpu"].texts("RUN"))
    rest = [
        [
            step
            for step in read[name].steps
            if "requirements" not in step.text and step.kind != "ENV"
        ]
        for name in ("cpu", "gpu")
    ]
    assert rest[0] == rest[1]


def test_the_base_is_pinned_to_the_python_that_everything_is_tested_on(
    read: dict[str, Stage],
) -> None:
    outside = {stage.base for stage in read.values()} - set(read)
    (base,) = outside
    found = re.fullmatch(r"python:(3\.11)\.\d+-slim-bookworm", base)
    assert found
    assert f'python_version = "{found[1]}"' in (ROOT / "pyproject.toml").read_text()


def test_what_is_installed_is_pinned() -> None:
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        assert not line or line.startswith("#") or re.fullmatch(r"[\w\[\],-]+==[\d.]+", line), line


@pytest.mark.parametrize("target", ["cpu", "gpu"])
def test_the_user_is_not_root_and_the_command_is_a_search(
    read: dict[str, Stage], target: str
) -> None:
    kinds = [step.kind for step in read[target].steps]
    assert kinds.index("USER") > max(
        place for place, kind in enumerate(kinds) if kind in ("RUN", "COPY")
    )
    (user,) = read[target].texts("USER")
    uid, gid = map(int, user.split(":"))
    assert uid > 0 and gid > 0 and f"--uid {uid} " in " ".join(read["base"].texts("RUN"))
    (entrypoint,) = read[target].texts("ENTRYPOINT")
    assert json.loads(entrypoint) == ["python", "-m", "search"]


def test_byte_code_of_all_rooms_is_compiled(read: dict[str, Stage]) -> None:
    (compiling,) = read["code"].texts("RUN")
    assert compiling.startswith("python -m compileall") and set(compiling.split()) >= ROOMS
    everything = (ROOT / "deploy" / "Dockerfile").read_text()
    assert "DONTWRITEBYTECODE" not in everything and "--no-compile" not in everything


def admitted(name: str) -> bool:
    """Whether deploy/Dockerfile.dockerignore lets a path into the build; the last rule counts."""
    found = True
    for rule in (ROOT / "deploy" / "Dockerfile.dockerignore").read_text().splitlines():
        pattern = rule.lstrip("!").rstrip("/")
        if rule and not rule.startswith("#"):
            parts = name.split("/")
            heads = ["/".join(parts[: place + 1]) for place in range(len(parts))]
            inside = pattern.removeprefix("**/")
            if pattern == "*" or pattern in heads or (inside != pattern and inside in parts):
                found = rule.startswith("!")
    return found


def test_what_is_copied_is_there_and_let_in_and_nothing_private_is(read: dict[str, Stage]) -> None:
    copied = [
        source
        for stage in read.values()
        for text in stage.texts("COPY")
        if not text.startswith("--from")
        for source in text.split()[:-1]
    ]
    assert {name.rstrip("/") for name in copied} >= ROOMS
    for name in copied:
        assert (ROOT / name).exists() and admitted(name.rstrip("/")), name
    assert admitted("search/tasks/easy.toml") and admitted("results/report/templates/x.html")
    for name in (".git/config", "data/sets/mine/dataset.csv", "results/runs/easy/x/run.json"):
        assert not admitted(name), name
    assert not admitted("search/__pycache__/cli.pyc") and not admitted(".venv/bin/python")
    assert not any(fnmatch(name, "*.env") for name in copied)
