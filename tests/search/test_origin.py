"""A run is known as this user's own by its signature, and by nothing that a sender can write."""

import stat
from pathlib import Path

import pytest

from search.origin import begun_here, key_file, signature

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


def test_without_a_place_for_the_key_a_run_is_begun_and_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert signature(tmp_path, MIRROR, SONGS) is None
    assert not begun_here(record(tmp_path), tmp_path)
