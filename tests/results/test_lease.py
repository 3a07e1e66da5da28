"""A mirror has one writer at a time, and that of a dead one is free after a while."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from results import lease
from results.disk import StoreError
from results.holder import Holder
from results.lease import LEASE, leased
from results.remote import Place
from tests.waiting import until

ROOT = Path(__file__).parents[2]
OTHER = """
import sys, time
from results import lease
from results.remote import Place

lease.RENEWED_SECONDS = 0.1
with lease.leased(Place.of(sys.argv[1]), print):
    print("writes", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "RENEWED_SECONDS", 0.1)
    monkeypatch.setattr(lease, "LOOK_SECONDS", 2.0)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place.of((tmp_path / "mirror").as_uri())


@pytest.fixture
def other(place: Place):
    """Another process that writes the place until it is killed or reads a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER, place.uri],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == "writes\n"
    until(lambda: place.read_bytes(LEASE, 999))
    yield process
    process.kill()
    process.communicate()


def test_a_living_writer_is_named_and_left_alone(place, other):
    said = []
    with pytest.raises(StoreError, match=rf"written by another process \(process {other.pid} on"):
        with leased(place, said.append):
            pass
    assert f"was written by process {other.pid} on" in said[0]
    assert Holder.read(place.read_bytes(LEASE, 999)).pid == other.pid


def test_the_place_of_a_killed_writer_is_free_after_a_while(place, other):
    other.kill()
    other.wait()
    said, began = [], time.monotonic()
    with leased(place, said.append):
        assert time.monotonic() - began >= 2
        until(lambda: Holder.read(place.read_bytes(LEASE, 999)).is_this)
    assert len(said) == 1


def test_the_place_of_a_writer_that_ended_is_free_at_once(place, other):
    other.communicate("\n")
    said = []
    with leased(place, said.append):
        until(lambda: Holder.read(place.read_bytes(LEASE, 999) or b"{}") is not None)
    assert said == []
    assert Holder.read(place.read_bytes(LEASE, 999)) is None


def test_a_place_that_cannot_be_reached_keeps_nobody_waiting(tmp_path):
    (tmp_path / "file").write_text("")
    with leased(Place.of((tmp_path / "file" / "mirror").as_uri()), print):
        pass


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"\xff", b'{"host": "x"}', b'{"pid": "many"}', b"[" * 4000]
)
def test_what_somebody_else_wrote_there_is_nobody(place, content):
    place.write_bytes(LEASE, content)
    assert Holder.read(content) is None
    with leased(place, print):
        pass


def test_a_name_that_a_terminal_would_obey_is_shown_plain():
    written = {"host": "\x1b[31mred", "pid": 1, "since": "now", "token": "t"}
    assert "\x1b" not in str(Holder.read(json.dumps(written).encode()))
