"""Where songs come from and where a run goes: folders, URIs, and what a submitted job may use."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data import DataError
from data import __main__ as data_command
from data.embeddings import LARGEST_NOTES
from data.files import (
    EMBEDDING_IDS,
    EMBEDDING_NOTES,
    EMBEDDINGS,
    IDS,
    LARGEST_TABLE,
    LONGEST_ID,
    LYRICS,
    METADATA,
    MOST_SONGS,
    SPECTROGRAMS,
)
from results.columns import ResultsError
from results.disk import TEMPORARY, StoreError
from results.folder import read_info
from results.layout import INFO
from results.lease import LEASE
from results.mirror import free
from results.record import MOST_BYTES
from results.remote import Place, RemoteError, cached, fetch, is_uri
from search.backend.resources import ResourceError
from search.tasks.ranges import TaskError

_MOST_BYTES = {
    METADATA: LARGEST_TABLE,
    IDS: 4 * LONGEST_ID * MOST_SONGS + 2**16,  # four bytes a character, and a header
    SPECTROGRAMS: sys.maxsize,
    LYRICS: sys.maxsize,
    EMBEDDINGS: sys.maxsize,
    EMBEDDING_NOTES: LARGEST_NOTES,
    EMBEDDING_IDS: 4 * LONGEST_ID * MOST_SONGS + 2**16,
}
"""File of a collection that is fetched -> its largest size: what `data` does not refuse anyway.

Nothing else that lies beside them is fetched. Arrays may be as large as the disk allows.
"""


@dataclass(frozen=True)
class Target:
    """Where a run goes.

    Attributes
    ----------
    root : the folder of all runs; None for `results/runs`.
    uri : what its mirror lies below; None for no mirror.
    """

    root: Path | None = None
    uri: str | None = None

    @classmethod
    def of(cls, out: Path | str | None) -> Target:
        """Return the target that `--out` names."""
        if out is None:
            return cls()
        return cls(uri=str(out)) if is_uri(out) else cls(root=Path(out))

    def mirror(self, task: str, name: str) -> str | None:
        """Return the URI of a new run's mirror, if it has one.

        Raises
        ------
        results.disk.StoreError
            When a run of that name lies there.
        """
        return None if self.uri is None else free(self.uri, task, name)


def portable_source(source: Path | str) -> str:
    """Return the place of songs as a record keeps it: the whole path, or the URI."""
    return str(source) if is_uri(source) else str(Path(source).resolve())


def demo_songs() -> Path:
    """Return the folder of the demo songs, which are made if they are not there."""
    folder = data_command.SETS / "demo"
    if not folder.exists():
        data_command.main(["demo"])
    return folder


def songs_folder(source: Path | str) -> Path:
    """Return the folder of songs at a path or a URI; what lies at a URI is fetched into the cache.

    Raises
    ------
    data.DataError
        When there are no songs at the URI, or they cannot be fetched.
    """
    if not is_uri(source):
        return Path(source)
    uri = str(source)
    try:
        folder, place = cached(uri), Place.of(uri)
        if METADATA not in place.listing():
            raise DataError(f"there is no collection at {uri}: it has no {METADATA}")
        fetch(place, folder, _MOST_BYTES.__contains__, _MOST_BYTES.__getitem__)
    except ResultsError as error:  # of results, which fetches; here it is songs that are missing
        raise DataError(str(error)) from None
    return folder


def songs_named(recorded: str, named: Path | str | None, trusted: bool) -> Path | str:
    """Return where the songs of a run that goes on are read: as named now, or as recorded.

    Parameters
    ----------
    recorded : folder or URI in the record of the run.
    named : folder or URI that the user names now, if any.
    trusted : whether this user signed the record.

    Raises
    ------
    data.DataError
        When nobody but the record of a run from elsewhere names them.
    """
    if named is None and not trusted:
        raise DataError(
            f"the run was not begun here by you, and its record names songs at {recorded}: say by "
            "--data where the songs lie, which may be there"
        )
    return recorded if named is None else named


def mirror_named(
    info: Mapping[str, Any],
    out: str | None,
    fetched: str | None,
    trusted: bool,
    say: Callable[[str], None],
) -> str | None:
    """Return the URI of the mirror of a run that goes on: as named now, or signed here before.

    Parameters
    ----------
    info : the record of the run.
    out : URI below which the mirror is to lie, or the recorded mirror itself.
    fetched : URI that the run was named by.
    trusted : whether this user signed the record.
    say : takes a sentence where the recorded mirror is not used.

    Raises
    ------
    search.tasks.ranges.TaskError
        When `out` is no URI.
    results.disk.StoreError
        When something else lies there.
    """
    recorded = info.get("mirror") or None
    if out is not None:
        if not is_uri(out):
            raise TaskError(
                f"--out {out} is no URI: a run stays in its folder, and --out says where its "
                "mirror is kept, as s3://bucket/runs or file:///folder"
            )
        itself = recorded is not None and _alike(out, recorded)
        uri = out if itself else Place.of(out).at(info["task"], info["run"]).uri
        _check_mirror(uri, info)
        return uri
    if recorded is None:
        return None
    if fetched is not None and _alike(fetched, recorded):
        _check_mirror(recorded, info)
        return str(recorded)
    if not trusted:
        say(
            f"The mirror at {recorded} is not used, for the run was not begun here by you: name "
            "it by --out if it is yours. The run goes on without one."
        )
        return None
    try:
        _check_mirror(recorded, info)
    except RemoteError:
        pass  # it cannot be reached for now: the copy waits
    return str(recorded)


def _alike(one: str, other: str) -> bool:
    """Return whether two URIs are the same but for a slash at the end."""
    return one.rstrip("/") == other.rstrip("/")


def _check_mirror(uri: str, info: Mapping[str, Any]) -> None:
    """Refuse a place that holds anything but the copy of this run.

    Raises
    ------
    results.disk.StoreError
        When it does.
    results.remote.RemoteError
        When it cannot be looked at.
    """
    place = Place.of(uri)
    listed = place.listing()
    if all(_unfinished(name) for name in listed):
        return  # nothing, or a first copy that was broken off before it had a file
    if INFO in listed and (listed[INFO].size or 0) <= MOST_BYTES:
        with tempfile.TemporaryDirectory(prefix="latentune-") as folder:
            place.read(INFO, Path(folder) / INFO, MOST_BYTES)
            try:
                there = read_info(Path(folder))
            except ResultsError:
                there = {}
        if all(there.get(name) == info.get(name) for name in ("task", "run", "created")):
            return
    raise StoreError(
        f"{uri} holds something else than a copy of this run: name another place by --out"
    )


def _unfinished(name: str) -> bool:
    """Return whether a file is left of a writer that was killed before it had copied anything."""
    last = name.rpartition("/")[2]
    return name == LEASE or last.startswith(".") and last.endswith(TEMPORARY)


def check_of_job(data: str | None, out: str | None) -> None:
    """Refuse what a job that was submitted to a cluster would not find or would lose.

    Its folder is a copy of the submitted one without what git ignores, and is thrown away.

    Raises
    ------
    ResourceError
        When the songs or the run would lie in that folder.
    """
    for option, given in (("data", data), ("out", out)):
        if given is None and option == "data":
            continue  # the demo songs are made anew
        if given is None or not (is_uri(given) or Path(given).is_absolute()):
            asked = f"--{option} {given} is" if given else f"there is no --{option}"
            raise ResourceError(
                f"A submitted job runs in a folder that is thrown away, and {asked}: give an "
                f"absolute path on the head node or a URI, as --{option} s3://bucket/folder."
            )
