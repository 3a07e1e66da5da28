"""Where things lie in a run folder, and the rule that nothing outside it is touched."""

import json
import re
from pathlib import Path
from typing import Any

from results.columns import ResultsError
from results.disk import StoreError

RUNS = Path(__file__).resolve().parent / "runs"
INFO = "run.json"
PARTS = "parts"
LATENTS = "latents"
PARTITIONS = "partitions"
MODELS = "models"
FIGURES = "figures"


def checked_name(name: str, what: str) -> str:
    """The name itself, if it can be that of a file; `ResultsError` if not.

    Names come from the command line, from task files and from a `run.json` that somebody sent:
    none may lead out of its folder.
    """
    if not re.fullmatch(r"\w(?:[\w .+-]{0,98}[\w+-])?", name):
        raise ResultsError(
            f"{name!r} cannot be the name of a {what}: begin with a letter or digit, go on "
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


def vacant(root: Path | str | None, task: str, name: str) -> Path:
    """The folder for a new run, which is not there yet or holds nothing.

    Raises
    ------
    StoreError
        When the task has a run of that name, or a file is in the way.
    ResultsError
        When a name cannot be that of a folder.
    """
    folder = Path(root or RUNS) / checked_name(task, "task") / checked_name(name, "run")
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        raise StoreError(f"{folder} cannot be made: {there} is a file; choose another folder.")
    if there == folder and any(not path.name.startswith(".") for path in folder.iterdir()):
        raise StoreError(
            f"There is a run {name} of task {task} in {folder}: continue it with "
            f"`python -m search resume {name}`, or choose another name."
        )
    return folder


def table_file(folder: Path, table: str) -> Path:
    return inside(folder, f"{table}.parquet")


def part_files(folder: Path, table: str, after: str = "") -> list[Path]:
    """Parts of a table, oldest first; those alone that were written after one of that name."""
    names = sorted(path.name for path in (folder / PARTS).glob(f"{table}-*.parquet"))
    return [inside(folder, PARTS, name) for name in names if name > after]


def part_file(folder: Path, table: str, number: int) -> Path:
    return inside(folder, PARTS, f"{table}-{number:06d}.parquet")


def part_number(path: Path) -> int:
    """The number in the name of a part, be it torn; 0 for other files."""
    match = re.search(r"-(\d+)\.parquet", path.name)
    return int(match[1]) if match else 0


def model_name(trial: int, seed: int | None = None) -> str:
    """`12` for a searched trial, `12-s3` for the same trained again on seed 3."""
    return str(int(trial)) if seed is None else f"{int(trial)}-s{int(seed)}"


def codes_file(folder: Path, trial: int, seed: int | None = None) -> Path:
    return inside(folder, LATENTS, f"{model_name(trial, seed)}.npy")


def partitions_file(folder: Path, trial: int, seed: int) -> Path:
    return inside(folder, PARTITIONS, f"{model_name(trial, seed)}.npy")


def read_info(folder: Path) -> dict[str, Any]:
    """What `run.json` says of the run; its run and task are names of folders, checked.

    Raises
    ------
    ResultsError
        When the folder is no run folder, or its `run.json` cannot be read.
    """
    path = inside(folder, INFO)
    try:
        info = json.loads(path.read_text(encoding="utf-8"))
        checked_name(info["run"], "run")
        checked_name(info["task"], "task")
    except FileNotFoundError:
        raise ResultsError(f"{folder} is not a run folder: it has no {INFO}.") from None
    except ResultsError as error:
        raise ResultsError(f"{path} is not to be trusted: {error}") from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ResultsError(f"{path} cannot be read as the record of a run: {error!r}.") from None
    return dict(info)
