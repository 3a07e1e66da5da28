"""`python -m search TASK`: read the task, find the songs, search, show what came of it."""

from __future__ import annotations

import argparse
from pathlib import Path

from data import __main__ as data_command
from search.backend.connection import submitted
from search.cli import changes, run_options
from search.console import outlive_readers
from search.ending import ended
from search.locations import check_of_job
from search.run import search
from search.tasks.reading import read_task


def command(arguments: argparse.Namespace) -> int:
    """Begin a search; return the exit code."""
    outlive_readers()
    task = read_task(arguments.task, changes(arguments))
    options = run_options(arguments)
    if submitted():
        check_of_job(arguments.data, arguments.out)
    finished = search(
        task,
        _demo_songs() if arguments.data is None else arguments.data,
        out=arguments.out,
        name=arguments.name,
        group=arguments.group,
        options=options,
    )
    return ended(finished, options.console)


def _demo_songs() -> Path:
    """Return the folder of the demo songs, which are made if they are not there."""
    folder = data_command.SETS / "demo"
    if not folder.exists():
        data_command.main(["demo"])
    return folder
