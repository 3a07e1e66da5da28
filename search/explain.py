"""`python -m search explain TASK`: what a search would do, and about how long it would take."""

from __future__ import annotations

import argparse
import multiprocessing
import platform
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path

from ray._private.utils import get_num_cpus

from data import Songs
from data.answers import read_known
from data.known_songs import KnownSongs
from evaluation.clusterers import CLUSTERERS
from evaluation.known_songs import AGREEMENT
from models.gpu import memory_of
from search.backend.interrupt import SearchFailed
from search.backend.packing import gpu_bytes, packed
from search.backend.progress import duration
from search.backend.resources import (
    AUTO,
    Need,
    Node,
    ResourceError,
    Resources,
    refusal,
    slots,
)
from search.cli import task_of
from search.console import console as make_console
from search.console import outlive_readers
from search.exit_codes import ExitCode
from search.experiment.expectation import Expectation, expect
from search.experiment.probe import TRAINING_SECONDS, Probe, measure
from search.from_runs import warm_start
from search.locations import demo_songs, songs_folder
from search.run import SongsInHand, songs_of
from search.study.size import clusterings, size_of
from search.tasks.adaptation import adapt
from search.tasks.ranges import TaskError, brief, unfit
from search.tasks.task import Task
from search.wording import speaker

Say = Callable[[str], None]


def command(arguments: argparse.Namespace) -> int:
    """Print what would be searched; return the exit code."""
    outlive_readers()
    task = task_of(arguments)
    resources = Resources(
        None, arguments.workers, arguments.cpus_per_trial, arguments.gpus_per_trial
    )
    explain(
        task,
        demo_songs() if arguments.data is None else arguments.data,
        speaker(make_console()),
        group=arguments.group,
        known=arguments.known,
        past=arguments.past,
        resources=resources,
    )
    return ExitCode.DONE


def explain(
    task: Task,
    source: Path | str,
    say: Say,
    *,
    group: str | None = None,
    known: list[Path] | None = None,
    past: str | None = None,
    resources: Resources | None = None,
) -> Expectation:
    """Print what a search of a task over a folder of songs would do; return what is expected.

    Parameters and errors are those of `search.start.search`.

    Raises
    ------
    SearchFailed
        When the process that tries the models was ended.
    """
    resources = resources or Resources()
    if group is not None and (reason := unfit(group)):
        raise TaskError(f"--group {brief(group)}: {reason}")
    if known:
        task = replace(task, objective=AGREEMENT)
    in_hand = _in_hand(task, source, group, known or [], say)
    say(f"{len(in_hand.songs)} songs from {source}.")
    say(f"Split {in_hand.songs.split_rule}")
    task = adapt(task, in_hand.songs, say)
    warm_start(past, task, None, say)
    say("")
    _say_space(task, say)
    memory = memory_of()
    node = Node(platform.node(), get_num_cpus(), len(memory))
    if resources.gpus_per_trial is not AUTO:
        _workers(node, resources, resources.gpus_per_trial)  # refused before the probe
    say("One model of each family is trained and scored, to see how long that takes ...")
    begun = time.perf_counter()
    probe, needs = _probe(in_hand.songs, task, resources, node)
    gpus = _gpus(resources, node, memory, needs)
    workers = _workers(node, resources, gpus)
    expected = expect(task, probe, workers, int(node.cpus), resources.cpus_per_trial)
    say(f"... which took {duration(time.perf_counter() - begun)}.")
    say("")
    _say_trials(task, expected, say)
    _say_seconds(task, probe, expected, workers, say)
    _say_memory(probe, needs, workers, gpus, say)
    return expected


def _in_hand(
    task: Task, source: Path | str, group: str | None, known: list[Path], say: Say
) -> SongsInHand:
    """Return the songs as a search would be given them."""

    def known_of(songs: Songs) -> KnownSongs | None:
        return read_known(known, songs.ids.tolist(), say) if known else None

    return songs_of(task, songs_folder(source), group, known_of, say)


def _workers(node: Node, resources: Resources, gpus: float | None) -> int:
    """Return how many trials run at a time on this machine.

    Raises
    ------
    ResourceError
        When there is no room for one.
    """
    need = Need(resources.cpus_per_trial, gpus or 0.0)
    if not slots([node], need):
        raise ResourceError(refusal([node], need, local=True))
    return min(resources.workers or slots([node], need), slots([node], need))


def _probe(
    songs: Songs, task: Task, resources: Resources, node: Node
) -> tuple[Probe, dict[str, int]]:
    """Return what was measured in a process of its own, and GPU bytes of each family.

    Without GPUs the latter are none. TensorFlow is never imported here.
    """
    gpu = resources.gpus_per_trial != 0 and bool(node.gpus)
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(1, context) as pool:
            began = time.time()
            probe = pool.submit(
                measure, songs, task, resources.cpus_per_trial, gpu, began
            ).result()
            return probe, pool.submit(gpu_bytes, songs, task).result() if gpu else {}
    except BrokenProcessPool:
        raise SearchFailed(
            "The process that tries the models was ended, as by the system for want of memory: "
            "free memory, or explain a smaller task."
        ) from None


def _gpus(
    resources: Resources, node: Node, memory: list[int], needs: dict[str, int]
) -> float | None:
    """Return the share of a GPU that a trial gets on this machine."""
    if resources.gpus_per_trial is not AUTO:
        return resources.gpus_per_trial
    return packed(min(memory), needs, [node], resources.cpus_per_trial)[0] if memory else 0.0


def _say_space(task: Task, say: Say) -> None:
    """Say what models there are, and how each is clustered."""
    say("Models:")
    for family in task.families:
        size = size_of(task, family)
        factors = ", ".join(f"{name} {count}" for name, count in size.choices.items())
        each = f" for each value of {' and '.join(size.continuous)}" if size.continuous else ""
        many = ", and those are continuous: no search exhausts them" if size.continuous else ""
        say(f"  {family}: {_count(size.models, 'model')}{each} (values of {factors}){many}")
    say(f"Baselines: {', '.join(task.baselines) or 'none'}.")
    low, high = task.clusters
    ways = ", ".join(
        f"{name} at {low} to {high} clusters" if CLUSTERERS[name].takes_count else name
        for name in task.clusterers
    )
    say(f"Each model is clustered in {_count(clusterings(task), 'way')}: {ways}.")
    for objective in task.objectives:
        say(f"Objective {objective.column}, {objective.direction}: {objective.rewards}")


def _say_trials(task: Task, expected: Expectation, say: Say) -> None:
    """Say how many trials there are, and how many of them take time."""
    found = expected.trials
    again = f"{_count(found.finalists, 'finalist')} x {_count(found.seeds, 'seed')}, "
    nulls = f"{found.nulls} on songs without clusters"
    say(
        f"Trials: {found.baselines} of baselines, {found.searched} searched, "
        + (again + nulls if found.finalists else "no finalists")
        + "."
    )
    if found.distinct < found.searched - 0.5:
        say(
            f"Only about {found.distinct:.0f} of the searched trials can be of different models, "
            "if proposals are spread evenly; the others take no time."
        )
    else:
        say("A model that is proposed again takes no time; how often that is, is not known.")
    if task.scheduler != "none":
        say(f"How many trials {task.scheduler} ends early is not known: none are counted so.")


def _say_seconds(task: Task, probe: Probe, expected: Expectation, workers: int, say: Say) -> None:
    """Say how long the search would take, and what of it is extrapolated."""
    minutes = expected.seconds / 60
    parts = ", ".join(
        f"{name} {duration(seconds)}" for name, seconds in expected.stages.items() if seconds
    )
    say(
        f"Expected: about {minutes:.{0 if minutes >= 20 else 1}f} minutes with "
        f"{_count(workers, 'worker')} on this machine ({parts})."
    )
    cut = dict.fromkeys(
        one.family
        for one, timing in probe.networks.items()
        if timing.epochs == task.epochs and timing.training > TRAINING_SECONDS
    )
    if cut and task.early_stopping:
        say(f"All {task.epochs} epochs are counted for {', '.join(cut)}, which may stop sooner.")
    for network, timing in probe.networks.items():
        if timing.error is not None:
            first = timing.error.splitlines()[0]
            say(f"{network.family} in the view {network.views[0]} failed: {first}")


def _say_memory(
    probe: Probe, needs: dict[str, int], workers: int, gpus: float | None, say: Say
) -> None:
    """Say what workers take of the memory of this machine and of its GPUs."""
    own = max(probe.worker_bytes - probe.shared_bytes, 0)
    say(
        f"Memory: {_megabytes(own)} per worker, and {_megabytes(probe.shared_bytes)} of songs "
        f"that all share: {_megabytes(workers * own + probe.shared_bytes)} in all, beside Ray "
        "and the driver."
    )
    if gpus and needs:
        family, need = max(needs.items(), key=lambda item: item[1])
        say(
            f"GPU: at most {_megabytes(need)} per worker, for the widest {family}; each gets "
            f"{gpus:g} of a GPU."
        )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _megabytes(size: float) -> str:
    """Return bytes in words."""
    return f"{size / 2**20:,.0f} MB" if size < 2**30 else f"{size / 2**30:.1f} GB"
