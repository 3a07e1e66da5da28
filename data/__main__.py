"""The command line of the data room: ``python -m data demo | prepare | check``.

Exit codes: 0 done, 2 wrong arguments, 3 songs that cannot be used.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from data.files import DataError

SETS = Path(__file__).parent / "sets"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m data", description="Songs for a search.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_prepare(commands)
    _add_check(commands)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except (DataError, OSError) as error:
        print(f"latentune: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def _add_demo(commands: Any) -> None:
    parser = commands.add_parser("demo", help="make a collection of synthesised songs to try")
    parser.add_argument("--out", type=Path, default=SETS / "demo", metavar="DIR")
    parser.add_argument(
        "--songs", type=_whole_number(20), default=960, metavar="N", help="how many (960)"
    )
    parser.add_argument("--seed", type=_whole_number(0), default=0, metavar="S")
    parser.add_argument(
        "--difficulty", type=_share, default=0.5, metavar="X", help="0 easy, 1 hard (0.5)"
    )
    parser.add_argument(
        "--audio", action="store_true", help="write every song as WAV, not twelve examples"
    )
    parser.set_defaults(run=_demo)


def _demo(options: argparse.Namespace) -> int:
    from data import demo

    wanted = demo.Demo(options.songs, options.seed, options.difficulty, options.audio)
    made = demo.make(options.out, wanted, _progress("Rendering songs", options.songs))
    where = _shown(options.out)
    print(f"{options.songs} songs {'made' if made else 'are there already'}: {where}")
    return 0


def _add_prepare(commands: Any) -> None:
    parser = commands.add_parser(
        "prepare",
        help="make a collection of sound files",
        description="Hear sound files and write a collection that a search can use. Stopped, the "
        "same command goes on where it was.",
    )
    parser.add_argument("--audio", type=Path, required=True, metavar="DIR", help="the songs")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the collection")
    parser.add_argument(
        "--metadata",
        type=Path,
        metavar="FILE.csv",
        help="id, audio_path, lyrics and labels; without it folders are genres",
    )
    parser.add_argument(
        "--lyrics-model",
        default="tfidf",
        metavar="NAME",
        help="an encoder of sentence-transformers (tfidf, which needs none)",
    )
    for name, least, default, meaning in (
        ("windows", 1, 8, "windows per song, at most"),
        ("sample-rate", 1000, 22_050, "in Hz"),
        ("n-fft", 16, 2048, "samples in a Fourier window"),
        ("hop", 1, 512, "samples from one to the next"),
        ("mels", 1, 64, "mel bins"),
        ("frames", 1, 128, "frames of a map"),
        ("workers", 1, None, "processes"),
    ):
        shown = f"{meaning} ({default or 'one per core'})"
        parser.add_argument(
            f"--{name}", type=_whole_number(least), default=default, metavar="N", help=shown
        )
    parser.set_defaults(run=_prepare)


def _prepare(options: argparse.Namespace) -> int:
    from data.audio import LogMel
    from data.prepare import prepare

    prepared = prepare(
        options.audio,
        options.out,
        options.metadata,
        options.lyrics_model,
        LogMel(options.sample_rate, options.n_fft, options.hop, options.mels, options.frames),
        options.windows,
        options.workers,
        lambda songs, total: _progress("Hearing songs", total)(songs),
    )
    for line in prepared.lines(_shown(options.out)):
        print(line)
    return 0


def _add_check(commands: Any) -> None:
    parser = commands.add_parser("check", help="say what a collection holds and what is wrong")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--label", default="genre", metavar="COLUMN", help="scored by (genre)")
    parser.add_argument(
        "--group",
        metavar="COLUMN",
        help="kept together in the split, or none (artist, else album, else none)",
    )
    parser.add_argument("--seed", type=_whole_number(0), default=0, metavar="S")
    parser.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    from data.check import check

    found = check(options.folder, options.label, options.group, options.seed)
    for kind, sentences in (("", found.facts), ("warning: ", found.warnings)):
        for sentence in sentences:
            print(kind + sentence)
    for problem in found.problems:
        print(f"problem: {problem}")
    print(f"{len(found.problems)} problems, {len(found.warnings)} warnings")
    return 3 if found.problems else 0


def _progress(title: str, total: int) -> Callable[[Iterable[Any]], Iterable[Any]]:
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return lambda items: track(
        items, title, total, console=console, disable=not console.is_terminal
    )


def _shown(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def _whole_number(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} on")
        return int(text)

    return parse


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
