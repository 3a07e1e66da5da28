"""`python -m search TASK`: read the task, find the songs, search, show what came of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import data
from data.answers import read_known
from data.known_songs import KnownSongs
from evaluation.guards import bounds
from evaluation.known_songs import AGREEMENT
from results.disk import StoreError
from results.folder import vacant
from results.store import RunStore
from search.backend.connection import submitted
from search.cli import run_options, task_of
from search.console import outlive_readers
from search.ending import Finished, ended
from search.from_runs import warm_start
from search.going_on import begun, go_on
from search.locations import Target, check_of_job, demo_songs, portable_source, songs_folder
from search.origin import signed_places
from search.parts_of_run import recorded
from search.reporting import keeping
from search.run import RunOptions, run_to_end, songs_of
from search.tasks.adaptation import adapt
from search.tasks.ranges import TaskError, brief, unfit
from search.tasks.task import Task
from search.versions import versions
from search.wording import speaker


def command(arguments: argparse.Namespace) -> int:
    """Begin a search; return the exit code."""
    outlive_readers()
    task = task_of(arguments)
    options = run_options(arguments)
    if submitted():
        check_of_job(arguments.data, arguments.out)
    if arguments.resume is None:
        return ended(_begin(task, arguments, options), options.console)
    there = begun(task.name, arguments.name, arguments.out, options)
    try:
        finished = None if there else _begin(task, arguments, options)
    except StoreError:  # by now another process may have begun it
        there = begun(task.name, arguments.name, arguments.out, options)
        if there is None:
            raise
    if there:
        finished = go_on(there, task, arguments, options)
    assert finished is not None
    return ended(finished, options.console)


def _begin(task: Task, arguments: argparse.Namespace, options: RunOptions) -> Finished:
    """Begin the search that a command line asks for."""
    return search(
        task,
        demo_songs() if arguments.data is None else arguments.data,
        out=arguments.out,
        name=arguments.name,
        group=arguments.group,
        known=arguments.known,
        past=arguments.past,
        options=options,
    )


def search(
    task: Task,
    source: Path | str,
    *,
    out: Path | str | None = None,
    name: str | None = None,
    group: str | None = None,
    known: Sequence[Path] = (),
    past: str | None = None,
    options: RunOptions | None = None,
) -> Finished:
    """Search a task over a folder of songs.

    Parameters
    ----------
    source : folder of a collection (see docs/data.md), or its URI.
    out : where run folders lie, `results/runs` by default; or the URI below which a mirror of the
        run is kept, whose folder then lies in `results/runs`.
    name : of the run; the time by default.
    group : column whose songs stay together in a split; "none" for none, None for the usual.
    known : files of known songs, agreement with which is then the objective.
    past : runs whose best configurations are tried first, with commas between them.
    options : see `search.run.RunOptions`.

    Raises
    ------
    data.DataError
        When the songs cannot be used; the message says which file, why and what to do.
    search.tasks.ranges.TaskError
        When the task cannot be searched on these songs, or nothing of the past runs can be.
    results.store.StoreError
        When the run's name is taken or its folder cannot be written.
    """
    options = options or RunOptions()
    if group is not None and (reason := unfit(group)):
        raise TaskError(f"--group {brief(group)}: {reason}")
    folder, target = songs_folder(source), Target.of(out)
    say = speaker(options.console)
    said: list[str] = []
    note = keeping(said, say)
    if known:
        task = replace(task, objective=AGREEMENT)

    def known_of(songs: data.Songs) -> KnownSongs | None:
        return read_known(known, songs.ids.tolist(), note) if known else None

    in_hand = songs_of(task, folder, group, known_of, note)
    say(f"{len(in_hand.songs)} songs from {source}.")
    note(f"Split {in_hand.songs.split_rule}")
    adapted = adapt(task, in_hand.songs, note)
    for objective in task.objectives:
        if objective.own_space or objective.supervised:
            note(f"Searching by {objective.column}: {objective.rewards}")
    taken = warm_start(past, task=adapted, root=target.root, say=note)
    name = name or datetime.now().strftime("%Y%m%d-%H%M%S")
    run, mirror = vacant(target.root, task.name, name), target.mirror(task.name, name)
    info: dict[str, Any] = {
        "direction": task.objectives[0].direction,
        "settings": task.as_json(),
        "guards": bounds(task.guards),
        **signed_places(
            run, mirror, portable_source(source), data.fingerprint(folder), recorded(task)
        ),
        "group": group,
        "known": None if in_hand.known is None else in_hand.known.as_json(),
        "from": taken.as_json(),
        "said": said,
        **versions(),
        "command": sys.argv,
    }
    return run_to_end(
        adapted,
        in_hand,
        lambda: RunStore.create(target.root, task.name, name, info),
        mirror,
        options,
    )
