"""Which runs there are, and which of them is meant."""

import warnings
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from results.columns import ResultsError
from results.folder import INFO, RUNS, read_info
from results.remote import Place, cached, fetch, is_uri

SHOWN = 3
"""Runs of each task that a message names."""


def run_folders(
    task: str | Path, runs: str | Sequence[str] | None = None, root: str | Path | None = None
) -> list[Path]:
    """Folders of the runs that `load` reads for these arguments, oldest first.

    Of a URI they are copies in this machine's cache, brought up to date.

    Raises
    ------
    ResultsError
        When there are none; it says which runs there are.
    """
    if is_uri(task):
        return fetched(str(task), runs)
    root = Path(root or RUNS)
    places = [place for place in (root / task, Path(task)) if place.is_dir()]
    named = [path.parent for path in sorted(root.glob(f"*/*/{INFO}")) if path.parent.name == task]
    for place in places + named:
        if (place / INFO).is_file():
            return [place]
    there = next(filter(None, map(runs_in, places)), [])
    if not there:
        raise ResultsError(f"There is no run of {str(task)!r} in {root}; {_known(root)}.")
    if runs is None:
        return there[-1:]
    patterns = [runs] if isinstance(runs, str) else list(runs)
    chosen: set[Path] = set()
    for pattern in patterns:
        matching = [run for run in there if pattern == "all" or fnmatchcase(run.name, pattern)]
        if not matching:
            known = ", ".join(run.name for run in there)
            raise ResultsError(f"Task {task} has no run {pattern!r}; its runs are {known}.")
        chosen.update(matching)
    return [run for run in there if run in chosen]


def _known(root: Path) -> str:
    """Which runs there are, the last of each task by name, in words."""
    tasks: dict[str, list[str]] = {}
    for path in sorted(root.glob(f"*/*/{INFO}")):
        tasks.setdefault(path.parent.parent.name, []).append(path.parent.name)
    shown = [
        f"{task} ({'..., ' * (len(names) > SHOWN)}{', '.join(names[-SHOWN:])})"
        for task, names in tasks.items()
    ]
    return f"there are runs of {', '.join(shown)}" if shown else "there are no runs yet"


def fetched(uri: str, runs: str | Sequence[str] | None) -> list[Path]:
    """The runs below a URI, of a task or of one run, as folders of this machine."""
    place, folder = Place.of(uri), cached(uri)
    fetch(place, folder, lambda name: name.rpartition("/")[2] == INFO)
    if not any(folder.rglob(INFO)):
        raise ResultsError(f"There is no run at {uri}.")
    found = run_folders(folder, runs)
    for run in found:
        fetch(place.at(*run.relative_to(folder).parts), run)
    return found


def runs_in(folder: Path) -> list[Path]:
    """Run folders of a task, oldest first; one whose record is damaged is left out, and said."""
    created = {}
    for path in folder.glob(f"*/{INFO}"):
        try:
            created[path.parent] = str(read_info(path.parent).get("created", ""))
        except ResultsError as error:
            warnings.warn(f"{error} The run is left out.", stacklevel=3)
    return sorted(created, key=lambda run: (created[run], run.name))
