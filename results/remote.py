"""Files at a URI, such as s3://bucket/folder, gs://bucket/folder or file:///folder."""

import hashlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import pyarrow as pa
from pyarrow import fs

from results.columns import ResultsError
from results.disk import beginnings, opened, remove_left_over, replacing
from results.layout import NAME, inside
from results.text import named, reason

_CHUNK = 8 * 2**20
"""Bytes that are copied at a time."""


class RemoteError(ResultsError):
    """What lies at a URI cannot be read or written: which URI, why, what to do."""


def is_uri(text: object) -> bool:
    """Return whether it is a URI and no path."""
    return bool(re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+://", str(text)))


@dataclass(frozen=True)
class Place:
    """A folder at a URI. Credentials are those of the environment, as for every other program.

    Attributes
    ----------
    uri : what a person gave.
    path : of the folder, as its file system calls it.
    """

    uri: str
    files: fs.FileSystem
    path: str

    @classmethod
    def of(cls, uri: str) -> Self:
        """Return the folder at this URI.

        Raises
        ------
        RemoteError
            When there is no such kind of file system, or the URI holds a password: it is printed,
            and written into the record of a run.
        """
        try:
            secret = urlsplit(uri).password
            bare = f"{urlsplit(uri).scheme}://{urlsplit(uri).netloc.rpartition('@')[2]}"
        except ValueError as error:
            raise RemoteError(f"{named(uri)} cannot be used: {reason(error)}.") from None
        if secret is not None:
            raise RemoteError(
                f"The URI of {bare} holds a password, which would be kept in the run: give it in "
                "the environment, and the URI without it."
            )
        try:
            files, path = fs.FileSystem.from_uri(uri)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise RemoteError(f"{uri} cannot be used: {reason(error)}") from None
        return cls(uri, files, path.rstrip("/"))

    def at(self, *names: str) -> Self:
        """Return a folder inside it; options behind a ? stay."""
        bare, mark, options = self.uri.partition("?")
        uri = "/".join([bare.rstrip("/"), *names]) + mark + options
        return type(self)(uri, self.files, "/".join([self.path, *names]))

    def listing(self) -> dict[str, fs.FileInfo]:
        """Return what is known of every file below it, by its name within the folder."""
        try:
            below = fs.FileSelector(self.path, recursive=True)
            found = self.files.get_file_info(self._plain_files() if self.is_local else below)
        except FileNotFoundError:
            return {}
        except (OSError, pa.ArrowException) as error:
            raise RemoteError(self._said("read", error)) from None
        return {
            info.path[len(self.path) :].lstrip("/"): info
            for info in found
            if info.type == fs.FileType.File
        }

    def _plain_files(self) -> list[str]:
        """Return the files below a folder of this machine, of which no link is followed."""
        walked = os.walk(self.path, followlinks=False)
        paths = [Path(folder, name) for folder, _, names in walked for name in names]
        return [str(path) for path in paths if path.is_file() and not path.is_symlink()]

    @property
    def is_local(self) -> bool:
        return bool(self.files.type_name == "local")

    def write(self, name: str, source: Path, size: int) -> None:
        """Put the first `size` bytes of a file there, following no link at either end."""
        with self._writing(), opened(source) as file, self._target(name) as stream:
            while size > 0 and (piece := file.read(min(_CHUNK, size))):
                stream.write(piece)
                size -= len(piece)

    def write_bytes(self, name: str, content: bytes) -> None:
        """Put a small file there; RemoteError as in `write`."""
        with self._writing(), self._target(name) as stream:
            stream.write(content)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Raise RemoteError where the block cannot write."""
        try:
            yield
        except (OSError, pa.ArrowException) as error:
            raise RemoteError(self._said("written", error)) from None
        except ResultsError as error:
            raise RemoteError(f"{self.uri} cannot be written: {error}") from None

    def read_bytes(self, name: str, most: int) -> bytes | None:
        """Return at most so many bytes of a file there; None where there is no such file."""
        try:
            with self._opened(name) as stream:
                return bytes(stream.read(most))
        except FileNotFoundError:
            return None
        except (OSError, pa.ArrowException) as error:
            raise RemoteError(self._said("read", error)) from None

    @contextmanager
    def _target(self, name: str) -> Iterator[Any]:
        """Open a file there to write, which takes the place of the former one at the end."""
        if self.is_local:
            path = inside(Path(self.path), *name.split("/"))
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as file:
                yield file
        else:
            with self.files.open_output_stream(f"{self.path}/{name}") as stream:
                yield stream

    def read(self, name: str, target: Path, most: int = sys.maxsize) -> None:
        """Fetch a file; `target` is replaced once the whole of it is there.

        Parameters
        ----------
        name : str
            Of the file within the folder.
        target : Path
        most : int
            Bytes that it may have.

        Raises
        ------
        RemoteError
            When it cannot be read, is no file but a link or a device, or has more bytes.
        """
        try:
            with self._opened(name) as stream, replacing(target) as file:
                while piece := stream.read(_CHUNK):
                    most -= len(piece)
                    if most < 0:
                        raise self.too_large(name)
                    file.write(piece)
        except (OSError, pa.ArrowException) as error:
            raise RemoteError(self._said("read", error)) from None

    def _opened(self, name: str) -> Any:
        """Open a file there; on this machine no link is followed, nor out of the folder."""
        if self.is_local:
            try:
                path = inside(Path(self.path), *name.split("/"))
            except ResultsError as error:
                raise RemoteError(f"{self.uri} cannot be read: {error}") from None
            return opened(path)
        return self.files.open_input_stream(f"{self.path}/{name}")

    def too_large(self, name: str) -> RemoteError:
        """Return the error of a file that is larger than such a file can be."""
        return RemoteError(
            f"{self.uri} is not fetched: {named(name)} in it is larger than such a file can be; "
            "remove that file."
        )

    def remove_left_over(self, names: Iterable[str]) -> None:
        """Remove what killed processes had begun of these files, in a folder of this machine.

        Elsewhere a file appears when the whole of it is there, and nothing is left over.
        """
        if self.is_local:
            _remove_left_over(Path(self.path), names)

    def _said(self, what: str, error: Exception) -> str:
        return (
            f"{self.uri} cannot be {what} ({reason(error)}): see that the address is right and "
            "that the environment has credentials for it."
        )


def fetch(
    place: Place,
    folder: Path,
    wanted: Callable[[str], bool],
    most: Callable[[str], int] = lambda name: sys.maxsize,
) -> None:
    """Bring a local folder up to date with a remote one: files of another size or time.

    Parameters
    ----------
    place : Place
    folder : Path
    wanted : callable
        Takes the name of a file within the folder; whether to fetch it.
    most : callable
        Takes such a name; how many bytes the file may have.

    Raises
    ------
    RemoteError
        When the files cannot be read, or one is larger than it may be; nothing is fetched then.
    """
    listed = {name: info for name, info in place.listing().items() if wanted(name)}
    for name, info in listed.items():
        if info.size is not None and info.size > most(name):
            raise place.too_large(name)
    _remove_left_over(folder, listed)
    for name, info in listed.items():
        target = inside(folder, *name.split("/"))
        if target.is_file() and _as_listed(target, info):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        place.read(name, target, most(name))
        if info.mtime_ns is not None:
            os.utime(target, ns=(info.mtime_ns, info.mtime_ns))


def _remove_left_over(folder: Path, names: Iterable[str]) -> None:
    """Remove what killed processes had begun of files below a folder."""
    within: dict[Path, list[str]] = {}
    for name in names:
        path = folder / name
        within.setdefault(path.parent, []).append(path.name)
    for parent, own in within.items():
        if parent.resolve().is_relative_to(folder.resolve()):
            remove_left_over(parent, beginnings(*own))


def _as_listed(path: Path, info: fs.FileInfo) -> bool:
    """Return whether a fetched file is still what lies at the URI."""
    there = path.stat()
    return there.st_size == info.size and there.st_mtime_ns == info.mtime_ns


def cached(uri: str) -> Path:
    """Return the folder of this machine in which a copy of a URI is kept."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    bare = uri.partition("?")[0].rstrip("/")
    mark = hashlib.sha256(uri.encode()).hexdigest()[:12]
    last = bare.rpartition("/")[2]
    return caches / "latentune" / mark / (last if re.fullmatch(NAME, last) else "files")
