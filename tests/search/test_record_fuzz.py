"""Whatever a run.json says, it is a run or one clear sentence, and nothing outside is touched.

`LATENTUNE_FUZZ=3000` tries as many records.
"""

import copy
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import results
import search.run
from results.__main__ import main as results_main
from search.__main__ import main
from search.origin import signature
from tests.memory import Growth
from tests.mistakes import make_folder
from tests.search.test_task_fuzz import paths, values

EXAMPLES = int(os.environ.get("LATENTUNE_FUZZ", "150"))
MOST_BYTES = 2 * 2**30


class WentOn(Exception):
    """Where Ray would start."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with a key, songs, and a run of one's own."""
    folder = tmp_path_factory.mktemp("fuzzed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.chdir(folder)

        def ready(*arguments: object) -> None:
            raise WentOn

        patch.setattr(search.run, "_ready", ready)
        make_folder(folder)
        (folder / "home" / ".ssh").mkdir(parents=True)
        (folder / "home" / ".ssh" / "authorized_keys").write_text("mine\n")
        shutil.copytree(folder / "runs", folder / "kept")
        yield folder


def surroundings(base: Path) -> dict[str, tuple[int, str]]:
    """Every file but those of the run: mode and content."""
    found = {}
    for path in sorted(base.rglob("*")):
        if not path.is_relative_to(base / "runs" / "easy" / "night"):
            content = path.read_bytes() if path.is_file() else b""
            found[str(path)] = path.lstat().st_mode, hashlib.sha256(content).hexdigest()
    return found


def hostile(base: Path) -> st.SearchStrategy[Any]:
    """Values that a stranger would put there, and any others."""
    ssh = base / "home" / ".ssh"
    text = st.sampled_from(
        [
            *(ssh.as_uri(), str(ssh), "../../../home/.ssh", "file:///", "/", "s3://", "~"),
            *("file://user:word@host/x", "x://y", "[/old]", "\x1b[31m", "\x00", "\ud800"),
            *("a" * 100_000, "", ".", "..", "song\n", "=cmd", "2020-01-01", "NaN"),
        ]
    )
    deep: Any = "end"
    for _ in range(200):
        deep = [deep]
    huge = st.sampled_from([10**9, -(2**63), 10**400, float("inf"), float("nan"), 1e308, deep])
    return st.one_of(values.map(plain), text, huge, st.lists(text, max_size=3))


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    return json.loads(json.dumps(value, default=str))


def record_of(base: Path, draw: st.DataObject) -> bytes:
    """The record of the run with a few changes, or with bytes that are no JSON."""
    path = base / "kept" / "easy" / "night" / "run.json"
    content = json.loads(path.read_text())
    songs = str(base / "songs")
    content["data"]["folder"] = songs
    if draw.draw(st.booleans()):
        content["signature"] = signature(base / "runs" / "easy" / "night", None, songs)
    content = copy.deepcopy(content)
    content |= {"mirror": None, "said": ["a"], "versions": {"ray": "1"}, "python": "3"}
    for _ in range(draw.draw(st.integers(0, 3))):
        # As many changes among the first keys as among all that lie below them.
        every = paths(content)
        first = [path for path in every if len(path) == 1]
        *tables, last = draw.draw(st.sampled_from(draw.draw(st.sampled_from([every, first]))))
        place: Any = content
        for table in tables:
            place = place[table]
        if not isinstance(place, dict):
            continue
        change = draw.draw(st.sampled_from(["remove", "add", "replace", "replace", "replace"]))
        new = draw.draw(hostile(base))
        if change == "remove":
            place.pop(last, None)
        else:
            place[draw.draw(st.text(max_size=8)) if change == "add" else last] = new
    raw = json.dumps(content).encode()
    if draw.draw(st.integers(0, 9)) == 0:
        start, length = draw.draw(st.integers(0, len(raw))), draw.draw(st.integers(0, 20))
        new_bytes = draw.draw(
            st.sampled_from([b"", b"\xff\xfe", b"[" * 50_000, b"9" * 5_000, b"1e400", b'"', b"{"])
        )
        raw = raw[:start] + new_bytes + raw[start + length :]
    return raw


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_any_record_is_a_run_or_a_sentence_and_nothing_outside_is_touched(
    base: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = base / "runs" / "easy" / "night"
    before, began = surroundings(base), time.monotonic()
    counts: dict[str, int] = {}

    def called(name: str, command: Any, *arguments: str) -> None:
        try:
            code = command(list(arguments))
        except WentOn:
            code = -1
        counts[f"{name} {code}"] = counts.get(f"{name} {code}", 0) + 1
        out, err = capsys.readouterr()
        assert code in (-1, 0, 2, 3), err
        assert "Traceback" not in err and "\x1b" not in out + err
        assert len(err) < 5000

    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None)
    @given(st.data())
    def tried(draw: st.DataObject) -> None:
        raw = record_of(base, draw)
        shutil.rmtree(run)
        shutil.copytree(base / "kept" / "easy" / "night", run)
        (run / "run.json").write_bytes(raw)
        called("resume", main, "resume", str(run))
        called("resume --data", main, "resume", str(run), "--data", str(base / "songs"))
        called("report", results_main, "report", str(run))
        try:
            results.load(run)
        except results.ResultsError as error:
            assert "\n" not in str(error) and len(str(error)) < 2000
        shutil.rmtree(base / "cache", ignore_errors=True)
        assert surroundings(base) == before

    signature(run, None, "x")
    before, memory = surroundings(base), Growth()
    tried()
    assert memory.bytes < MOST_BYTES
    with capsys.disabled():
        if "LATENTUNE_FUZZ" in os.environ:
            spent = time.monotonic() - began
            print(
                f"{EXAMPLES} records, {spent:.0f} s, {memory.bytes / 2**20:.0f} MiB more: {counts}"
            )
