"""`--resume auto`: a run is begun, or gone on with where there is one of its name.

The same command serves a first start and every start after it: of a new pod, of a job that was
queued again, of a head that took the place of a lost one.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evaluation.known_songs import AGREEMENT
from results.columns import ResultsError
from results.folder import read_info, runs_root
from results.layout import INFO, checked_name
from results.mirror import fetch_run, is_ahead
from results.remote import Place, RemoteError, is_uri
from search.ending import REPORT, Finished
from search.locations import Target, demo_songs
from search.origin import begun_here
from search.resume import resume
from search.run import RunOptions
from search.tasks.ranges import TaskError, brief
from search.tasks.task import Task
from search.wording import speaker

_SUPERSEDED = ".superseded"
"""Folder beside the runs of a task for those that went on elsewhere."""


@dataclass(frozen=True)
class Begun:
    """A run that is there.

    Attributes
    ----------
    folder : of the run on this machine.
    fetched : URI that it was fetched from just now; None where it lay here.
    """

    folder: Path
    fetched: str | None = None


def begun(task: str, name: str | None, out: str | None, options: RunOptions) -> Begun | None:
    """Return the run of this task and name, from its mirror where its folder is not here.

    A folder that lacks trials which the mirror has is put aside: the run went on elsewhere.

    Raises
    ------
    TaskError
        When the run has no name by which to know it again.
    ResultsError
        When what lies there cannot be used.
    """
    if name is None:
        raise TaskError("--resume auto needs --name: by its name a run is known again")
    say = speaker(options.console)
    target = Target.of(out)
    folder = runs_root(target.root) / checked_name(task, "task") / checked_name(name, "run")
    uri = Place.of(target.uri).at(task, name).uri if target.uri else None
    here = (folder / INFO).is_file()
    if uri is not None:
        try:
            listed = Place.of(uri).listing()
            if INFO in listed and (not here or is_ahead(listed, folder)):
                if here:
                    aside = _put_aside(folder)
                    say(f"The run went on elsewhere: its older folder is now {aside}.")
                say(f"Going on from the mirror at {uri}.")
                return Begun(fetch_run(uri, target.root), uri)
        except RemoteError as error:
            if not here:
                raise
            say(f"The mirror cannot be looked at, so the folder here counts: {error}")
    return Begun(folder) if here else None


def go_on(run: Begun, task: Task, arguments: argparse.Namespace, options: RunOptions) -> Finished:
    """Go on with a run to the trials that are asked for now, if those are more than it has.

    Raises
    ------
    TaskError
        When the run searches another task.
    """
    info = read_info(run.folder)
    if arguments.known:
        task = replace(task, objective=AGREEMENT)
    recorded = info.get("settings")
    recorded = recorded if isinstance(recorded, dict) else {}
    _refuse_another(recorded, task, run.folder)
    before = recorded.get("trials")
    more = not isinstance(before, int) or task.trials > before
    drawn = not options.with_report or (run.folder / REPORT).is_file()  # else ended while drawing
    if info.get("ended") and drawn and not more:
        speaker(options.console)(f"The run has ended: {run.folder}.")
        compared = (run.folder / "comparison.parquet").exists()
        return Finished(run.folder, interrupted=False, given_up=None, compared=compared)
    source = arguments.data
    if source is None and not begun_here(info, run.folder):
        source = demo_songs()
    return resume(
        run.folder,
        trials=task.trials if more else None,
        source=source,
        out=arguments.out if is_uri(arguments.out) else None,
        fetched=run.fetched,
        parts=[one.place for one in task.sources],
        options=options,
    )


def _refuse_another(recorded: dict[str, Any], task: Task, folder: Path) -> None:
    """Refuse a task that differs from that of the run in more than its number of trials."""
    asked = task.as_json()
    for key in asked.keys() - {"trials"}:
        now, before = _plain(asked[key]), _plain(recorded.get(key, asked[key]))
        if now != before:
            raise TaskError(
                f"{folder} is a run whose {key} is {brief(before)}, and this command asks for "
                f"{brief(now)}: give the run another --name, or ask for the same"
            )


def _plain(value: Any) -> Any:
    """Return a value of a task as JSON has it: lists for tuples."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, tuple | list) else value


def _put_aside(folder: Path) -> Path:
    """Move the folder of a run to where it is no run any more, and nothing of it is lost."""
    place = folder.parent / _SUPERSEDED
    try:
        place.mkdir(exist_ok=True)
        number = sum(one.name.startswith(f"{folder.name}-") for one in place.iterdir()) + 1
        return folder.rename(place / f"{folder.name}-{number}")
    except OSError as error:
        raise ResultsError(
            f"{folder} lacks trials that its mirror has and cannot be put aside "
            f"({error.strerror}): rename it"
        ) from None
