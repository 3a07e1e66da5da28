"""Where things lie in a run folder, and the one gate into it: nothing outside is touched."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from results.arguments import path_of, whole_of
from results.columns import ResultsError
from results.disk import StoreError, kind, opened, writing
from results.record import MOST_BYTES, check, check_version, parsed
from results.schema import TABLES
from results.text import named, reason

RUNS = Path(__file__).resolve().parent / "runs"
INFO = "run.json"
JOURNAL = "study.journal"
REPORT = "report.html"
PARTS = "parts"
LATENTS = "latents"
PARTITIONS = "partitions"
MODELS = "models"
FIGURES = "figures"

_TABLE = "|".join(TABLES)
_MODEL = r"-?\d{1,18}(-s\d{1,18})?"
NAME = r"\w(?:[\w .+-]{0,98}[\w+-])?"
OWN = tuple(
    map(
        re.compile,
        (
            r"run\.json|study\.journal|report\.html|comparison\.csv",
            rf"({_TABLE})\.parquet",
            rf"{PARTS}/({_TABLE})-\d{{6,18}}\.parquet",
            rf"({LATENTS}|{PARTITIONS})/{_MODEL}\.npy",
            rf"{MODELS}/{_MODEL}(\.json|\.weights\.h5)",
            rf"{FIGURES}/{NAME}\.npz",
        ),
    )
)
"""Names that we give to the files of a run, within its folder: what a mirror has, no more."""

LOCK_OF_JOURNAL = f"{JOURNAL}.lock"
"""How a lock begins that Optuna takes where nobody says otherwise: a link that nobody follows."""


def is_own(name: str) -> bool:
    """Whether a name within a run folder is one that we give."""
    return any(pattern.fullmatch(name) for pattern in OWN)


def checked_name(name: object, what: str) -> str:
    """The name itself, if it can be that of a file; `ResultsError` if not.

    Names come from the command line, from task files and from a `run.json` that somebody sent:
    none may lead out of its folder.
    """
    if not isinstance(name, str) or not re.fullmatch(NAME, name):
        raise ResultsError(
            f"{named(name)} cannot be the name of a {what}: begin with a letter or digit, go on "
            "with these, spaces and . _ + -, and use at most 100 characters."
        )
    return name


def inside(folder: Path, *names: str) -> Path:
    """The path of these names in the folder; `ResultsError` if it would lie outside.

    Links are followed, so a link in a folder from elsewhere leads nowhere either.
    """
    path = folder.joinpath(*names)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ResultsError(f"{path} leads out of the run folder {folder}; it is not touched.")
    return path


def runs_root(root: Path | str | None) -> Path:
    """The folder of all runs, by default `results/runs`."""
    return RUNS if root is None else path_of(root, "root")


def vacant(root: Path | str | None, task: str, name: str) -> Path:
    """The folder for a new run, which is not there yet or holds nothing.

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


def table_file(folder: Path, table: str) -> Path:
    return inside(folder, f"{table}.parquet")


def part_files(folder: Path, table: str, after: str = "") -> list[Path]:
    """Parts of a table, oldest first; those alone that were written after one of that name."""
    parts = (folder / PARTS).glob(f"{table}-*.parquet")
    names = [path.name for path in parts if is_own(f"{PARTS}/{path.name}") and path.is_file()]
    return [inside(folder, PARTS, name) for name in sorted(names) if name > after]


def part_file(folder: Path, table: str, number: int) -> Path:
    return inside(folder, PARTS, f"{table}-{number:06d}.parquet")


def part_number(path: Path) -> int:
    """The number in the name of a part, be it torn; 0 for other files."""
    match = re.search(r"-(\d{6,18})\.parquet", path.name)
    return int(match[1]) if match else 0


def model_name(trial: int, seed: int | None = None) -> str:
    """`12` for a searched trial, `12-s3` for the same trained again on seed 3."""
    number = whole_of(trial, "trial")
    return str(number) if seed is None else f"{number}-s{whole_of(seed, 'seed', least=0)}"


def codes_file(folder: Path, trial: int, seed: int | None = None) -> Path:
    return inside(folder, LATENTS, f"{model_name(trial, seed)}.npy")


def partitions_file(folder: Path, trial: int, seed: int) -> Path:
    whole_of(seed, "seed", least=0)
    return inside(folder, PARTITIONS, f"{model_name(trial, seed)}.npy")


def files_below(folder: Path, named_as: Path | None = None) -> Iterator[Path]:
    """Files of a folder and of all folders below it; no link is followed, no device named.

    Parameters
    ----------
    named_as : what a sentence calls the folder, if it was reached by another path.

    Raises
    ------
    ResultsError
        When anything else lies there, or a folder cannot be looked through.
    """
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    elif entry.is_file(follow_symlinks=False):
                        yield Path(entry.path)
                    elif not (entry.is_symlink() and _is_lock(folder, Path(entry.path))):
                        what = kind(entry.stat(follow_symlinks=False).st_mode)
                        where = Path(entry.path).relative_to(folder)
                        raise ResultsError(
                            f"{named_as or folder} is not to be trusted: {where} in it is {what}, "
                            "and a run folder holds files alone; nothing of it is read or written "
                            "until you remove that."
                        )
        except FileNotFoundError:
            continue  # removed while we looked, as a file that has just been put in place
        except OSError as error:
            raise ResultsError(f"{here} cannot be looked through: {reason(error)}.") from None


def _is_lock(folder: Path, path: Path) -> bool:
    return path.parent == folder and path.name.startswith(LOCK_OF_JOURNAL)


def read_info(folder: Path) -> dict[str, Any]:
    """What `run.json` says of the run: the one gate into its folder, which may be a stranger's.

    Nothing in the folder is a link, a device, a pipe or a socket; the record is of bounded size
    and depth, each of its keys has the type that a search writes, its run and task are names of
    folders, and it is of this version's schema.

    Raises
    ------
    ResultsError
        When the folder is no run folder, or is refused; the sentence says why.
    """
    path = folder / INFO
    try:
        if not os.path.lexists(path):
            raise ResultsError(f"{folder} is not a run folder: it has no {INFO}.")
        # A link to the folder is its owner's own; one within it may be anybody's.
        for _ in files_below(folder.resolve(), folder):
            pass
        with opened(path) as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, RuntimeError) as error:  # RuntimeError: links that go round in a circle
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
