"""Ray of this machine alone is reached by nobody else and leaves nothing behind."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ray._common.utils import get_ray_address_file

from search.backend.connection import connect
from search.backend.local import _start, guard_token, own_cluster
from search.backend.resources import ResourceError
from search.backend.scratch import LONGEST

PRIVATE = """
import json, os, subprocess, sys
from pathlib import Path

import psutil
import ray

import search
from search.backend.local import private_ray

JOIN = '''
import os, sys
os.environ.pop("RAY_AUTH_TOKEN", None), os.environ.pop("TMPDIR", None)
from search.backend.connection import connect
from search.backend.resources import ResourceError
from search.backend.scratch import LONGEST
try:
    connect("auto")
except ResourceError as error:
    print(error)
'''

with private_ray():
    tree = psutil.Process().children(recursive=True)
    listening = sorted(
        {
            connection.laddr.ip
            for process in [psutil.Process(), *tree]
            for connection in process.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
        }
    )
    works = ray.get(ray.remote(lambda: 7).remote())
    joined = subprocess.run([sys.executable, "-c", JOIN], capture_output=True, text=True)
print(json.dumps({"listening": listening, "works": works, "joined": joined.stdout}))
"""


@pytest.fixture
def deepest() -> Iterator[Path]:
    """A temporary folder with the longest path in which Ray's sockets still fit."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        deep = Path(folder) / ("x" * (LONGEST - len(folder) - 1))
        deep.mkdir()
        yield deep


def test_ray_listens_on_loopback_needs_no_home_and_is_joined_by_nobody(deepest: Path) -> None:
    places = {"HOME": "/nonexistent", "RAY_TMPDIR": "/nonexistent", "TMPDIR": str(deepest)}
    ended = subprocess.run(
        [sys.executable, "-c", PRIVATE], capture_output=True, text=True, env=os.environ | places
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["works"] == 7
    assert set(found["listening"]) <= {"127.0.0.1", "::ffff:127.0.0.1"} and found["listening"]
    assert "no Ray cluster was started here" in found["joined"]
    assert list(deepest.iterdir()) == []


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `ray start` notes the address of its cluster."""
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    note = Path(get_ray_address_file(None))
    note.parent.mkdir()
    return note


def test_auto_is_the_cluster_that_ray_start_noted(
    noted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ResourceError, match="no Ray cluster was started here by `ray start`"):
        connect("auto")
    noted.write_text("10.0.0.1:6379\n")
    assert own_cluster() == "10.0.0.1:6379"
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.2:6379")
    assert own_cluster() == "10.0.0.2:6379"


def test_a_link_to_a_file_of_this_user_is_no_note(noted: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("10.0.0.1:6379")
    noted.symlink_to(tmp_path / "mine")
    with pytest.raises(ResourceError, match="no Ray cluster was started here"):
        own_cluster()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file to another user")
def test_another_users_cluster_is_not_joined_unasked(noted: Path) -> None:
    noted.write_text("10.0.0.1:6379")
    os.chown(noted, 65534, 65534)
    with pytest.raises(ResourceError, match="belongs to another user"):
        own_cluster()
    os.chown(noted, 0, 0)
    os.chown(noted.parent, 65534, 65534)
    with pytest.raises(ResourceError, match="belongs to another user"):
        own_cluster()


def test_the_token_of_a_cluster_is_for_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("RAY_AUTH_TOKEN_PATH", raising=False)
    guard_token()  # without one there is nothing to guard
    token = tmp_path / ".ray" / "auth_token"
    token.parent.mkdir()
    token.write_text("secret")
    token.chmod(0o644)
    guard_token()
    assert token.stat().st_mode & 0o777 == 0o600


def test_a_ray_that_ends_while_it_starts_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def init(**options: object) -> None:
        raise Exception("The current node timed out during startup.\nThis could happen because")

    monkeypatch.setattr("search.backend.local.ray.init", init)
    with pytest.raises(ResourceError, match=r"this machine: The current node .* startup\.$"):
        _start(tmp_path)
