"""The command line of a search. Only what a run needs is imported, and only once it starts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from search.cli import changes, run_options
from search.options import assign_parser, resume_parser, search_parser, status_parser

if TYPE_CHECKING:
    from rich.console import Console

    from search.run import Finished

DONE, USAGE, BAD_DATA, SEARCH_FAILED, INTERRUPTED = 0, 2, 3, 4, 130


def main(given: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    given = list(sys.argv[1:] if given is None else given)
    if given and given[0] in COMMANDS:
        parser, run = COMMANDS[given[0]]
        arguments = parser().parse_args(given[1:])
    else:
        arguments, run = search_parser().parse_args(given), start
    from data import DataError
    from models import ModelError
    from results.columns import ResultsError
    from search.backend.interrupt import SearchFailed
    from search.backend.resources import ResourceError
    from search.study.dashboard import DashboardError
    from search.tasks.ranges import TaskError

    try:
        return run(arguments)
    except SearchFailed as error:
        return say(str(error), SEARCH_FAILED)
    except DataError as error:
        return say(str(error), BAD_DATA)
    except (TaskError, ResultsError, ResourceError, ModelError, DashboardError) as error:
        return say(str(error), USAGE)
    except KeyboardInterrupt:
        return say("Stopped at once: what was finished is in the run folder.", INTERRUPTED)


def assign(arguments: argparse.Namespace) -> int:
    """Write the clusters of new songs."""
    from data import read
    from results.disk import replaceable, replacing
    from results.finding import run_folders
    from results.spreadsheet import to_csv
    from search.assign import assign as assigned
    from search.tasks.ranges import TaskError
    from search.wording import on_a_line

    out = arguments.out
    if out.suffix not in (".csv", ".parquet"):
        raise TaskError(f"--out {out}: the name must end in .csv or .parquet")
    if not out.parent.is_dir():
        raise TaskError(f"--out {out}: there is no folder {out.parent}; make it")
    replaceable(out)  # before the songs are read, which may take long
    (run,) = run_folders(arguments.run, root=arguments.root)
    table = assigned(run, read(arguments.data))
    with replacing(out) as file:
        if out.suffix == ".csv":
            file.write(to_csv(table).encode(errors="backslashreplace"))
        else:
            table.to_parquet(file, index=False)
    print(on_a_line(f"{len(table)} songs, {table['cluster'].nunique()} clusters: {out}"))
    return DONE


def status(arguments: argparse.Namespace) -> int:
    """Print what a cluster has and what runs on it."""
    from search.console import console
    from search.status import status as said

    said(arguments.address, console())
    return DONE


def start(arguments: argparse.Namespace) -> int:
    """Read the task, make the demo songs if they are wanted, search, show the table."""
    from search.backend.connection import submitted
    from search.console import outlive_readers
    from search.locations import check_of_job
    from search.tasks.task import read_task

    outlive_readers()
    task = read_task(arguments.task, changes(arguments))
    options = run_options(arguments)
    if submitted():
        check_of_job(arguments.data, arguments.out)
    folder = arguments.data
    if folder is None:
        from data.__main__ import SETS
        from data.__main__ import main as make

        folder = SETS / "demo"
        if not folder.exists():
            make(["demo"])
    from search.run import search

    finished = search(
        task,
        folder,
        out=arguments.out,
        name=arguments.name,
        group=arguments.group,
        options=options,
    )
    return ended(finished, options.console)


def resume(arguments: argparse.Namespace) -> int:
    """Go on with a run, show the table."""
    from results.finding import run_folders
    from results.mirror import fetch_run
    from results.remote import is_uri
    from search.console import outlive_readers

    outlive_readers()
    options = run_options(arguments)
    fetched = arguments.run if is_uri(arguments.run) else None
    if fetched is not None:
        folder = fetch_run(fetched, arguments.root)
    else:
        folder = run_folders(arguments.run, root=arguments.root)[-1]
    from search.resume import resume as go_on

    finished = go_on(
        folder,
        trials=arguments.trials,
        source=arguments.data,
        out=arguments.out,
        fetched=fetched,
        options=options,
    )
    return ended(finished, options.console)


def ended(finished: Finished, console: Console) -> int:
    """Show how a run ended; its exit code."""
    from search.wording import speaker

    show(finished, console)
    run = f"python -m search resume {finished.folder}"
    if finished.interrupted:
        speaker(console)(f"Go on with it: {run}")
        return INTERRUPTED
    if finished.given_up:
        return say(f"{finished.given_up}. Mend the cause, then go on: {run}", SEARCH_FAILED)
    return DONE


def show(finished: Finished, console: Console) -> None:
    """Print the comparison table, or why there is none, and where the tables are."""
    import results
    from results.report.page import NAME
    from results.show import comparison_table
    from search.wording import speaker

    folder, tell = finished.folder, speaker(console)
    if finished.compared:
        console.print(comparison_table(results.load(folder)))
    elif finished.interrupted:
        tell("Stopped before any finalist was trained, so there is no comparison yet.")
    elif not finished.given_up:
        tell(
            "No trial held every guard, so nothing won and there is no comparison: the column "
            "guard of the table trials says what failed."
        )
    tell(f"Tables: {folder}")
    if (folder / NAME).exists():
        tell(f"Report: {folder / NAME}")


COMMANDS: dict[str, tuple[Callable[[], argparse.ArgumentParser], Callable[..., int]]] = {
    "resume": (resume_parser, resume),
    "assign": (assign_parser, assign),
    "status": (status_parser, status),
}


def say(message: str, code: int) -> int:
    """Print what was wrong, return the exit code."""
    from search.wording import on_a_line

    print(f"latentune: {on_a_line(message)}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
