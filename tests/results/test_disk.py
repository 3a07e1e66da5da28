"""A file is put in place whole, and nothing is ever written through a link."""

import os
import socket
import stat
from pathlib import Path

import pytest

from results.disk import StoreError, beginnings, opened, remove_left_over, replacing, writing


def write(path: Path) -> None:
    with replacing(path) as file:
        file.write(b"new")


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file elsewhere, that nobody asked to be written."""
    (tmp_path / "elsewhere").mkdir()
    path = tmp_path / "elsewhere" / "key"
    path.write_bytes(b"secret")
    return path


def test_a_new_file_is_there_whole_with_the_rights_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "new" / "file")
    finally:
        os.umask(before)
    assert (tmp_path / "new" / "file").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "new" / "file").stat().st_mode) == 0o640
    assert os.listdir(tmp_path / "new") == ["file"]


def test_a_link_at_the_name_is_refused_and_its_target_untouched(
    tmp_path: Path, victim: Path
) -> None:
    (tmp_path / "report.html").symlink_to(victim)
    with pytest.raises(StoreError, match="it is a link.*give another name"):
        write(tmp_path / "report.html")
    assert victim.read_bytes() == b"secret"
    assert (tmp_path / "report.html").is_symlink()


def test_a_link_at_the_name_of_a_temporary_file_of_ours_is_not_followed(
    tmp_path: Path, victim: Path
) -> None:
    (tmp_path / ".report.html.tmp").symlink_to(victim)
    write(tmp_path / "report.html")
    assert victim.read_bytes() == b"secret"
    assert (tmp_path / "report.html").read_bytes() == b"new"


def test_a_folder_a_pipe_and_a_socket_are_refused_and_stay(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for name in ("folder", "pipe", "socket"):
            with pytest.raises(StoreError, match=f"it is a {name}"):
                write(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == ["folder", "pipe", "socket"]


def test_a_file_that_was_put_there_meanwhile_as_a_link_is_replaced_and_not_followed(
    tmp_path: Path, victim: Path
) -> None:
    with replacing(tmp_path / "file") as file:
        (tmp_path / "file").symlink_to(victim)
        file.write(b"new")
    assert victim.read_bytes() == b"secret"
    assert not (tmp_path / "file").is_symlink()


def test_an_error_within_leaves_the_former_file_and_nothing_beside_it(tmp_path: Path) -> None:
    write(tmp_path / "file")
    with pytest.raises(KeyError):
        with replacing(tmp_path / "file") as file:
            file.write(b"half")
            raise KeyError
    assert (tmp_path / "file").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]


def test_where_the_folder_is_gone_nobody_is_told_that_anything_is_safe(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "run" / "run.json"
    with pytest.raises(StoreError, match=f"no folder {tmp_path / 'gone'}") as raised:
        write(path)
    assert "safe" not in str(raised.value)
    with pytest.raises(StoreError, match="no folder"):
        with writing(path):
            path.open("ab")


def test_only_a_plain_file_is_opened(tmp_path: Path, victim: Path) -> None:
    (tmp_path / "link").symlink_to(victim)
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "elsewhere"):
        with pytest.raises(OSError):
            opened(tmp_path / name)
    with opened(victim) as file:
        assert file.read() == b"secret"


def test_a_file_that_is_replaced_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "file").touch(0o600)
    write(tmp_path / "file")
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["x" * 255, "\u09ac" * 85])
def test_a_name_may_be_as_long_as_the_system_takes(tmp_path: Path, name: str) -> None:
    write(tmp_path / name)
    assert os.listdir(tmp_path) == [name]


def test_a_folder_that_takes_no_files_is_said_to_be_one() -> None:
    with pytest.raises(StoreError, match="/proc takes no files; choose another folder"):
        write(Path("/proc/x.html"))


def test_only_what_a_killed_process_left_of_these_files_is_removed(tmp_path: Path) -> None:
    mark = "0123456789abcdef"
    old = [f".report.html.{mark}.tmp", f".{'x' * 40}.{mark}.tmp"]
    kept = [f".other.html.{mark}.tmp", ".report.html.tmp", ".report.html.bak", "report.html"]
    for name in old + kept:
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (0, 0))
    (tmp_path / f".report.html.{mark[::-1]}.tmp").touch()  # somebody writes it now
    remove_left_over(tmp_path, beginnings("report.html", "x" * 255))
    assert sorted(os.listdir(tmp_path)) == sorted([*kept, f".report.html.{mark[::-1]}.tmp"])
    remove_left_over(tmp_path / "nowhere", beginnings("report.html"))
