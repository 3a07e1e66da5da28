"""Where songs come from and where a run goes: folders, URIs, and what a submitted job may use."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from data import DataError
from data.files import METADATA
from results.mirror import free
from results.remote import Place, cached, fetch, is_uri
from search.resources import ResourceError


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
        """The target that `--out` names."""
        if out is None:
            return cls()
        return cls(uri=str(out)) if is_uri(out) else cls(root=Path(out))

    def mirror(self, task: str, name: str) -> str | None:
        """The URI of a new run's mirror, if it has one.

        Raises
        ------
        results.disk.StoreError
            When a run of that name lies there.
        """
        return None if self.uri is None else free(self.uri, task, name)


def lasting(source: Path | str) -> str:
    """How the place of songs is written down: the whole path, or the URI."""
    return str(source) if is_uri(source) else str(Path(source).resolve())


def songs_folder(source: Path | str) -> Path:
    """The folder of songs at a path or a URI; what lies at a URI is fetched into the cache.

    Raises
    ------
    results.remote.RemoteError
        When the URI cannot be read.
    data.DataError
        When there are no songs at it.
    """
    if not is_uri(source):
        return Path(source)
    folder, place = cached(str(source)), Place.of(str(source))
    if METADATA not in place.listing():
        raise DataError(f"there is no collection at {source}: it has no {METADATA}")
    fetch(place, folder, lambda name: "/" not in name)
    return folder


def submitted() -> bool:
    """Whether this process runs inside a job that was submitted to a cluster."""
    return "RAY_JOB_CONFIG_JSON_ENV_VAR" in os.environ


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
