"""A run is known as this user's own by its signature, and by nothing that a sender can write."""

import errno
import os
import stat
from pathlib import Path
from typing import NoReturn

import pytest

from search.origin import begun_here, key_file, signature, why_unsigned

SONGS = "/music/songs"
MIRROR = "s3://bucket/runs/easy/night"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def record(folder: Path, mirror: str | None = MIRROR, songs: str = SONGS) -> dict[str, object]:
    signed = signature(folder, mirror, songs)
    return {"mirror": mirror, "data": {"folder": songs, "files": {}}, "signature": signed}


def test_a_run_that_was_begun_here_is_known(tmp_path: Path) -> None:
    assert begun_here(record(tmp_path), tmp_path)
    assert begun_here(record(tmp_path, mirror=None), tmp_path)


def test_the_folder_may_be_reached_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "runs")
    assert begun_here(record(tmp_path / "link"), tmp_path / "runs")


def test_a_copy_elsewhere_is_not_known(tmp_path: Path) -> None:
    assert not begun_here(record(tmp_path / "a"), tmp_path / "b")


@pytest.mark.parametrize(
    "change",
    [
        {"mirror": "file:///home/me/.ssh"},
        {"mirror": None},
        {"data": {"folder": "/elsewhere"}},
        {"data": None},
        {"signature": None},
        {"signature": ""},
        {"signature": "é" * 64},
        {"signature": 7},
        {"signature": "0" * 64},
    ],
)
def test_a_record_that_was_changed_is_not_known(tmp_path: Path, change: dict[str, object]) -> None:
    assert not begun_here({**record(tmp_path), **change}, tmp_path)


def test_the_signature_of_another_user_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    theirs = record(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert not begun_here(theirs, tmp_path)
    signature(tmp_path, None, SONGS)
    assert not begun_here(theirs, tmp_path)


def test_the_key_is_for_this_user_alone(tmp_path: Path) -> None:
    record(tmp_path)
    assert stat.S_IMODE(key_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file().parent.stat().st_mode) == 0o700
    assert [path.name for path in key_file().parent.iterdir()] == ["key"]


@pytest.mark.parametrize("spoil", ["open", "short", "link", "folder"])
def test_a_key_that_others_may_know_signs_nothing(tmp_path: Path, spoil: str) -> None:
    known = record(tmp_path)
    key = key_file()
    if spoil == "open":
        key.chmod(0o644)
    elif spoil == "short":
        key.write_bytes(b"short")
    else:
        key.rename(tmp_path / "moved")
        key.symlink_to(tmp_path / "moved") if spoil == "link" else key.mkdir()
    assert not begun_here(known, tmp_path)
    assert signature(tmp_path, MIRROR, SONGS) is None
    said = why_unsigned()
    assert said is not None and str(key) in said and "--data" in said and "\n" not in said


def test_nothing_is_said_where_runs_are_signed() -> None:
    assert why_unsigned() is None
    assert why_unsigned() is None


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK])
def test_a_file_system_without_hard_links_holds_a_key_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def link(*arguments: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", link)
    assert begun_here(record(tmp_path), tmp_path)
    first = key_file().read_bytes()
    assert begun_here(record(tmp_path), tmp_path)
    assert key_file().read_bytes() == first
    assert stat.S_IMODE(key_file().stat().st_mode) == 0o600
    assert [path.name for path in key_file().parent.iterdir()] == ["key"]


@pytest.mark.parametrize("links", [True, False])
def test_the_key_of_a_process_that_was_sooner_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    sooner = b"k" * 32

    def link(source: Path, target: Path) -> NoReturn:
        target.write_bytes(sooner)
        target.chmod(0o600)
        if links:
            raise FileExistsError(errno.EEXIST, "exists")
        raise PermissionError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", link)
    assert begun_here(record(tmp_path), tmp_path)
    assert key_file().read_bytes() == sooner


def test_without_a_place_for_the_key_a_run_is_begun_and_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert signature(tmp_path, MIRROR, SONGS) is None
    assert not begun_here(record(tmp_path), tmp_path)
    assert "cannot be read or made" in str(why_unsigned())
