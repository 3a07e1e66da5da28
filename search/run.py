"""A search from start to end: songs in, a run folder with tables out."""

from __future__ import annotations

import platform
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

import data
from data import Songs
from results.folder import vacant
from results.mirror import mirrored
from results.store import RunStore
from search.adaptation import adapt, heard_by
from search.agenda import Agenda
from search.board import posted
from search.cluster import ray_at
from search.dashboard import serving
from search.importance import FIGURE as IMPORTANCE
from search.packing import workers_for
from search.places import Target, lasting, songs_folder
from search.progress import Progress
from search.reporting import report
from search.resources import Resources, Workers
from search.study import Study
from search.task import Task
from search.tuning import run_on_ray, shelve

PACKAGES = ("ray", "optuna", "tensorflow", "keras", "scikit-learn", "pandas", "pyarrow", "numpy")


@dataclass(frozen=True)
class Finished:
    """How a run ended.

    Attributes
    ----------
    folder : the run folder.
    interrupted : whether it was stopped before its end.
    compared : whether there is a comparison, which needs a trial that held every guard.
    """

    folder: Path
    interrupted: bool
    compared: bool


def search(
    task: Task,
    source: Path | str,
    *,
    out: Path | str | None = None,
    name: str | None = None,
    group: str | None = None,
    resources: Resources | None = None,
    console: Console | None = None,
    dashboard: bool = False,
    with_report: bool = True,
) -> Finished:
    """Search a task over a folder of songs.

    Parameters
    ----------
    source : folder of the four files (see docs/data.md), or its URI.
    out : where run folders lie, `results/runs` by default; or the URI below which a mirror of the
        run is kept, whose folder then lies in `results/runs`.
    name : of the run; the time by default.
    group : column whose songs stay together in a split; "none" for none, None for the usual.
    dashboard : whether optuna-dashboard shows the study while the search runs.
    with_report : whether report.html is drawn at the end, which takes seconds.

    Raises
    ------
    data.DataError
        When the songs cannot be used; the message says which file, why and what to do.
    results.store.StoreError
        When the run's name is taken or its folder cannot be written.
    """
    console = console or Console()
    folder, target = songs_folder(source), Target.of(out)
    songs = data.load(folder, label=task.label, group=group, seed=task.seed)
    songs = heard_by(task, songs)
    say = partial(console.print, highlight=False, soft_wrap=True)
    say(f"{len(songs)} songs from {source}. {songs.split_rule}")
    adapted = adapt(task, songs, say)
    for objective in task.objectives:
        if objective.own_space or objective.supervised:
            say(f"Searching by {objective.column}: {objective.rewards}")
    name = name or datetime.now().strftime("%Y%m%d-%H%M%S")
    vacant(target.root, task.name, name)
    info: dict[str, Any] = {
        "direction": task.objectives[0].direction,
        "settings": task.as_json(),
        "data": {"folder": lasting(source), "files": data.fingerprint(folder)},
        "mirror": target.mirror(task.name, name),
        "group": group,
        "versions": {package: version(package) for package in PACKAGES},
        "python": platform.python_version(),
        "command": sys.argv,
    }
    resources = resources or Resources()
    with stop_on_interrupt(console) as stopped, ray_at(resources):
        # Before there is a run folder: one of a search that cannot start would be in the way.
        workers = workers_for(adapted, songs, resources, say, stopped.is_set)
        with (
            RunStore.create(target.root, task.name, name, info) as store,
            mirrored(store.folder, info["mirror"], say),
        ):
            store.append("songs", song_columns(songs))
            try:
                conduct(adapted, songs, store, workers, stopped, console, dashboard)
            finally:
                store.consolidate()
            if with_report:
                report(store.folder, say)
    compared = (store.folder / "comparison.parquet").exists()
    return Finished(store.folder, stopped.is_set(), compared)


def conduct(
    task: Task,
    songs: Songs,
    store: RunStore,
    workers: Workers,
    stopped: threading.Event,
    console: Console,
    dashboard: bool = False,
) -> None:
    """Run the agenda of a task, until its end or until `stopped` is set."""
    first = task.objectives[0]
    progress = Progress(console, first.column, first.direction == "maximize")
    journal = store.folder / "study.journal"
    study = Study(journal, store.run, task)
    agenda = Agenda(task, songs, study, store, progress.finished)
    say = partial(console.print, highlight=False, soft_wrap=True)
    with (
        serving(journal, say) if dashboard else nullcontext(),
        posted(f"{task.name}/{store.run}", workers, progress),
    ):
        shelf = shelve(songs, task, say, stopped.set)
        with progress.of(lambda: agenda.total):
            run_on_ray(agenda, shelf, task, workers, progress, stopped.is_set)
        shelf.check()
    if (found := study.importances()) is not None:
        store.save_figure(IMPORTANCE, found)


def song_columns(songs: Songs) -> dict[str, Any]:
    """The table `songs`: id, split and labels."""
    return {"id": songs.ids, "split": songs.split, **songs.labels}


@contextmanager
def stop_on_interrupt(console: Console) -> Iterator[threading.Event]:
    """Ctrl-C once asks the run to stop, by an event, twice ends it at once."""
    event = threading.Event()

    def interrupted(number: int, frame: Any) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()
        console.print("Stopping: what is finished is kept. Ctrl-C again to stop at once.")

    if threading.current_thread() is not threading.main_thread():
        yield event
        return
    before = {
        number: signal.signal(number, interrupted) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
