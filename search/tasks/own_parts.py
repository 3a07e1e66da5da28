"""Parts of one's own, named `module:NAME`: imported, and put beside those that are here.

Nothing is imported because a run folder names it: whoever begins a search names the parts.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from search.tasks.kinds import KINDS, Kind, kind_of
from search.tasks.ranges import TaskError, brief
from search.tasks.sources import Source, importable

if TYPE_CHECKING:
    from search.tasks.task import Task

_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")
"""How a part of one's own is named: a module, a colon, a name in it."""


def own_parts(keys: Mapping[str, Any]) -> list[tuple[Kind, str]]:
    """Return kind and name of every part of one's own that the keys of a task name."""
    found: dict[tuple[str, str], None] = {}
    for kind in KINDS.values():
        for key in kind.keys:
            given = keys.get(key, ())
            values = [given] if isinstance(given, str) else given
            if not isinstance(values, list | tuple):
                continue  # refused where the type of the key is looked at
            for value in values:
                words = kind.words(value) if isinstance(value, str) else []
                found |= {(kind.name, word): None for word in words if ":" in word}
    return [(KINDS[kind], name) for kind, name in found]


def bring(parts: Iterable[tuple[Kind, str]], folders: Sequence[Path] = ()) -> None:
    """Import parts and put them into the tables of their kinds, under these names.

    Parameters
    ----------
    folders : where their modules are looked for first.

    Raises
    ------
    TaskError
        When there is no such module, it cannot be imported, or what it has of that name is no
        part of that kind.
    """
    for kind, name in parts:
        part = imported(name, folders)
        if not kind.holds(part):
            found = kind_of(part)
            what = f"a {found.name}" if found else f"a {type(part).__name__}"
            types = " or ".join(f"{one.__module__}.{one.__name__}" for one in kind.types)
            raise TaskError(
                f"{name} is {what}; a {kind.name} is a frozen dataclass of {types}: see "
                "docs/extending.md"
            )
        kind.table[name] = kind.named(part, name)


def imported(name: str, folders: Sequence[Path] = ()) -> object:
    """Return what `module:NAME` names; see `bring`."""
    if not _NAME.fullmatch(name):
        raise TaskError(
            f"{brief(name)} names no part: write module:NAME, such as mypackage.mine:FAMILY"
        )
    module_name, _, attribute = name.partition(":")
    module = _module(module_name, folders)
    try:
        return getattr(module, attribute)
    except AttributeError:
        raise TaskError(f"{name}: the module {module_name} has no {attribute}") from None


def sources_of(parts: Iterable[tuple[Kind, str]]) -> tuple[Source, ...]:
    """Return the files of the modules of parts that were brought; TaskError as in `Source.of`."""
    tops = {name.partition(":")[0].partition(".")[0]: None for _, name in parts}
    return tuple(Source.of(sys.modules[top]) for top in tops)


def bring_parts_of(task: Task) -> None:
    """Do the same as `bring` in another process, from the files that travel with a task."""
    importable(task.sources)
    bring(own_parts(task.names))


def _module(name: str, folders: Sequence[Path]) -> ModuleType:
    """Import a module of this name."""
    top = name.partition(".")[0]
    _refuse_another(top, folders)
    with _found_first(folders):
        importlib.invalidate_caches()
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise TaskError(f"the module {name} needs {error.name}: install it") from None
            where = "".join(f"in {folder}, " for folder in folders)
            raise TaskError(
                f"there is no module {error.name} {where}in the current folder or among what is "
                "installed"
            ) from None
        except (Exception, SystemExit) as error:
            raise TaskError(
                f"the module {name} cannot be imported ({type(error).__name__}: {error})"
            ) from None


def _refuse_another(top: str, folders: Sequence[Path]) -> None:
    """Refuse a module that lies in a folder where one of its name came from elsewhere before."""
    loaded = getattr(sys.modules.get(top), "__file__", None)
    for folder in folders:
        for path in (folder / f"{top}.py", folder / top / "__init__.py"):
            if loaded is not None and path.exists() and path.resolve() != Path(loaded).resolve():
                raise TaskError(
                    f"{path} has the name of a module that lies at {loaded}: give it another"
                )


@contextmanager
def _found_first(folders: Sequence[Path]) -> Iterator[None]:
    """Look for modules in folders first within the block, and last from then on."""
    added = [str(folder.resolve()) for folder in folders]
    sys.path[:0] = added
    try:
        yield
    finally:
        for one in added:
            sys.path.remove(one)
        sys.path.extend(one for one in added if one not in sys.path)
