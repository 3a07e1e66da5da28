"""Whether this user began a run here: its record's places, signed with a key of the user's own.

A run folder may come from anybody, and what its `run.json` names is then the sender's wish: a
mirror to write to, a folder to read songs from. A signature tells a record that this user's own
search wrote from all others. It holds for one folder: a copy has to be told its places anew.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

KEY_BYTES = 32


def key_file() -> Path:
    """Where the key of this user lies.

    Raises
    ------
    RuntimeError
        When this user has no home.
    """
    named = os.environ.get("XDG_STATE_HOME", "")
    states = Path(named) if os.path.isabs(named) else Path.home() / ".local" / "state"
    return states / "latentune" / "key"


def signature(folder: Path, mirror: str | None, data_folder: str) -> str | None:
    """The mark that this user has these places in use for the run in this folder.

    Parameters
    ----------
    folder : of the run.
    mirror : URI of its copy, if it has one.
    data_folder : folder or URI of its songs, as the record has it.

    Returns
    -------
    hexadecimal HMAC-SHA256; None where no key can be made, as without a home that can be written.
    """
    try:
        path = key_file()
        key = read_key(path) or make_key(path)
    except (OSError, RuntimeError):
        return None
    return None if key is None else mark(key, folder, mirror, data_folder)


def begun_here(info: Mapping[str, Any], folder: Path) -> bool:
    """Whether this user signed the places that the record of the run in this folder names."""
    signed, songs = info.get("signature"), info.get("data")
    if not isinstance(signed, str) or not isinstance(songs, Mapping):
        return False
    try:
        key = read_key(key_file())
    except (OSError, RuntimeError):
        return False
    if key is None:
        return False
    expected = mark(key, folder, info.get("mirror"), songs.get("folder"))
    return hmac.compare_digest(expected.encode(), signed.encode(errors="replace"))


def mark(key: bytes, folder: Path, mirror: object, data_folder: object) -> str:
    """The signature of these places under a key."""
    signed = json.dumps([str(folder.resolve()), mirror, data_folder])
    return hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()


def read_key(path: Path) -> bytes | None:
    """The key in this file; None where there is none, or one that others can read or made."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with open(file, "rb") as opened:
        about = os.fstat(opened.fileno())
        own = stat.S_ISREG(about.st_mode) and about.st_uid == os.geteuid()
        if not own or stat.S_IMODE(about.st_mode) & 0o077:
            return None
        key = opened.read(KEY_BYTES + 1)
    return key if len(key) == KEY_BYTES else None


def make_key(path: Path) -> bytes | None:
    """A new key in a new file, whole or not there; that of another process that was sooner.

    Raises
    ------
    OSError
        When the file cannot be made.
    """
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    temporary = path.with_name(f".key-{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with open(os.open(temporary, flags, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
    try:
        with suppress(FileExistsError):  # a link, unlike a rename, replaces nothing
            os.link(temporary, path)
    finally:
        temporary.unlink()
    return read_key(path)
