"""The Python files of parts of one's own: read where a search begins, imported where it runs.

Ray takes files to workers only for a whole job, and not for one that was submitted. These travel
within the task, and are imported from memory.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.abc import SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import TypeGuard

from search.tasks.ranges import TaskError

MOST_BYTES = 2**24
"""Of the Python files of one module."""


@dataclass(frozen=True)
class Source:
    """The Python files of one top-level module.

    Attributes
    ----------
    module : its name.
    place : the file, or the folder of a package.
    files : path below the folder in which the module lies -> content.
    """

    module: str
    place: str
    files: Mapping[str, bytes]

    @classmethod
    def of(cls, module: ModuleType) -> Source:
        """Return the source of an imported top-level module.

        Raises
        ------
        TaskError
            When it has no Python file, or too many bytes of them.
        """
        name, file = module.__name__, getattr(module, "__file__", None)
        if file is None or not file.endswith(".py"):
            raise TaskError(f"the module {name} has no Python file: write the part in one")
        path = Path(file).resolve()
        place = path.parent if path.name == "__init__.py" else path
        paths = sorted(place.rglob("*.py")) if place.is_dir() else [path]
        if sum(one.stat().st_size for one in paths) > MOST_BYTES:
            raise TaskError(
                f"the Python files in {place} take more than {MOST_BYTES >> 20} MiB: write the "
                "part in a module of its own"
            )
        files = {one.relative_to(place.parent).as_posix(): one.read_bytes() for one in paths}
        return cls(name, str(place), files)

    @property
    def sha256(self) -> str:
        """Digest of the files and their names, in hexadecimal."""
        digest = hashlib.sha256()
        for name, content in self.files.items():
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()


class _FromMemory(SourceLoader):
    """Imports the modules of a source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._folder = str(Path(source.place).parent)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how a module is imported, if it is of a source."""
        if self._file_of(name) is None:
            return None
        return spec_from_loader(name, self, is_package=self.is_package(name))

    def is_package(self, name: str) -> bool:
        """Return whether a module is the folder of others."""
        return str(self._file_of(name)).endswith("/__init__.py")

    def get_filename(self, name: str) -> str:
        """Return where the file of a module lay."""
        return f"{self._folder}/{self._file_of(name)}"

    def get_data(self, path: str) -> bytes:
        """Return the content of such a file."""
        try:
            return self.source.files[path.removeprefix(f"{self._folder}/")]
        except KeyError:
            raise FileNotFoundError(path) from None

    def _file_of(self, name: str) -> str | None:
        stem = name.replace(".", "/")
        files = (f"{stem}/__init__.py", f"{stem}.py")
        return next((file for file in files if file in self.source.files), None)


def importable(sources: Sequence[Source]) -> None:
    """Make the modules of sources importable in this process, before all others of their names.

    One that was imported from where it lies stays as it is: this is the process that read it. One
    of another search, whose files were others, goes.
    """
    for source in sources:
        before = [one for one in sys.meta_path if _serves(one, source.module)]
        if not before and source.module in sys.modules:
            continue
        if any(one.source == source for one in before):
            continue
        sys.meta_path[:] = [
            _FromMemory(source),
            *(one for one in sys.meta_path if one not in before),
        ]
        for name in [*sys.modules]:
            if name.partition(".")[0] == source.module:
                del sys.modules[name]


def _serves(finder: object, module: str) -> TypeGuard[_FromMemory]:
    return isinstance(finder, _FromMemory) and finder.source.module == module
