"""What the record of a run says of its task, its songs and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import data
from data.files import EMBEDDINGS, OF_EMBEDDINGS
from data.known_songs import KnownSongs
from search.tasks.ranges import TaskError
from search.tasks.reading import from_json
from search.tasks.task import MOST, Task


def asked_before(info: Mapping[str, Any], trials: int | None) -> Task:
    """Return the task of a run, with more trials if they are asked for."""
    try:
        task = from_json(info["settings"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise TaskError(
            f"run.json does not hold a task as this version writes it ({error}): go on with the "
            "version that began the run, or begin a new one"
        ) from None
    if trials is None:
        return task
    if trials < task.trials:
        raise TaskError(
            f"--trials is {trials}; the run was asked for {task.trials}: give as many or more"
        )
    if trials > MOST["trials"]:
        raise TaskError(f"--trials is {trials}; it must be at most {MOST['trials']}")
    return replace(task, trials=trials)


def known_before(info: Mapping[str, Any]) -> KnownSongs | None:
    """Return what a person had said of some songs."""
    recorded = info.get("known")
    try:
        return None if recorded is None else KnownSongs.from_json(recorded)
    except (KeyError, TypeError, ValueError) as error:
        raise TaskError(f"run.json does not say which songs are known ({error!r})") from None


def songs_before(info: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Return where the songs of a run lay, and the SHA-256 of each file by its name."""
    try:
        return str(info["data"]["folder"]), dict(info["data"]["files"])
    except (KeyError, TypeError, ValueError) as error:
        raise TaskError(f"run.json does not say which songs the run is of ({error!r})") from None


def refuse_other_songs(folder: Path, files: Mapping[str, str]) -> None:
    """Refuse songs that are not those a run began with: its splits and scores are theirs."""
    found = data.fingerprint(folder)
    if EMBEDDINGS not in files:  # the run cannot have taken those that came later
        found = {name: digest for name, digest in found.items() if name not in OF_EMBEDDINGS}
    for name in sorted({*found, *files}):
        if found.get(name) != files.get(name):
            what = "is missing" if name not in found else "has changed since the run began"
            raise data.DataError(
                f"{folder / name} {what}: bring back the songs of the run, say by --data where "
                "they lie, or begin a new run"
            )
