"""Benchmarks as modules: they are programs beside each other, not a package."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def judging(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return module("judging", monkeypatch)


@pytest.fixture
def noise(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return module("noise", monkeypatch)


@pytest.fixture
def search_quality(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return module("search_quality", monkeypatch)


@pytest.fixture
def replaying(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return module("replaying", monkeypatch)


@pytest.fixture
def warm_starting(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return module("warm_starting", monkeypatch)


@pytest.fixture
def halving(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return module("halving", monkeypatch)


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return module("outside", monkeypatch)


@pytest.fixture
def intact(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return module("intact", monkeypatch)


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return module("breaking", monkeypatch)


@pytest.fixture
def soak(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return module("soak", monkeypatch)


def module(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module(name)
