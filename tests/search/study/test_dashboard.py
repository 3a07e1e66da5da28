"""The dashboard of a run shows its journal, changes nothing and ends with the search."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from search.__main__ import main
from search.study.dashboard import serving
from search.study.study import Study
from search.tasks.reading import read_task

ROOT = Path(__file__).parents[3]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """A journal with a study of one trial."""
    path = tmp_path / "study.journal"
    study = Study(path, "night", read_task("easy"))
    number, _ = study.ask()
    study.tell(number, [0.5], {})
    return path


@pytest.fixture
def address(journal: Path) -> Iterator[str]:
    said: list[str] = []
    with serving(journal, said.append):
        (sentence,) = said
        yield sentence.removeprefix("Dashboard: ")


def ask(address: str, path: str, method: str = "GET", **headers: str) -> str:
    place = address.split("/dashboard")[0] + path
    request = urllib.request.Request(place, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=20) as reuse:
        return str(reuse.read().decode())


def test_the_journal_is_shown_and_cannot_be_changed(address: str, journal: Path) -> None:
    assert "<html" in ask(address, address.removeprefix(address.split("/dashboard")[0]))
    study = json.loads(ask(address, "/api/studies/0"))
    assert study["name"] == "night"
    assert [trial["values"] for trial in study["trials"]] == [[0.5]]
    before = journal.read_bytes()
    for method, path, headers in (
        ("DELETE", "/api/studies/0", {}),
        ("POST", "/api/trials/0/tell", {}),
        ("GET", "/api/studies/0", {"Host": "elsewhere.example"}),
    ):
        with pytest.raises(urllib.error.HTTPError, match="403"):
            ask(address, path, method, **headers)
    assert journal.read_bytes() == before


def test_it_ends_with_the_block(journal: Path) -> None:
    said: list[str] = []
    with serving(journal, said.append):
        pass
    with pytest.raises(urllib.error.URLError, match="refused"):
        ask(said[0].removeprefix("Dashboard: "), "/api/meta")


def test_it_ends_with_a_search_that_is_killed(journal: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path\n"
        "from search.study.dashboard import serving\n"
        "with serving(Path(sys.argv[1]), lambda said: print(said, flush=True)):\n"
        "    signal.pause()"
    )
    search = subprocess.Popen(
        [sys.executable, "-c", program, str(journal)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert search.stdout
    address = search.stdout.readline().strip().removeprefix("Dashboard: ")
    assert ask(address, "/api/meta")
    os.kill(search.pid, signal.SIGKILL)
    search.communicate()
    for _ in range(100):
        try:
            ask(address, "/api/meta")
        except OSError:
            return
        time.sleep(0.05)
    pytest.fail("the dashboard outlived its search")


def test_without_the_package_one_sentence_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *more: None if name == "optuna_dashboard" else found(name, *more),
    )
    assert main(["easy", "--dashboard"]) == 2
    said = capsys.readouterr().err
    assert "python -m pip install optuna-dashboard" in said and said.count("\n") == 1
