"""Where things lie in a run folder, and what they are called."""

import contextlib
import hashlib
import os
import re
from pathlib import Path

from results.arguments import whole_of
from results.columns import ResultsError
from results.record import MOST_BYTES
from results.schema import TABLES
from results.text import named

INFO = "run.json"
JOURNAL = "study.journal"
PARTS = "parts"
LATENTS = "latents"
PARTITIONS = "partitions"
REDUCED = "reduced"
CONSENSUS = "consensus"
CHOICES = "choices"
MODELS = "models"
FIGURES = "figures"
CLIPS = "clips"

_MOST_FILE_BYTES = 2**31
"""Of any file but the record; codes take half of it at most."""
MOST_PARTS = 10**9 - 1
"""The largest number of a part."""

CLIP_ENDING = ".mp3"
_MODEL_ENDINGS = ".json", ".weights.h5"
_TABLE = "|".join(TABLES)
_MODEL = r"-?\d{1,18}(-s\d{1,18})?"
NAME = r"\w(?:[\w .+-]{0,98}[\w+-])?"
_OWN = tuple(
    map(
        re.compile,
        (
            r"run\.json|study\.journal|report\.html|comparison\.csv",
            rf"({_TABLE})\.parquet",
            rf"{PARTS}/({_TABLE})-\d{{6,9}}\.parquet",
            rf"({LATENTS}|{REDUCED})/{_MODEL}\.npy",
            rf"{PARTITIONS}/{_MODEL}\.npz",
            rf"{CONSENSUS}/s\d{{1,18}}\.npz",
            rf"{MODELS}/{_MODEL}({'|'.join(map(re.escape, _MODEL_ENDINGS))})",
            rf"{FIGURES}/{NAME}\.npz",
            rf"{CHOICES}/{NAME}/(comparison|assignments)\.parquet",
            rf"{CLIPS}/{NAME}{re.escape(CLIP_ENDING)}",
        ),
    )
)
"""Names that we give to the files of a run, within its folder: what a mirror has, no more."""


def is_own(name: str) -> bool:
    """Return whether a name within a run folder is one that we give."""
    return any(pattern.fullmatch(name) for pattern in _OWN)


def most_bytes(name: str) -> int:
    """Return how large a file of this name, within a run folder, can be."""
    return MOST_BYTES if name.rpartition("/")[2] == INFO else _MOST_FILE_BYTES


def checked_name(name: object, what: str) -> str:
    """Return the name itself, if it can be that of a file; `ResultsError` if not.

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
    """Return the path of these names in the folder; `ResultsError` if it would lie outside.

    Links are followed, so a link in a folder from elsewhere leads nowhere either.
    """
    path = folder.joinpath(*names)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ResultsError(f"{path} leads out of the run folder {folder}; it is not touched.")
    return path


def table_file(folder: Path, table: str) -> Path:
    """Return the path of a consolidated table."""
    return inside(folder, f"{table}.parquet")


def part_files(folder: Path, table: str, after: int = 0) -> list[Path]:
    """Return the parts of a table, oldest first; those alone with a number above this one."""
    with contextlib.suppress(FileNotFoundError), os.scandir(folder / PARTS) as entries:
        names = [
            entry.name
            for entry in entries
            if entry.name.startswith(f"{table}-")
            and is_own(f"{PARTS}/{entry.name}")
            and entry.is_file()
        ]
        newer = sorted((part_number(name), name) for name in names if part_number(name) > after)
        return [inside(folder, PARTS, name) for _, name in newer]
    return []


def part_file(folder: Path, table: str, number: int) -> Path:
    """Return the path of a new part.

    Raises
    ------
    ResultsError
        When a part has the last number that there is, which a search never reaches.
    """
    if number > MOST_PARTS:
        raise ResultsError(
            f"{folder / PARTS} has a part of number {MOST_PARTS}, above which there is none: "
            "remove that part, which no search wrote."
        )
    return inside(folder, PARTS, f"{table}-{number:06d}.parquet")


def part_number(name: str) -> int:
    """Return the number in the name of a part, be it torn; 0 for other files."""
    match = re.search(r"-(\d{6,9})\.parquet", name)
    return int(match[1]) if match else 0


def model_name(trial: int, seed: int | None = None) -> str:
    """Return `12` for a searched trial, `12-s3` for the same trained again on seed 3."""
    number = whole_of(trial, "trial")
    return str(number) if seed is None else f"{number}-s{whole_of(seed, 'seed', least=0)}"


def model_files(folder: Path, trial: int) -> list[Path]:
    """Return the paths of both files of the model of a searched trial or a baseline."""
    name = model_name(trial)
    return [inside(folder, MODELS, f"{name}{ending}") for ending in _MODEL_ENDINGS]


def codes_file(folder: Path, trial: int, seed: int | None = None) -> Path:
    """Return the path of the codes of all songs by a model."""
    return inside(folder, LATENTS, f"{model_name(trial, seed)}.npy")


def reduced_file(folder: Path, trial: int, seed: int | None = None) -> Path:
    """Return the path of the codes of all songs behind a reducer."""
    return inside(folder, REDUCED, f"{model_name(trial, seed)}.npy")


def consensus_file(folder: Path, seed: int) -> Path:
    """Return the path of the consensus of a seed."""
    return inside(folder, CONSENSUS, f"s{whole_of(seed, 'seed', least=0)}.npz")


def partitions_file(folder: Path, trial: int, seed: int | None = None) -> Path:
    """Return the path of the clusterings of all songs by a model."""
    return inside(folder, PARTITIONS, f"{model_name(trial, seed)}.npz")


def choice_file(folder: Path, name: str, table: str) -> Path:
    """Return the path of a table of a choice by known songs."""
    return inside(folder, CHOICES, checked_name(name, "choice"), f"{table}.parquet")


def clip_file(folder: Path, song: str) -> Path:
    """Return the path of the clip of a song, whatever characters its id has."""
    name = song
    if not re.fullmatch(NAME, song):
        digest = hashlib.sha256(song.encode(errors="surrogatepass")).hexdigest()[:12]
        name = "-".join([*re.findall(r"\w+", song[:60]), digest])
    return inside(folder, CLIPS, f"{name}{CLIP_ENDING}")


def clip_files(folder: Path) -> list[Path]:
    """Return the paths of all clips."""
    names = (path.name for path in (folder / CLIPS).glob(f"*{CLIP_ENDING}"))
    return [inside(folder, CLIPS, name) for name in names if is_own(f"{CLIPS}/{name}")]


def choices(folder: Path) -> list[str]:
    """Return the names of the choices by known songs that were made of a run, oldest first."""
    made = {
        path.parent.name: path.stat().st_mtime_ns
        for path in (folder / CHOICES).glob("*/comparison.parquet")
        if is_own("/".join(path.relative_to(folder).parts))
    }
    return sorted(made, key=lambda name: (made[name], name))
