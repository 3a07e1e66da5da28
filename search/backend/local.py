"""Ray of this machine alone: on loopback, behind a token of its own, its files gone at the end."""

from __future__ import annotations

import logging
import os
import secrets
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import ray
from ray._common.utils import get_ray_address_file
from ray._private import ray_constants
from ray._raylet import AuthenticationTokenLoader, Config  # type: ignore[attr-defined]

from search.backend.interrupt import answered
from search.backend.reaper import reaped
from search.backend.resources import ResourceError
from search.backend.scratch import scratch

_LONGEST_ADDRESS = 300
"""Characters of an address that are read."""


@contextmanager
def private_ray() -> Iterator[None]:
    """Start Ray for this process alone, until the end of the block.

    The token lives in the environment of these processes, so no file in the home folder is needed
    and no other process can join.
    """
    guarded = {
        "RAY_AUTH_MODE": None,  # Ray asks for a token where nothing is said
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        ray_constants.ENABLE_RAY_CLUSTERS_ENV_VAR: "0",
    }
    with scratch() as folder, reaped(folder), _environment(guarded), _loopback():
        _read_anew()
        try:
            # A closed terminal does not end what is begun here, as it does not end this process.
            with answered((signal.SIGHUP,), signal.SIG_IGN), own_sigterm():
                _start(folder)
            yield
        finally:
            ray.shutdown()
            _read_anew()


@contextmanager
def own_sigterm() -> Iterator[None]:
    """Let Ray that is reached or started in the block set no handler of SIGTERM.

    Its handlers would end this process without a word, with exit code 15 or, while Ray starts, 1.
    """
    utilities = ray._private.utils
    before = utilities.set_sigterm_handler
    utilities.set_sigterm_handler = lambda handler: None
    try:
        yield
    finally:
        utilities.set_sigterm_handler = before


def _start(folder: Path) -> None:
    """Start Ray with its files in this folder, wherever else the environment has them."""
    try:
        ray.init(
            address="local",
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            _temp_dir=str(folder),
        )
    except Exception as error:  # Ray raises a plain one where a process of its ends meanwhile
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ResourceError(f"Ray cannot start on this machine: {first}") from None


def _read_anew() -> None:
    """Let Ray look again for what it read of the environment before."""
    Config.initialize("")
    AuthenticationTokenLoader.instance().reset_cache()


@contextmanager
def _loopback() -> Iterator[None]:
    """Let Ray listen on 127.0.0.1 alone until the end of the block.

    Ray turns a loopback address that it is given into the machine's own, and then listens on
    every interface. It stays on loopback where it takes clusters to be unsupported, as on macOS
    (ray issue 18730); the variable that says so is read once, when Ray is imported.
    """
    before = ray_constants.ENABLE_RAY_CLUSTER
    ray_constants.ENABLE_RAY_CLUSTER = False
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = before


@contextmanager
def _environment(variables: Mapping[str, str | None]) -> Iterator[None]:
    """Set variables of this process and its children until the end of the block; None unsets."""
    before = {name: os.environ.get(name) for name in variables}
    _set(variables)
    try:
        yield
    finally:
        _set(before)


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def own_cluster() -> str:
    """Address of the cluster that this user began or joined on this machine by `ray start`.

    Ray itself would take any that runs here, be it another user's or one of a single program.

    Raises
    ------
    ResourceError
        When there is none, or it is another user's.
    """
    if address := os.environ.get(ray_constants.RAY_ADDRESS_ENVIRONMENT_VARIABLE):
        return address
    note = Path(get_ray_address_file(None))
    try:
        with open(os.open(note, os.O_RDONLY | os.O_NOFOLLOW), encoding="utf-8") as file:
            owner, place = os.fstat(file.fileno()).st_uid, note.parent.lstat()
            address = file.read(_LONGEST_ADDRESS).strip()
    except (OSError, UnicodeDecodeError):
        raise ResourceError(
            "--address auto: no Ray cluster was started here by `ray start` or `ray up`; give the "
            "cluster's HOST:PORT, or leave --address out to use this machine alone."
        ) from None
    # Whoever owns the folder may put any file of this user's there.
    if owner != os.getuid() or place.st_uid not in (os.getuid(), 0):
        raise ResourceError(
            f"--address auto: the Ray cluster at {address} belongs to another user of this "
            f"machine; if you mean it, give --address {address}."
        )
    return address


def guard_token() -> None:
    """Keep Ray's own token file from other users of this machine: Ray makes it readable for all.

    A file that RAY_AUTH_TOKEN_PATH names is its owner's to guard: a team may share one.
    """
    with suppress(OSError, RuntimeError):
        token = Path.home() / ".ray" / "auth_token"
        if token.stat().st_mode & 0o077:
            token.chmod(0o600)
