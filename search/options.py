"""The arguments of `python -m search` and its commands."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn

_EPILOGUE = """\
exit codes: 0 done, 2 usage, 3 bad data, 4 search failed, 130 interrupted

  python -m data demo                      make songs to try things on
  python -m search easy                    search the easy task on them
  python -m search easy --data my-songs --trials 40 --clusters 4:12
  python -m search explain hard --data my-songs          what that would search, and how long
  python -m search tasks                   the tasks, and what a task file may name
  python -m search check-part mine:FAMILY  whether a part of your own keeps its promises
  python -m search resume RUN              go on with a run that was broken off
  python -m search assign RUN --data DIR --out FILE     clusters for new songs
  python -m search query RUN --songs 20 --out query.csv  songs to be given a label
  python -m search choose RUN --known query.csv          the clustering that agrees with them
  python -m search status --address auto   nodes of a cluster and what runs on them
  python -m results show                   look at the tables of the newest run
"""


class _Parser(argparse.ArgumentParser):
    """A parser whose messages repeat what was typed without what a terminal would obey."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message, and exit with 2."""
        from search.wording import on_a_line  # not for --help, which is to answer at once

        super().error(on_a_line(message))


_TASK = "easy, medium, hard, or the path of a task file (.toml)"
"""How a task is named on the command line."""

_RUN = "TASK for its newest run, TASK/RUN, RUN, or a run folder"
"""How a run is named on the command line."""


def search_parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m search TASK`."""
    own = _Parser(
        prog="python -m search",
        description="Find the encoder, latent size, beta and cluster count that suit your songs.",
        epilog=_EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[_places()],
    )
    own.add_argument("task", help=_TASK)
    _add_data(own)
    own.add_argument(
        "--out",
        metavar="DIR|URI",
        help="where runs are kept (default: results/runs); at a URI, a mirror of the run",
    )
    own.add_argument("--name", metavar="RUN", help="name of the run (default: date and time)")
    own.add_argument(
        "--resume",
        choices=["auto"],
        help="go on with the run of this name where there is one, here or in its mirror",
    )
    _add_task(own)
    return own


def tasks_parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m search tasks`."""
    own = _Parser(
        prog="python -m search tasks",
        description="The tasks that come with the project, and what a task file may name. With a "
        "task, that task as it is read, as TOML from which to begin one's own.",
    )
    own.add_argument("task", nargs="?", help=_TASK)
    return own


def check_part_parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m search check-part`."""
    own = _Parser(
        prog="python -m search check-part",
        description="Whether a part of your own keeps the promises of its kind: the same that "
        "the parts of the project are held to. Runs its code.",
    )
    own.add_argument("part", metavar="MODULE:NAME", help="such as mypackage.mine:FAMILY")
    return own


def explain_parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m search explain`."""
    own = _Parser(
        prog="python -m search explain",
        description="What a search would do and about how long it would take on this machine, "
        "from training and scoring one model of each family. Nothing is searched or kept.",
    )
    own.add_argument("task", help=_TASK)
    _add_data(own)
    _add_task(own)
    _add_workers(own.add_argument_group("where it would run"))
    return own


def _add_data(parser: argparse._ActionsContainer) -> None:
    """Add the option that names the songs."""
    parser.add_argument(
        "--data", metavar="DIR|URI", help="folder of songs (default: the demo songs)"
    )


def _add_task(parser: argparse.ArgumentParser) -> None:
    """Add the options that change what is searched."""
    task = parser.add_argument_group("what is searched (each overrides the task file)")
    task.add_argument("--trials", type=int, metavar="N", help="number of searched trials")
    task.add_argument(
        "--objective", metavar="NAME,...", help="score that is searched by, or several"
    )
    task.add_argument(
        "--scheduler", metavar="none|asha", help="asha ends trials early whose coherence is behind"
    )
    _add_known(task)
    task.add_argument("--clusters", metavar="10|4:16", help="cluster count, or range of counts")
    task.add_argument(
        "--from",
        dest="past",
        metavar="RUN,...",
        help="runs of any songs whose best configurations are tried first (TASK for its newest "
        "run, TASK/RUN, RUN, or a run folder)",
    )
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


def resume_parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m search resume`."""
    own = _Parser(
        prog="python -m search resume",
        description="Go on with a run that was broken off, or give a run that ended more trials.",
        parents=[_places()],
    )
    own.add_argument("run", help=f"{_RUN}, or the URI of one")
    own.add_argument("--trials", type=int, metavar="N", help="searched trials in all")
    own.add_argument("--data", metavar="DIR|URI", help="where the songs of the run lie by now")
    own.add_argument(
        "--out",
        metavar="URI",
        help="where a mirror of the run is kept; one that the run names and that was not begun "
        "here is used only so",
    )
    _add_parts(own)
    own.add_argument("--root", type=Path, metavar="DIR", help="where runs are kept")
    return own


def assign_parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m search assign`."""
    own = _Parser(
        prog="python -m search assign",
        description="Give songs the clusters of a finished run's best method, or of another.",
    )
    own.add_argument("run", help=_RUN)
    own.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of songs")
    own.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="table to write: .csv or .parquet"
    )
    own.add_argument(
        "--method",
        metavar="NAME",
        help="family of the comparison, or consensus (default: the first row)",
    )
    _add_parts(own)
    own.add_argument("--root", type=Path, metavar="DIR", help="where runs are kept")
    return own


def choose_parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m search choose`."""
    own = _Parser(
        prog="python -m search choose",
        description="Choose among all clusterings of a run by a few known songs; nothing is "
        "trained. Writes RUN/choices/NAME/comparison.parquet and assignments.parquet.",
    )
    own.add_argument("run", help=_RUN)
    _add_known(own, required=True)
    own.add_argument(
        "--into", metavar="NAME", help="name of the choice (default: choice-1, choice-2, ...)"
    )
    own.add_argument(
        "--train-finalists",
        action="store_true",
        help="train the chosen model on fresh seeds, where the search has not done so",
    )
    own.add_argument(
        "--data", type=Path, metavar="DIR", help="where the songs of the run lie, to train on"
    )
    _add_parts(own)
    own.add_argument("--root", type=Path, metavar="DIR", help="where runs are kept")
    return own


def query_parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m search query`."""
    own = _Parser(
        prog="python -m search query",
        description="Name songs, or pairs of songs, whose answers tell which clustering of a run "
        "is meant. Fill in the empty column and give the file to choose.",
    )
    own.add_argument("run", help=_RUN)
    kind = own.add_mutually_exclusive_group(required=True)
    kind.add_argument("--songs", type=int, metavar="N", help="songs, to be given a label")
    kind.add_argument("--pairs", type=int, metavar="N", help="pairs, to be called same or not")
    own.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="the questions, as .csv"
    )
    _add_known(own)
    own.add_argument(
        "--data", type=Path, metavar="DIR", help="folder of the run's songs, for artists and paths"
    )
    own.add_argument(
        "--clips", type=Path, metavar="DIR", help="where to put a clip of each song, to listen to"
    )
    own.add_argument("--root", type=Path, metavar="DIR", help="where runs are kept")
    return own


def _add_parts(parser: argparse.ArgumentParser) -> None:
    """Add the option that names modules of parts of one's own."""
    parser.add_argument(
        "--parts",
        action="append",
        default=[],
        metavar="MODULE|FILE",
        help="module of parts of your own that the run uses and that you trust, where the run was "
        "not begun here; may be given again",
    )


def _add_known(parser: argparse._ActionsContainer, required: bool = False) -> None:
    """Add the option that names files of known songs."""
    parser.add_argument(
        "--known",
        type=Path,
        action="append",
        default=None if required else [],
        required=required,
        metavar="FILE",
        help="known songs: a CSV with id,label or id_a,id_b,same (yes/no); may be given again",
    )


def _places() -> argparse.ArgumentParser:
    """Return a parser of the options that `search` and `resume` share.

    They change where a run goes on and how long it takes, and nothing that it finds.
    """
    own = _Parser(add_help=False)
    where = own.add_argument_group("where it runs")
    where.add_argument(
        "--address", metavar="auto|HOST:PORT", help="a running Ray cluster (default: this machine)"
    )
    _add_workers(where)
    where.add_argument(
        "--wait",
        type=float,
        default=0.0,
        metavar="MINUTES",
        help="for a node with room for a trial, where no node has it yet",
    )
    ends = own.add_argument_group("when it ends early")
    ends.add_argument(
        "--time-budget",
        metavar="30m",
        help="time for all of it; the search proposes nothing new where finalists need the rest",
    )
    ends.add_argument(
        "--patience", type=int, metavar="N", help="trials without a better objective"
    )
    ends.add_argument(
        "--max-failures",
        type=int,
        default=5,
        metavar="N",
        help="failures of one kind in a row (default: 5)",
    )
    ends.add_argument(
        "--epoch-limit",
        default="30m",
        metavar="30m",
        help="a trial that gives no sign for so long is ended (default: 30m)",
    )
    own.add_argument(
        "--no-report",
        action="store_true",
        help="leave out report.html, and the map and the clips that it shows",
    )
    own.add_argument(
        "--clips",
        type=int,
        metavar="N",
        help="songs at most whose clips are kept with the run (default: 120; 0: no recordings)",
    )
    own.add_argument(
        "--dashboard", action="store_true", help="show the study in a browser while it runs"
    )
    return own


def _add_workers(parser: argparse._ActionsContainer) -> None:
    """Add the options that say how many trials run at a time."""
    parser.add_argument(
        "--workers", type=int, metavar="N", help="trials at a time (default: as many as fit)"
    )
    parser.add_argument("--cpus-per-trial", type=int, default=1, metavar="N", help="cores of each")
    parser.add_argument(
        "--gpus-per-trial",
        type=share,
        default=0.0,
        metavar="auto|X",
        help="GPUs of each: a share such as 0.25, whole ones, or the smallest share that suffices",
    )


def share(text: str) -> float | None:
    """Return the GPUs of a trial: None for "auto", else a number.

    argparse calls a wrong value by the name of this function.
    """
    return None if text == "auto" else float(text)


def status_parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m search status`."""
    own = _Parser(
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
