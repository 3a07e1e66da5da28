"""Which runs there are, and which of them is meant."""

import os
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from results.arguments import path_of, text_of, texts_of
from results.columns import ResultsError
from results.folder import check_files, read_info, read_record, runs_root
from results.layout import INFO, NAME, is_own, most_bytes
from results.remote import Place, cached, fetch, is_uri
from results.text import named, reason

_SHOWN = 3
"""Runs of each task that a message names."""


def run_folders(
    task: str | Path, runs: str | Sequence[str] | None = None, root: str | Path | None = None
) -> list[Path]:
    """Return the folders of the runs that `load` reads for these arguments, oldest first.

    Of a URI they are copies in this machine's cache, brought up to date.

    Raises
    ------
    ResultsError
        When there are none; it says which runs there are.
    """
    asked = (
        texts_of([runs] if isinstance(runs, str) else runs, "runs") if runs is not None else None
    )
    if asked == []:
        raise ResultsError("runs names no run: leave it out for the newest, or name some.")
    if is_uri(task):
        return _fetched(text_of(task, "task"), asked)
    try:
        return _of_task(path_of(task, "task"), asked, runs_root(root))
    except OSError as error:
        raise ResultsError(f"Run {named(task)} cannot be looked for: {reason(error)}.") from None


def _of_task(task: Path, patterns: list[str] | None, root: Path) -> list[Path]:
    places = [place for place in (root / task, task) if place.is_dir()]
    called = [path.parent for path in sorted(root.glob(f"*/*/{INFO}"))]
    for place in places + [folder for folder in called if folder.name == str(task)]:
        if os.path.lexists(place / INFO):
            read_info(place)
            if patterns is None or any(_matches(place, pattern) for pattern in patterns):
                return [place]
            raise ResultsError(
                f"{task} is one run, and none of runs {named(patterns)} is its name."
            )
    there = next(filter(None, map(runs_in, places)), [])
    if not there:
        raise ResultsError(f"There is no run of {named(str(task))} in {root}; {_known(root)}.")
    if patterns is None:
        if newest := next(_trusted(reversed(there)), None):
            return [newest]
        raise ResultsError(f"There is no run of {named(str(task))} in {root} that can be read.")
    chosen: set[Path] = set()
    for pattern in patterns:
        matching = [run for run in there if _matches(run, pattern)]
        if not matching:
            known = ", ".join(run.name for run in there)
            raise ResultsError(f"Task {task} has no run {named(pattern)}; its runs are {known}.")
        chosen.update(matching)
    return list(_trusted(run for run in there if run in chosen))


def _trusted(runs: Iterable[Path]) -> Iterator[Path]:
    """Yield the run folders that hold files alone; another is left out, and said."""
    for run in runs:
        try:
            check_files(run)
            yield run
        except ResultsError as error:
            warnings.warn(f"{error} The run is left out.", stacklevel=4)


def _matches(run: Path, pattern: str) -> bool:
    """Return whether a run is meant by a name or pattern."""
    return pattern == "all" or fnmatchcase(run.name, pattern)


def _known(root: Path) -> str:
    """Say which runs there are, the last of each task by name."""
    tasks: dict[str, list[str]] = {}
    for path in sorted(root.glob(f"*/*/{INFO}")):
        tasks.setdefault(path.parent.parent.name, []).append(path.parent.name)
    shown = [
        f"{task} ({'..., ' * (len(names) > _SHOWN)}{', '.join(names[-_SHOWN:])})"
        for task, names in tasks.items()
    ]
    return f"there are runs of {', '.join(shown)}" if shown else "there are no runs yet"


def _fetched(uri: str, runs: Sequence[str] | None) -> list[Path]:
    """Fetch the runs below a URI, of a task or of one run, into folders of this machine."""
    place, folder = Place.of(uri), cached(uri)
    fetch(place, folder, _is_record, most_bytes)
    if not any(folder.rglob(INFO)):
        raise ResultsError(f"There is no run at {uri}.")
    found = run_folders(folder, runs)
    for run in found:
        fetch(place.at(*run.relative_to(folder).parts), run, is_own, most_bytes)
    return found


def _is_record(name: str) -> bool:
    """Return whether it is the record of a run, of a run of a task, or of one of several tasks."""
    *folders, last = name.split("/")
    return last == INFO and len(folders) <= 2 and all(re.fullmatch(NAME, each) for each in folders)


def runs_in(folder: Path) -> list[Path]:
    """Return the run folders of a task, oldest first.

    Of each only the record is read; a run whose record is damaged is left out, and said.
    """
    created = {}
    for path in folder.glob(f"*/{INFO}"):
        try:
            created[path.parent] = str(read_record(path.parent).get("created", ""))
        except ResultsError as error:
            warnings.warn(f"{error} The run is left out.", stacklevel=3)
    return sorted(created, key=lambda run: (created[run], run.name))
