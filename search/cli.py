"""From the arguments of a command line to what a search takes."""

from __future__ import annotations

import argparse
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from search.backend.resources import Resources
    from search.experiment.stopping import Limits
    from search.run import RunOptions
    from search.tasks.task import Task


def changes(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the keys of the task file that the command line overrides, with their values.

    Raises
    ------
    TaskError
        When an argument of --set is no KEY=VALUE.
    """
    from results.text import plain
    from search.tasks.ranges import TaskError, brief

    named = ("trials", "objective", "scheduler", "clusters", "label", "finalists", "seed")
    found = {name: getattr(arguments, name) for name in named}
    found = {name: value for name, value in found.items() if value is not None}
    if "finalists" in found:
        found["finalist_share"] = 0
    for assignment in arguments.set:
        key, equals, text = assignment.partition("=")
        if not equals or not key:
            raise TaskError(f"--set {brief(assignment)}: write it as KEY=VALUE")
        if plain(assignment) != assignment:
            raise TaskError(f"--set {brief(assignment)}: it holds a control character")
        try:
            found[key] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            found[key] = text
        except (ValueError, RecursionError):  # thousands of digits or of brackets
            raise TaskError(f"--set {brief(assignment)}: its value cannot be read") from None
    return found


def task_of(arguments: argparse.Namespace) -> Task:
    """Return the task that a command line names, with what it overrides.

    Raises
    ------
    TaskError
        When there is no such task, or it does not go with known songs.
    """
    from evaluation.known_songs import AGREEMENT
    from search.tasks.ranges import TaskError
    from search.tasks.reading import read_task

    task = read_task(arguments.task, changes(arguments))
    if arguments.known and arguments.objective is not None:
        raise TaskError(f"--known searches by {AGREEMENT}: leave out --objective")
    if arguments.known and task.scheduler != "none":
        raise TaskError(
            f"--known searches by {AGREEMENT}, and scheduler {task.scheduler} compares trials by "
            "another objective: give --scheduler none"
        )
    return task


def run_options(arguments: argparse.Namespace) -> RunOptions:
    """Return how a run is run, from the arguments that `search` and `resume` share."""
    from search.run import RunOptions

    if arguments.dashboard:
        from search.study.dashboard import require

        require()
    return RunOptions(
        _resources(arguments),
        _limits(arguments),
        dashboard=arguments.dashboard,
        with_report=not arguments.no_report,
        clips=_clips(arguments),
    )


def _clips(arguments: argparse.Namespace) -> int:
    """Return how many songs are to be heard in the report."""
    from search.report_inputs import CLIPS, MOST_CLIPS
    from search.tasks.ranges import TaskError

    if arguments.clips is None:
        return CLIPS
    if not 0 <= arguments.clips <= MOST_CLIPS:
        raise TaskError(f"--clips is {arguments.clips}; it must be from 0 to {MOST_CLIPS:,}")
    return int(arguments.clips)


def _limits(arguments: argparse.Namespace) -> Limits:
    """Return when the run is to end early."""
    from search.experiment.stopping import Limits, seconds
    from search.tasks.ranges import TaskError

    def time(option: str) -> float | None:
        text = getattr(arguments, option)
        try:
            return None if text is None else seconds(text)
        except ValueError as error:
            raise TaskError(f"--{option.replace('_', '-')}: {error}") from None

    for option in ("patience", "max_failures"):
        _at_least_one(arguments, option)
    return Limits(
        time("time_budget"),
        arguments.patience,
        arguments.max_failures,
        time("epoch_limit") or Limits.epoch_limit,
    )


def _resources(arguments: argparse.Namespace) -> Resources:
    """Return what trials run on."""
    from search.backend.resources import Resources

    return Resources(
        arguments.address,
        arguments.workers,
        arguments.cpus_per_trial,
        arguments.gpus_per_trial,
        arguments.wait,
    )


def _at_least_one(arguments: argparse.Namespace, option: str) -> None:
    """Refuse an option below 1."""
    from search.tasks.ranges import TaskError

    value = getattr(arguments, option)
    if value is not None and value < 1:
        raise TaskError(f"--{option.replace('_', '-')} is {value}; it must be at least 1")
