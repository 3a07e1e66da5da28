"""Parts of one's own in the record of a run: where they came from, and when they are loaded again.

Loading one runs its code. The record of a run is data from whomever, so its word suffices where
this user signed it (see `search.origin`); otherwise the user names the modules again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from search.tasks.own_parts import bring, own_parts
from search.tasks.ranges import TaskError, brief
from search.tasks.sources import Source
from search.tasks.task import Task

OF_MODELS = ("family", "view")
"""Kinds whose code a saved model needs; clusterers and reducers leave plain arrays."""


def recorded(task: Task) -> list[dict[str, str]]:
    """Return what the record of a run says of the parts of one's own of its task."""
    where = {one.module: {"place": one.place, "sha256": one.sha256} for one in task.sources}
    return [
        {"name": name, "kind": kind.name, **where[_top(name)]}
        for kind, name in own_parts(task.names)
    ]


def bring_recorded(
    info: Mapping[str, Any],
    named: Sequence[str],
    trusted: bool,
    say: Callable[[str], None],
    kinds: Iterable[str] | None = None,
) -> None:
    """Import the parts of one's own that a run names.

    Parameters
    ----------
    info : record of the run.
    named : modules, Python files and folders of packages that the user names now.
    trusted : whether this user signed the record.
    say : takes a sentence for a module that has changed since the run began.
    kinds : of parts that are needed; all by default.

    Raises
    ------
    TaskError
        When a part is missing, or only a stranger's record names it.
    """
    settings = info.get("settings")
    wanted = own_parts(settings) if isinstance(settings, Mapping) else []
    places = {one["name"]: one for one in info.get("parts", []) if "name" in one}
    modules = dict(map(_named, named))
    began_as: dict[str, str | None] = {}
    for kind, name in wanted:
        if kinds is not None and kind.name not in kinds:
            continue
        place = places.get(name, {}).get("place", "")
        top = _top(name)
        if top in modules:
            folders = [*modules[top]]
        elif trusted and place:
            folders = [Path(place).parent]
        else:
            raise TaskError(
                f"the run uses the {kind.name} {brief(name)}"
                + (f" of {brief(place)}" if place else "")
                + ", which is code, and the run was not begun here: if you trust it, name its "
                f"module by --parts {top}, or by the path of its file"
            )
        try:
            bring([(kind, name)], folders)
        except TaskError as error:
            raise TaskError(
                f"the run needs the {kind.name} {name}: {error}; bring it back, or name the path "
                "of its file by --parts"
            ) from None
        began_as[top] = places.get(name, {}).get("sha256")
    for top, digest in began_as.items():
        if Source.of(sys.modules[top]).sha256 != digest:
            say(f"The module {top} has changed since the run began.")


def _named(given: str) -> tuple[str, list[Path]]:
    """Return the top-level module that `--parts` names, and the folders to find it in."""
    path = Path(given)
    if path.suffix == ".py" or path.is_dir() or "/" in given:
        return path.stem, [path.parent]
    return _top(given), []


def _top(name: str) -> str:
    return name.partition(":")[0].partition(".")[0]
