"""Look at runs in the terminal, and take their tables elsewhere."""

import os
import sys
import warnings
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console

from results.arguments import path_of
from results.columns import ResultsError
from results.export import EXPORTS, export, schema_markdown
from results.finding import run_folders
from results.listing import has_ended, runs
from results.loading import load
from results.report import write_report
from results.schema import TABLES
from results.show import comparison_table, rows_table, runs_table
from results.text import named, plain, reason
from results.trackers import TRACKERS, export_to_tracker
from results.trackers.to_mlflow import STORE

USAGE = 2
MOST_DIGITS = 9


def parser() -> ArgumentParser:
    """Return the parser of the command line."""
    shared = ArgumentParser(add_help=False)
    shared.add_argument(
        "--root", type=_path, metavar="DIR", help="folder of all runs (default: results/runs)"
    )
    top = ArgumentParser(prog="python -m results", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    command = commands.add_parser("list", help="the runs there are", parents=[shared])
    command.add_argument("task", nargs="?", metavar="TASK", help="only the runs of this task")

    command = commands.add_parser("show", help="a table of a run", parents=[shared])
    command.add_argument("run", nargs="?", metavar="RUN", help="default: the newest")
    command.add_argument("--table", choices=TABLES, default="comparison")
    command.add_argument(
        "--rows", type=_count, default=20, metavar="N", help="at most (default: 20)"
    )

    command = commands.add_parser("compare", help="several runs in one table", parents=[shared])
    command.add_argument("runs", nargs="+", metavar="RUN")

    command = commands.add_parser("report", help="a page to look at", parents=[shared])
    command.add_argument("run", nargs="?", metavar="RUN", help="default: the newest")
    command.add_argument(
        "--out", type=_path, metavar="FILE", help="default: report.html in the run's folder"
    )

    command = commands.add_parser(
        "export", help="the comparison as files, or all trials for a tracker", parents=[shared]
    )
    command.add_argument("run", nargs="?", metavar="RUN", help="default: the newest")
    command.add_argument(
        "--to",
        nargs="+",
        required=True,
        metavar=("FORMAT", "DIR"),
        help=f"{', '.join((*EXPORTS, *TRACKERS))}; behind tensorboard the folder for it",
    )
    command.add_argument(
        "--out", type=_path, metavar="DIR", help="where files go to (default: here)"
    )
    command.add_argument(
        "--uri", metavar="URI", help=f"tracking store of MLflow (default: {STORE})"
    )

    commands.add_parser("columns", help="what every column means, as Markdown")
    return top


def main(given: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = parser().parse_args(given)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _say_warning
            COMMANDS[arguments.command](arguments, console())
        sys.stdout.flush()
    except ResultsError as error:
        print(f"latentune: {plain(error)}", file=sys.stderr)
        return USAGE
    except BrokenPipeError:  # a reader that has seen enough, as `head`
        _silence()
        return 1
    except OSError as error:
        print(f"latentune: {_of_system(error)}", file=sys.stderr)
        _silence()
        return USAGE
    return 0


def _of_system(error: OSError) -> str:
    """Say what the system refused: a file that it names, or else the output."""
    why = error.strerror or reason(error)
    if error.filename is not None:
        return plain(f"{error.filename} cannot be used ({why}): see what lies there.")
    return f"The output cannot be written ({why}): make room, or send it elsewhere."


def _silence() -> None:
    """Lead what is still to be written of the output nowhere, so that its end raises nothing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):  # no stream of the system's
        pass
    finally:
        os.close(nowhere)


def console() -> Console:
    """Return a console that takes no brackets or colons of a name for its own."""
    return Console(markup=False, highlight=False, emoji=False)


def list_runs(arguments: Namespace, console: Console) -> None:
    if arguments.task is not None:
        run_folders(arguments.task, root=arguments.root)  # which says what tasks there are
    there = runs(arguments.task, arguments.root)
    console.print(runs_table(there) if len(there) else "There are no runs yet.")


def show(arguments: Namespace, console: Console) -> None:
    folder = run_folder(arguments)
    frame = load(folder, arguments.table)
    if arguments.table == "comparison":
        console.print(comparison_table(frame))
    else:
        console.print(rows_table(frame, arguments.table, arguments.rows))
    if not has_ended(folder):
        console.print("The run has not ended: these are the rows that are there so far.")
    console.print(plain(f"Tables: {folder}"), soft_wrap=True)


def compare(arguments: Namespace, console: Console) -> None:
    folders = [run_folders(run, root=arguments.root)[-1] for run in arguments.runs]
    console.print(comparison_table(pd.concat(map(load, folders), ignore_index=True)))


def export_run(arguments: Namespace, console: Console) -> None:
    to, where = _destination(arguments)
    folder = run_folder(arguments)
    if to in TRACKERS:
        console.print(plain(export_to_tracker(folder, to, where)), soft_wrap=True)
        return
    for path in export(load(folder), to, Path(where)):
        console.print(plain(path), soft_wrap=True)


def _destination(arguments: Namespace) -> tuple[str, str | Path]:
    """Return the format to export to, and the folder or URI."""
    to, *more = arguments.to
    known = (*EXPORTS, *TRACKERS)
    if to not in known:
        raise ResultsError(f"--to {named(to)} is no format: it is one of {', '.join(known)}.")
    if arguments.uri is not None and to != "mlflow":
        raise ResultsError(f"--uri is of --to mlflow: give --to {to} a folder by --out.")
    if to == "mlflow" and arguments.out is not None:
        raise ResultsError("--out is of files: give --to mlflow a tracking store by --uri.")
    if more and (to != "tensorboard" or len(more) > 1 or arguments.out is not None):
        raise ResultsError(
            f"{named(more[-1])} behind --to {to} is not understood: RUN stands before --to, a "
            "folder behind --out."
        )
    if to == "mlflow":
        return to, STORE if arguments.uri is None else arguments.uri
    return to, path_of(more[0], "DIR") if more else arguments.out or Path()


def report(arguments: Namespace, console: Console) -> None:
    path = write_report(run_folder(arguments), arguments.out)
    console.print(plain(path), soft_wrap=True)


def print_columns(arguments: Namespace, console: Console) -> None:
    console.out(schema_markdown(), end="", highlight=False)


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > MOST_DIGITS:
        raise ArgumentTypeError(f"{named(text)} is not a whole number from 0 on")
    return int(text)


def _path(text: str) -> Path:
    try:
        return path_of(text, "it")
    except ResultsError as error:
        raise ArgumentTypeError(str(error)) from None


def _say_warning(message: Warning | str, *_: object, **__: object) -> None:
    """Print a warning as one sentence, like an error."""
    print(f"latentune: {plain(message)}", file=sys.stderr)


COMMANDS = {
    "list": list_runs,
    "show": show,
    "compare": compare,
    "report": report,
    "export": export_run,
    "columns": print_columns,
}


def run_folder(arguments: Namespace) -> Path:
    """Return the folder of the run that was asked for, or of the newest."""
    if arguments.run is not None:
        return run_folders(arguments.run, root=arguments.root)[-1]
    there = runs(root=arguments.root).sort_values("created")
    if there.empty:
        raise ResultsError("There are no runs yet: `python -m search easy` makes one.")
    return Path(there["folder"].iloc[-1])


if __name__ == "__main__":
    sys.exit(main())
