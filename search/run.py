"""A search from start to end: songs in, a run folder with tables out."""

from __future__ import annotations

import platform
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

import data
from data import Songs
from evaluation.objective import OBJECTIVES
from results.store import RunStore
from search.adaptation import adapt, heard_by
from search.advice import collapse_warning
from search.agenda import Agenda
from search.bench import prepare
from search.progress import Progress
from search.study import Study
from search.task import Task
from search.tuning import Resources, ray_at, run_on_ray

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
    folder: Path,
    *,
    out: Path | None = None,
    name: str | None = None,
    group: str | None = None,
    resources: Resources | None = None,
    console: Console | None = None,
) -> Finished:
    """Search a task over a folder of songs.

    Parameters
    ----------
    folder : of the four files (see docs/data.md).
    out : where run folders lie, `results/runs` by default.
    name : of the run; the time by default.
    group : column whose songs stay together in a split; "none" for none, None for the usual.

    Raises
    ------
    data.DataError
        When the songs cannot be used; the message says which file, why and what to do.
    results.store.StoreError
        When the run's name is taken or its folder cannot be written.
    """
    console = console or Console()
    songs = data.load(folder, label=task.label, group=group, seed=task.seed)
    songs = heard_by(task, songs)
    say = partial(console.print, highlight=False, soft_wrap=True)
    say(f"{len(songs)} songs from {folder}. {songs.split_rule}")
    adapted = adapt(task, songs, say)
    name = name or datetime.now().strftime("%Y%m%d-%H%M%S")
    info = {
        "direction": OBJECTIVES[task.objective].direction,
        "settings": task.as_json(),
        "data": {"folder": str(folder.resolve()), "files": data.fingerprint(folder)},
        "group": group,
        "versions": {package: version(package) for package in PACKAGES},
        "python": platform.python_version(),
        "command": sys.argv,
    }
    with RunStore.create(out, task.name, name, info) as store:
        store.append("songs", song_columns(songs))
        try:
            interrupted = conduct(adapted, songs, store, resources or Resources(), console)
        finally:
            store.consolidate()
    compared = (store.folder / "comparison.parquet").exists()
    return Finished(store.folder, interrupted, compared)


def conduct(
    task: Task, songs: Songs, store: RunStore, resources: Resources, console: Console
) -> bool:
    """Run the agenda of a task to its end; whether it was interrupted."""
    objective = OBJECTIVES[task.objective]
    progress = Progress(console, task.objective, objective.direction == "maximize")
    with stop_on_interrupt(console) as stopping, ThreadPoolExecutor(1) as aside:
        prepared = aside.submit(prepare, songs, task)  # while Ray starts
        study = Study(store.folder / "study.journal", store.run, task, objective.direction)
        agenda = Agenda(task, songs, study, store, progress.finished)
        with ray_at(resources) as workers:
            bench = prepared.result()
            if warning := collapse_warning(task, bench):
                console.print(warning, soft_wrap=True)
            with progress.of(agenda.total):
                run_on_ray(agenda, bench, task, workers, progress, stopping)
        return stopping()


def song_columns(songs: Songs) -> dict[str, Any]:
    """The table `songs`: id, split and labels."""
    return {"id": songs.ids, "split": songs.split, **songs.labels}


@contextmanager
def stop_on_interrupt(console: Console) -> Iterator[Callable[[], bool]]:
    """Ctrl-C once asks the run to stop, twice ends it at once."""
    event = threading.Event()

    def interrupted(number: int, frame: Any) -> None:
        if event.is_set():
            raise KeyboardInterrupt
        event.set()
        console.print("Stopping: what is finished is kept. Ctrl-C again to stop at once.")

    if threading.current_thread() is not threading.main_thread():
        yield event.is_set
        return
    before = {
        number: signal.signal(number, interrupted) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield event.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
