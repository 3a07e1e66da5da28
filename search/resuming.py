"""Going on with a run that was broken off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

import data
from results.mirror import mirrored
from results.store import RunStore
from search.adaptation import adapt
from search.limits import Limits
from search.places import songs_folder
from search.ranges import TaskError
from search.resources import Resources
from search.run import Finished, conduct, ready, song_columns, songs_of
from search.task import Task, from_json


def resume(
    run: Path,
    *,
    trials: int | None = None,
    source: Path | str | None = None,
    resources: Resources | None = None,
    limits: Limits | None = None,
    console: Console | None = None,
    dashboard: bool = False,
    with_report: bool = True,
) -> Finished:
    """Go on with a run that was broken off, or ask for more trials of one that ended.

    Trials that have ended are not run again; those that were running are, under their numbers.

    Parameters
    ----------
    run : its folder; a mirror that its record names is kept up to date.
    trials : searched trials in all, at least as many as were asked for before.
    source : folder or URI of the same songs, where they lie elsewhere by now.

    Raises
    ------
    data.DataError
        When the songs are not those of the run.
    search.ranges.TaskError
        When fewer trials are asked for than before.
    results.columns.ResultsError
        When the folder is no run folder, or another process has it open.
    """
    console = console or Console()
    say = partial(console.print, highlight=False, soft_wrap=True)
    with RunStore.open(run) as store, mirrored(store.folder, store.info.get("mirror"), say):
        task = asked_before(store.info, trials)
        place, files = songs_before(store.info)
        source = source or place
        folder = songs_folder(source)
        same_songs(folder, files)
        songs = songs_of(task, folder, store.info.get("group"))
        say(f"Going on with {store.task}/{store.run}: {len(songs)} songs from {source}.")
        adapted = adapt(task, songs, say)
        with ready(adapted, songs, resources or Resources(), console) as (workers, stopping):
            if store.table("songs") is None:
                store.append("songs", song_columns(songs))
            store.write_info({"settings": task.as_json(), "ended": None})
            return conduct(
                *(adapted, songs, store, workers, stopping, limits or Limits(), console),
                dashboard=dashboard,
                with_report=with_report,
            )


def asked_before(info: Mapping[str, Any], trials: int | None) -> Task:
    """The task of a run, with more trials if they are wanted."""
    try:
        task = from_json(info["settings"])
    except (TaskError, KeyError, TypeError, AttributeError) as error:
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
    return replace(task, trials=trials)


def songs_before(info: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Where the songs of a run lay, and their files with what each held."""
    try:
        return str(info["data"]["folder"]), dict(info["data"]["files"])
    except (KeyError, TypeError, ValueError) as error:
        raise TaskError(f"run.json does not say which songs the run is of ({error!r})") from None


def same_songs(folder: Path, files: Mapping[str, str]) -> None:
    """Refuse songs that are not those a run began with: its splits and scores are theirs."""
    found = data.fingerprint(folder)
    for name in sorted({*found, *files}):
        if found.get(name) != files.get(name):
            what = "is missing" if name not in found else "has changed since the run began"
            raise data.DataError(
                f"{folder / name} {what}: bring back the songs of the run, say by --data where "
                "they lie, or begin a new run"
            )
