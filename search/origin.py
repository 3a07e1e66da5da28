"""Whether this user began a run here: its record's places, signed with a key of the user's own.

A run folder may come from anybody, and what its `run.json` names is then the sender's wish: a
mirror to write to, a folder to read songs from. A signature tells a record that this user's own
search wrote from all others. It holds for one folder: whoever goes on with a copy names the
places again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

_KEY_BYTES = 32
"""Bytes of a key."""


class _NoKey(Exception):
    """This user has no key that is safe to use; the message says why, in half a sentence."""


def key_file() -> Path:
    """Return where the key of this user lies.

    Raises
    ------
    RuntimeError
        When this user has no home.
    """
    named = os.environ.get("XDG_STATE_HOME", "")
    states = Path(named) if os.path.isabs(named) else Path.home() / ".local" / "state"
    return states / "latentune" / "key"


def signature(
    folder: Path, mirror: str | None, data_folder: str, parts: Sequence[Mapping[str, str]] = ()
) -> str | None:
    """Return the mark that this user has these places in use for the run in this folder.

    Parameters
    ----------
    folder : of the run.
    mirror : URI of its copy, if it has one.
    data_folder : folder or URI of its songs, as the record has it.
    parts : where parts of the user's own are, as the record has it.

    Returns
    -------
    hexadecimal HMAC-SHA256; None where there is no safe key, for which see `why_unsigned`.
    """
    try:
        return _mark(_own_key(), folder, mirror, data_folder, [*parts])
    except _NoKey:
        return None


def signed_places(
    folder: Path,
    mirror: str | None,
    data_folder: str,
    files: Mapping[str, str],
    parts: Sequence[Mapping[str, str]],
) -> dict[str, Any]:
    """Return what the record of a run says of places: songs, mirror, parts, and their signature.

    Parameters
    ----------
    folder, mirror, data_folder, parts : see `signature`.
    files : file of the songs -> SHA-256 of its content.
    """
    return {
        "data": {"folder": data_folder, "files": dict(files)},
        "mirror": mirror,
        "parts": [*parts],
        "signature": signature(folder, mirror, data_folder, parts),
    }


def why_unsigned() -> str | None:
    """Return why no run of this user can be signed, in one sentence; None where it can be."""
    try:
        _own_key()
    except _NoKey as error:
        return (
            f"This run cannot be marked as yours, because {error}: `python -m search resume` will "
            "ask for its --data, and for its --out if that is a URI."
        )
    return None


def begun_here(info: Mapping[str, Any], folder: Path) -> bool:
    """Return whether this user signed the places that the record of the run names."""
    signed, songs = info.get("signature"), info.get("data")
    if not isinstance(signed, str) or not isinstance(songs, Mapping):
        return False
    try:
        key = _read_key(key_file())
    except (OSError, RuntimeError, _NoKey):
        return False
    places = info.get("mirror"), songs.get("folder")
    expected = _mark(key, folder, *places, info.get("parts"))
    return hmac.compare_digest(expected.encode(), signed.encode(errors="replace"))


def _mark(key: bytes, folder: Path, mirror: object, data_folder: object, parts: object) -> str:
    """Return the signature of these places under a key."""
    places = [str(folder.resolve()), mirror, data_folder]
    signed = json.dumps([*places, parts] if parts else places)
    return hmac.new(key, signed.encode(), hashlib.sha256).hexdigest()


def _own_key() -> bytes:
    """Return the key of this user, which is made if there is none.

    Raises
    ------
    _NoKey
        When there can be none, or the one that is there is not safe.
    """
    try:
        path = key_file()
    except RuntimeError:
        raise _NoKey("you have no home folder in which a key could lie") from None
    try:
        try:
            return _read_key(path)
        except FileNotFoundError:
            _make_key(path)
        return _read_key(path)
    except OSError as error:
        raise _NoKey(f"the key {path} cannot be read or made ({error.strerror})") from None


def _read_key(path: Path) -> bytes:
    """Return the key in this file.

    Raises
    ------
    _NoKey
        When others can read it or have made it, or it is no key.
    OSError
        When it cannot be read, as where it is a link.
    """
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(file, "rb", closefd=True) as opened:
        about = os.fstat(opened.fileno())
        if not stat.S_ISREG(about.st_mode) or about.st_uid != os.geteuid():
            raise _NoKey(f"{path} is no file of yours; remove it")
        if stat.S_IMODE(about.st_mode) & 0o077:
            raise _NoKey(f"others may read the key {path}; remove it, and a new one is made")
        key = opened.read(_KEY_BYTES + 1)
    if len(key) != _KEY_BYTES:
        raise _NoKey(f"{path} is no key; remove it, and a new one is made")
    return key


def _make_key(path: Path) -> None:
    """Put a new key in a new file, whole or not at all; one that is there by now stays.

    Raises
    ------
    OSError
        When the file cannot be made.
    """
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    key = secrets.token_bytes(_KEY_BYTES)
    temporary = path.with_name(f".key-{secrets.token_hex(8)}")
    try:
        _write_new(temporary, key)
        with suppress(FileExistsError):
            try:
                os.link(temporary, path)  # which replaces nothing, unlike a rename
            except FileExistsError:
                raise
            except OSError:  # a file system without hard links
                _write_new(path, key)
    finally:
        temporary.unlink(missing_ok=True)


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that was not there, for this user alone."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with open(os.open(path, flags, 0o600), "wb") as file:
        file.write(content)
