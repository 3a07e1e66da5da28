"""The gate into a run folder, which may be a stranger's: nothing outside it is touched."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from results.arguments import path_of
from results.columns import ResultsError
from results.disk import StoreError, kind, opened, writing
from results.layout import INFO, JOURNAL, checked_name
from results.record import MOST_BYTES, check, check_version, parsed
from results.text import reason

__all__ = [
    "check_files",
    "files_below",
    "read_info",
    "read_record",
    "runs_root",
    "vacant",
]

RUNS = Path(__file__).resolve().parent / "runs"
_LOCK_OF_JOURNAL = f"{JOURNAL}.lock"
"""How a lock begins that Optuna takes where nobody says otherwise: a link that nobody follows."""


def runs_root(root: Path | str | None) -> Path:
    """Return the folder of all runs, by default `results/runs`."""
    return RUNS if root is None else path_of(root, "root")


def vacant(root: Path | str | None, task: str, name: str) -> Path:
    """Return the folder for a new run, which is not there yet or holds nothing.

    Raises
    ------
    StoreError
        When the task has a run of that name, or a file is in the way.
    ResultsError
        When a name cannot be that of a folder.
    """
    folder = runs_root(root) / checked_name(task, "task") / checked_name(name, "run")
    with writing(folder):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        if not there.is_dir():
            raise StoreError(f"{folder} cannot be made: {there} is a file; choose another folder.")
        taken = there == folder and any(each.name[:1] != "." for each in folder.iterdir())
    if taken:
        raise StoreError(
            f"There is a run {name} of task {task} in {folder}: continue it with "
            f"`python -m search resume {name}`, or choose another name."
        )
    return folder


def files_below(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and of all folders below it, as `check_files` allows them."""
    return (Path(entry.path) for entry in _entries(folder, folder))


def check_files(folder: Path) -> None:
    """Look through a folder and all below it: no link is followed, no device named.

    A link to the folder itself is its owner's own; one within it may be anybody's.

    Raises
    ------
    ResultsError
        When anything but files and folders lies there, or a folder cannot be looked through.
    """
    for _ in _entries(folder.resolve(), folder):
        pass


def _entries(folder: Path, named_as: Path) -> Iterator[os.DirEntry[str]]:
    """Yield the files below a folder, which a sentence calls by another name."""
    waiting = [str(folder)]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        yield entry
                    elif not _is_lock(folder, entry):
                        _refuse(folder, named_as, entry)
        except FileNotFoundError:
            continue  # a folder that was removed while we looked
        except OSError as error:
            raise ResultsError(f"{here} cannot be looked through: {reason(error)}.") from None


def _is_lock(folder: Path, entry: os.DirEntry[str]) -> bool:
    """Return whether it is a lock of Optuna's, which is a link that nobody follows."""
    named_so = entry.name.startswith(_LOCK_OF_JOURNAL) and entry.is_symlink()
    return named_so and Path(entry.path).parent == folder


def _refuse(folder: Path, named_as: Path, entry: os.DirEntry[str]) -> None:
    """Refuse the folder for an entry that is no file, unless that is gone by now."""
    try:
        what = kind(entry.stat(follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return  # as a file that has just been put in place under its name
    raise ResultsError(
        f"{named_as} is not to be trusted: {Path(entry.path).relative_to(folder)} in it is "
        f"{what}, and a run folder holds files alone; nothing of it is read or written until you "
        "remove that."
    )


def read_info(folder: Path) -> dict[str, Any]:
    """Return what `run.json` says of the run: the one gate into its folder, a stranger's perhaps.

    Nothing in the folder is a link, a device, a pipe or a socket, and the record is as
    `read_record` has it.

    Raises
    ------
    ResultsError
        When the folder is no run folder, or is refused; the sentence says why.
    """
    if _has_record(folder):
        check_files(folder)
    return read_record(folder)


def read_record(folder: Path) -> dict[str, Any]:
    """Return what `run.json` says, without a look at what else lies in the folder.

    The record is a file of bounded size and depth, each of its keys has the type that a search
    writes, its run and task are names of folders, and it is of this version's schema.

    Raises
    ------
    ResultsError
        When the folder is no run folder, or its record is refused; the sentence says why.
    """
    path = folder / INFO
    if not _has_record(folder):
        raise ResultsError(f"{folder} is not a run folder: it has no {INFO}.")
    try:
        with opened(path) as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ResultsError(f"{path} cannot be read: {reason(error)}.") from None
    try:
        info = parsed(content)
        check(info)
    except ResultsError as error:
        raise ResultsError(f"{path} cannot be read as the record of a run: {error}.") from None
    try:
        for key in ("run", "task"):
            checked_name(info.get(key), key)
    except ResultsError as error:
        raise ResultsError(f"{path} is not to be trusted: {error}") from None
    try:
        check_version(info)
    except ResultsError as error:
        raise ResultsError(f"{path} cannot be used: {error}.") from None
    return info


def _has_record(folder: Path) -> bool:
    """Return whether something lies at the name of the record; refuse what cannot be looked at."""
    try:
        folder.resolve()
        return os.path.lexists(folder / INFO)
    except (OSError, RuntimeError) as error:  # RuntimeError: links that go round in a circle
        raise ResultsError(f"{folder / INFO} cannot be read: {reason(error)}.") from None
