"""The command line of a search. Only what a run needs is imported, and only once it starts."""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from search.run import Finished

DONE, USAGE, BAD_DATA, SEARCH_FAILED, INTERRUPTED = 0, 2, 3, 4, 130

EPILOGUE = """\
exit codes: 0 done, 2 usage, 3 bad data, 4 search failed, 130 interrupted

  python -m data demo                      make songs to try things on
  python -m search easy                    search the easy task on them
  python -m search easy --data my-songs --trials 40 --clusters 4:12
  python -m search assign RUN --data DIR --out FILE     clusters for new songs by a finalist
  python -m search status --address auto   nodes of a cluster and what runs on them
  python -m results show                   look at the tables of the newest run
"""


def parser() -> argparse.ArgumentParser:
    """The arguments of `python -m search`."""
    own = argparse.ArgumentParser(
        prog="python -m search",
        description="Find the encoder, latent size, beta and cluster count that suit your songs.",
        epilog=EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    own.add_argument("task", help="easy, or the path of a task file (.toml)")
    own.add_argument("--data", metavar="DIR|URI", help="folder of songs (default: the demo songs)")
    own.add_argument(
        "--out",
        metavar="DIR|URI",
        help="where runs are kept (default: results/runs); at a URI, a mirror of the run",
    )
    own.add_argument("--name", metavar="RUN", help="name of the run (default: date and time)")
    own.add_argument("--no-report", action="store_true", help="leave out report.html")
    task = own.add_argument_group("what is searched (each overrides the task file)")
    task.add_argument("--trials", type=int, metavar="N", help="number of searched trials")
    task.add_argument(
        "--objective", metavar="NAME,...", help="score that is searched by, or several"
    )
    task.add_argument(
        "--scheduler", metavar="none|asha", help="asha ends trials early whose coherence is behind"
    )
    task.add_argument("--clusters", metavar="10|4:16", help="cluster count, or range of counts")
    task.add_argument("--label", metavar="COLUMN", help="label that results are compared with")
    task.add_argument(
        "--group",
        metavar="COLUMN|none",
        help="songs of one group stay in one split (default: artist, else album, if there is one)",
    )
    task.add_argument(
        "--finalists",
        type=int,
        metavar="N",
        help="trials that are trained again on fresh seeds, however long that takes",
    )
    task.add_argument("--seed", type=int, metavar="N", help="seed of splits, training and search")
    task.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any key of the task file, as --set epochs=10 or --set space.beta.high=4",
    )
    where = own.add_argument_group("where it runs")
    where.add_argument(
        "--address", metavar="auto|HOST:PORT", help="a running Ray cluster (default: this machine)"
    )
    where.add_argument(
        "--workers", type=int, metavar="N", help="trials at a time (default: as many as fit)"
    )
    where.add_argument("--cpus-per-trial", type=int, default=1, metavar="N", help="cores of each")
    where.add_argument(
        "--gpus-per-trial",
        type=share,
        default=0.0,
        metavar="auto|X",
        help="GPUs of each: a share such as 0.25, whole ones, or the smallest share that suffices",
    )
    where.add_argument(
        "--wait",
        type=float,
        default=0.0,
        metavar="MINUTES",
        help="for a node with room for a trial, where no node has it yet",
    )
    own.add_argument(
        "--dashboard", action="store_true", help="show the study in a browser while it runs"
    )
    return own


def share(text: str) -> float | None:
    """GPUs of a trial from "auto", which is None, or a number."""
    return None if text == "auto" else float(text)


def assign_parser() -> argparse.ArgumentParser:
    """The arguments of `python -m search assign`."""
    own = argparse.ArgumentParser(
        prog="python -m search assign",
        description="Give songs the clusters of a finished run's best finalist.",
    )
    own.add_argument("run", help="TASK for its newest run, TASK/RUN, RUN, or a run folder")
    own.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of songs")
    own.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="table to write: .csv or .parquet"
    )
    own.add_argument("--root", type=Path, metavar="DIR", help="where runs are kept")
    return own


def status_parser() -> argparse.ArgumentParser:
    """The arguments of `python -m search status`."""
    own = argparse.ArgumentParser(
        prog="python -m search status",
        description="Nodes of a cluster, what of them is in use, and which trials run where.",
    )
    own.add_argument(
        "--address",
        default="auto",
        metavar="auto|HOST:PORT",
        help="of the cluster (default: auto)",
    )
    return own


def changes(arguments: argparse.Namespace) -> dict[str, Any]:
    """Keys of the task file that the command line overrides."""
    named = ("trials", "objective", "scheduler", "clusters", "label", "finalists", "seed")
    found = {name: getattr(arguments, name) for name in named}
    found = {name: value for name, value in found.items() if value is not None}
    if "finalists" in found:
        found["finalist_share"] = 0
    for assignment in arguments.set:
        key, equals, text = assignment.partition("=")
        if not equals or not key:
            raise ValueError(f"--set {assignment}: write it as KEY=VALUE")
        try:
            found[key] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            found[key] = text
    return found


def main(given: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    given = list(sys.argv[1:] if given is None else given)
    if given[:1] == ["assign"]:
        arguments, run = assign_parser().parse_args(given[1:]), assign
    elif given[:1] == ["status"]:
        arguments, run = status_parser().parse_args(given[1:]), status
    else:
        arguments, run = parser().parse_args(given), start
    from data import DataError
    from results.columns import ResultsError
    from search.ranges import TaskError
    from search.resources import ResourceError

    try:
        return run(arguments)
    except DataError as error:
        return say(str(error), BAD_DATA)
    except (TaskError, ResultsError, ResourceError) as error:
        return say(str(error), USAGE)
    except KeyboardInterrupt:
        return say("Stopped at once: what was finished is in the run folder.", INTERRUPTED)


def assign(arguments: argparse.Namespace) -> int:
    """Write the clusters of new songs."""
    from data import read
    from results.finding import run_folders
    from results.spreadsheet import to_csv
    from search.assignment import assign as assigned
    from search.ranges import TaskError

    if arguments.out.suffix not in (".csv", ".parquet"):
        raise TaskError(f"--out {arguments.out}: the name must end in .csv or .parquet")
    if not arguments.out.parent.is_dir():
        raise TaskError(
            f"--out {arguments.out}: there is no folder {arguments.out.parent}; make it"
        )
    (run,) = run_folders(arguments.run, root=arguments.root)
    table = assigned(run, read(arguments.data))
    if arguments.out.suffix == ".csv":
        arguments.out.write_text(to_csv(table), encoding="utf-8")
    else:
        table.to_parquet(arguments.out, index=False)
    print(f"{len(table)} songs, {table['cluster'].nunique()} clusters: {arguments.out}")
    return DONE


def status(arguments: argparse.Namespace) -> int:
    """Print what a cluster has and what runs on it."""
    from rich.console import Console

    from search.status import status as said

    said(arguments.address, Console())
    return DONE


def start(arguments: argparse.Namespace) -> int:
    """Read the task, make the demo songs if they are wanted, search, show the table."""
    from rich.console import Console

    from search.places import check_of_job, submitted
    from search.ranges import TaskError
    from search.resources import Resources
    from search.task import read_task

    resources = Resources(
        arguments.address,
        arguments.workers,
        arguments.cpus_per_trial,
        arguments.gpus_per_trial,
        arguments.wait,
    )
    try:
        overrides = changes(arguments)
    except ValueError as error:
        raise TaskError(str(error)) from None
    task = read_task(arguments.task, overrides)
    if arguments.dashboard:
        from search.dashboard import require

        require()
    console = Console()
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
        resources=resources,
        console=console,
        dashboard=arguments.dashboard,
        with_report=not arguments.no_report,
    )
    show(finished, console)
    return INTERRUPTED if finished.interrupted else DONE


def show(finished: Finished, console: Console) -> None:
    """Print the comparison table, or why there is none, and where the tables are."""
    import results
    from results.report import NAME
    from results.show import comparison_table

    folder = finished.folder
    if finished.compared:
        console.print(comparison_table(results.load(folder)))
    elif finished.interrupted:
        console.print("Stopped before any finalist was trained, so there is no comparison yet.")
    else:
        console.print(
            "No trial held every guard, so nothing won and there is no comparison: the column "
            "guard of the table trials says what failed."
        )
    console.print(f"Tables: {folder}", soft_wrap=True)
    if (folder / NAME).exists():
        console.print(f"Report: {folder / NAME}", soft_wrap=True)


def say(message: str, code: int) -> int:
    """Print what was wrong, return the exit code."""
    print(f"latentune: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
