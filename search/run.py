"""A run from wherever it is to its end: songs in, a run folder with tables out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ray
from rich.console import Console

import data
from data import Songs
from data.known_songs import KnownSongs, out_of_test
from evaluation.known_songs import AGREEMENT
from results.disk import StoreError
from results.layout import INFO
from results.mirror import mirrored
from results.store import RunStore
from search.backend.connection import ray_at
from search.backend.interrupt import Interrupt, SearchFailed
from search.backend.monitor import publishing
from search.backend.packing import workers_for
from search.backend.progress import Progress
from search.backend.resources import Resources, Workers
from search.backend.tuner import run_on_ray, share_inputs
from search.console import console as make_console
from search.ending import Finished
from search.experiment.experiment import Experiment
from search.experiment.history import searched, trial_results
from search.experiment.known import KnownAgreement
from search.experiment.stopping import Limits
from search.origin import why_unsigned
from search.report_inputs import CLIPS, keep_report_inputs
from search.reporting import keeping, report
from search.study.dashboard import serving
from search.study.importance import FIGURE as IMPORTANCE
from search.study.study import Study
from search.study.warm_start import tried_first
from search.tasks.adaptation import restrict_inputs
from search.tasks.ranges import TaskError
from search.tasks.task import Task
from search.wording import speaker


@dataclass(frozen=True)
class RunOptions:
    """What a run is run on and shows, which changes nothing that it finds.

    Attributes
    ----------
    dashboard : whether optuna-dashboard shows the study while the search runs.
    with_report : whether report.html and what it shows of the songs are made at the end, which
        takes seconds.
    clips : songs at most that can be heard in it.
    """

    resources: Resources = field(default_factory=Resources)
    limits: Limits = field(default_factory=Limits)
    console: Console = field(default_factory=make_console)
    dashboard: bool = False
    with_report: bool = True
    clips: int = CLIPS


class SongsInHand:
    """The songs of a run, whose audio and lyrics this process keeps until Ray has them.

    Attributes
    ----------
    songs : all that is known of them; without audio and lyrics once they are handed over.
    folder : where they were read from.
    known : what a person has said of some of them.
    """

    def __init__(self, songs: Songs, folder: Path, known: KnownSongs | None = None) -> None:
        self.songs = songs
        self.folder = folder
        self.known = known

    def hand_over(self) -> ray.ObjectRef:
        """Put the songs into Ray's object store."""
        kept = ray.put(self.songs)
        self.songs = self.songs.without_inputs()
        return kept


def songs_of(
    task: Task,
    folder: Path,
    group: str | None,
    known_of: Callable[[Songs], KnownSongs | None],
    note: Callable[[str], None],
) -> SongsInHand:
    """Return the songs of a folder, with the inputs that the task names alone.

    Parameters
    ----------
    known_of : returns what a person has said of some of these songs; these are no test songs.
    note : takes a sentence on how many test songs are left.

    Raises
    ------
    TaskError
        When the task is searched by known songs and there are none.
    """
    songs = data.load(folder, label=task.label, group=group, seed=task.seed)
    known = known_of(songs)
    searched_by = AGREEMENT in [objective.column for objective in task.objectives]
    if searched_by and known is None:
        raise TaskError(f"the objective {AGREEMENT} needs known songs: name a file by --known")
    if known is not None:
        songs, said = out_of_test(songs, known)
        note(said)
    return SongsInHand(restrict_inputs(task, songs), folder, known)


def run_to_end(
    task: Task,
    in_hand: SongsInHand,
    open_store: Callable[[], AbstractContextManager[RunStore]],
    mirror: str | None,
    options: RunOptions,
    changes: Mapping[str, Any] | None = None,
) -> Finished:
    """Start Ray, open the run folder, and run the experiment of a task to its end.

    Parameters
    ----------
    task : as these songs allow it.
    in_hand : the songs, which are handed over to Ray.
    open_store : called once Ray has room for the trials: the folder of a search that could not
        start would be in the way of the next.
    mirror : URI of the copy of this run; None for no copy. Nothing is copied before.
    changes : entries of the record that are others by now.
    """
    say = speaker(options.console)
    if (reason := why_unsigned()) is not None:
        say(reason)
    with (
        _ready(task, in_hand, options) as backend,
        open_store() as store,
        mirrored(store.folder, mirror, say),
    ):
        songs = in_hand.songs
        if store.table("songs") is None:
            titles = {} if songs.titles is None else {"title": songs.titles}
            columns = {"id": songs.ids, **titles, "split": songs.split, **songs.labels}
            store.append("songs", columns)
        if changes is not None:
            store.write_info(changes)
        known = None if in_hand.known is None else KnownAgreement(in_hand.known, songs.ids)
        return _run_experiment(task, in_hand, store, backend, options, known)


@dataclass(frozen=True)
class _Backend:
    """Ray as a run uses it.

    Attributes
    ----------
    workers : what trials run on.
    interrupt : what may stop them, by a signal too.
    songs : where in Ray's object store they lie, once for all that need them.
    """

    workers: Workers
    interrupt: Interrupt
    songs: ray.ObjectRef


@contextmanager
def _ready(task: Task, in_hand: SongsInHand, options: RunOptions) -> Iterator[_Backend]:
    """Keep Ray with room for the trials of a task until the end of the block."""
    interrupt = Interrupt()
    say = speaker(options.console)
    with ray_at(options.resources), interrupt.by_signal(options.console):
        kept = in_hand.hand_over()
        workers = workers_for(task, kept, options.resources, say, interrupt)
        yield _Backend(workers, interrupt, kept)


def _run_experiment(
    task: Task,
    in_hand: SongsInHand,
    store: RunStore,
    backend: _Backend,
    options: RunOptions,
    known: KnownAgreement | None,
) -> Finished:
    """Run the experiment of a task to its end, from wherever the run folder says that it is.

    Raises
    ------
    SearchFailed
        When the run folder cannot be written any more.
    """
    interrupt, first = backend.interrupt, task.objectives[0]
    said = list(store.info.get("said", []))
    progress = Progress(options.console, first.column, first.direction == "maximize")
    journal = store.folder / "study.journal"
    say = speaker(options.console)
    note = keeping(said, say)
    past = trial_results(store)
    study = Study(journal, store.run, task, searched(past), note, tried_first(store.info, task))
    shared = share_inputs(backend.songs, task, note, interrupt.request)
    experiment = Experiment(
        task,
        in_hand.songs,
        study,
        store,
        progress.finished,
        past,
        options.limits,
        shared.get,
        known,
    )
    with (
        _losses_reported(store.folder),
        _consolidated(store),
        serving(journal, say) if options.dashboard else nullcontext(),
        publishing(f"{task.name}/{store.run}", backend.workers, progress),
    ):
        with progress.of(lambda: experiment.total):
            run_on_ray(
                experiment,
                shared,
                task,
                backend.workers,
                progress,
                interrupt,
                options.limits.epoch_limit,
                note,
            )
        interrupt.check()
        shared.check()
        complete = experiment.done and experiment.given_up is None
        if complete and options.with_report:
            songs, folder = ray.get(backend.songs), in_hand.folder
            keep_report_inputs(store, songs, folder, task, options.clips, say, interrupt)
        ended = datetime.now(UTC).isoformat() if complete else None
        _check_still_there(store.folder)
        store.write_info({"said": list(dict.fromkeys(said)), "ended": ended})
        if (found := study.importances()) is not None:
            store.save_figure(IMPORTANCE, found)
    if options.with_report:
        report(store.folder, say)
    compared = (store.folder / "comparison.parquet").exists()
    return Finished(store.folder, interrupt(), experiment.given_up, compared)


@contextmanager
def _losses_reported(folder: Path) -> Iterator[None]:
    """Raise SearchFailed where the run folder cannot be written in the block."""
    try:
        yield
    except StoreError as error:
        _check_still_there(folder)
        raise SearchFailed(str(error)) from None
    except (OSError, RuntimeError):  # the second where Optuna finds its lock gone
        _check_still_there(folder)
        raise


def _check_still_there(folder: Path) -> None:
    """Raise SearchFailed where the run folder has gone, for then nothing of it is safe."""
    if not (folder / INFO).is_file():
        raise SearchFailed(
            f"The run folder {folder} was removed or moved while the search ran, and what it held "
            "went with it: go on with it where it lies now, or begin a new run."
        )


@contextmanager
def _consolidated(store: RunStore) -> Iterator[None]:
    """Bring the tables up to date at the end of the block, however it ends."""
    try:
        yield
    except BaseException:
        with suppress(Exception):  # what ended the block is what there is to say
            store.consolidate()
        raise
    store.consolidate()
