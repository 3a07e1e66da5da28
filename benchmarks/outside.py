"""A search as one meets it from outside: its processes, its run folder, where that lies."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

import results

SONGS, FEATURES, GENRES = 200, 12, 4
NULLS = 2
"""Null collections, the last trials of a run: once they have ended, the report is drawn."""

SEARCH = (
    *("--workers", 2, "--clusters", "2:5", "--set", "epochs=4"),
    *("--set", "finalist_seeds=2", "--set", f"null_collections={NULLS}"),
)
KEY = ["role", "trial", "seed"]
SAME = [*KEY, "status", "latent_size", "beta", "n_clusters", "objective", "silhouette", "ari"]
"""Columns of a finished trial that stay as they are."""

WORKERS = ("ray::Worker", "ray::ResourceTrainable")
"""How Ray titles a process that runs trials: by its class between calls, by Tune's during one."""

PATIENCE_SECONDS = 600
"""How long a search that ends is waited for."""

_LOOK_SECONDS = 0.2


@dataclass
class Search:
    """A search in a process of its own: run folder, words and temporary files below `place`.

    Attributes
    ----------
    trials : searched trials.
    with_report : whether the report is drawn at the end.
    variables : of its environment, beside those of this process.
    name : of the run.
    outlived : command lines of processes that were still there a minute after their search had
        been killed.
    """

    songs: Path
    place: Path
    trials: int
    with_report: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    name: str = "run"
    process: subprocess.Popen[bytes] = field(init=False)
    outlived: list[str] = field(init=False, default_factory=list)
    _begun: list[subprocess.Popen[bytes]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.process = self.start(*self.begin)

    @property
    def out(self) -> Path:
        """Where run folders lie."""
        return self.place / "runs"

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self.out / "easy" / self.name

    @property
    def temporary(self) -> Path:
        """Where temporary files lie; its name is short, for sockets have names of 107 bytes."""
        return self.place / "t"

    @property
    def begin(self) -> Sequence[object]:
        """The arguments of the search."""
        place = ("--data", self.songs, "--out", self.out, "--name", self.name)
        return ("easy", *place, "--trials", self.trials, *SEARCH, *self._report)

    @property
    def _report(self) -> tuple[str, ...]:
        return () if self.with_report else ("--no-report",)

    @property
    def runs(self) -> bool:
        """Whether its process has not ended."""
        return self.process.poll() is None

    @property
    def said(self) -> str:
        """What the search and its resumes have said."""
        return (self.place / "said.txt").read_text(errors="replace")

    def finished(self) -> int:
        """How many trials have ended so far."""
        return len(list(self.folder.glob("parts/trials-*.parquet")))

    def ended(self, role: str) -> int:
        """How many trials of a role have ended so far."""
        return int((table(self.folder)["role"] == role).sum())

    def wait_until(self, reached: Callable[[], bool]) -> None:
        """Wait until something is so, or the search has ended."""
        while self.runs and not reached():
            time.sleep(_LOOK_SECONDS)

    def end(self) -> int:
        """Wait for the end; the exit code."""
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """What `kill -9` of the driver does; Ray's processes see it and end themselves."""
        running = [one for one in self._begun if one.poll() is None]
        own = [below for one in running for below in self.descendants(of=one.pid)]
        for process in running:
            process.kill()
            process.wait()
        _, alive = psutil.wait_procs(own, timeout=60)
        for one in alive:
            with suppress(psutil.NoSuchProcess):
                self.outlived.append(" ".join(one.cmdline())[:99])
                one.kill()

    def descendants(self, name: str = "", of: int | None = None) -> list[psutil.Process]:
        """Processes below the search, or another process, whose command line holds `name`."""
        found = []
        with suppress(psutil.NoSuchProcess):
            for process in psutil.Process(of or self.process.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    if name in " ".join(process.cmdline()):
                        found.append(process)
        return found

    def workers(self) -> list[psutil.Process]:
        """Processes that run trials."""
        return [one for title in WORKERS for one in self.descendants(title)]

    def go_on(self, by_name: bool = False) -> None:
        """Go on with the run, or begin anew if there is none yet.

        `by_name` does so by the command that began it.
        """
        if by_name:
            self.process = self.start(*self.begin, "--resume", "auto")
        elif (self.folder / "run.json").exists():
            self.process = self.start("resume", self.folder, "--workers", 2, *self._report)
        else:
            self.process = self.start(*self.begin)

    def start(self, *arguments: object) -> subprocess.Popen[bytes]:
        """Start `python -m search`; what it says is kept."""
        self.temporary.mkdir(exist_ok=True)
        own = {"TF_CPP_MIN_LOG_LEVEL": "3", "TMPDIR": str(self.temporary)}
        with (self.place / "said.txt").open("ab") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "search", *map(str, arguments)],
                env={**os.environ, **own, **self.variables},
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        self._begun.append(process)
        return process


def table(folder: Path) -> pd.DataFrame:
    """What there is of the trials, in the columns that must stay."""
    try:
        trials = results.load(folder, "trials")
    except results.ResultsError:
        return pd.DataFrame(columns=SAME)
    return trials.reindex(columns=SAME).astype({"role": str, "status": str})


@contextmanager
def run_place(disk_bytes: int | None = None) -> Iterator[Path]:
    """A folder for a search, whose runs have a small disk of their own where that is asked for."""
    place = Path(tempfile.mkdtemp(prefix="faults-"))
    out = place / "runs"
    out.mkdir()
    try:
        if disk_bytes:
            size = f"size={disk_bytes}"
            subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", out], check=True)
        yield place
    finally:
        if disk_bytes:
            subprocess.run(["umount", "--lazy", out], check=False)
        shutil.rmtree(place, ignore_errors=True)


def tidy_on_sigterm() -> None:
    """Let SIGTERM end this program as Ctrl-C does: it ends what it began."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def size(folder: Path) -> tuple[int, int]:
    """Files below a folder, and their bytes; what goes meanwhile does not count."""
    files = total = 0
    for above, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(above, name)).st_size
                files += 1
    return files, total


def write_songs(folder: Path) -> Path:
    """A small song set with genres."""
    folder.mkdir()
    chance = np.random.default_rng(0)
    genre = chance.integers(GENRES, size=SONGS)
    centres = chance.normal(scale=2.0, size=(GENRES, FEATURES))
    ids = np.array([f"song-{place:03d}" for place in range(SONGS)])
    frame = pd.DataFrame({"id": ids, "title": ids, "genre": [f"genre {one}" for one in genre]})
    frame.to_csv(folder / "dataset.csv", index=False)
    songs = centres[genre] + chance.normal(size=(SONGS, FEATURES))
    np.save(folder / "processed_spectrograms.npy", songs.astype(np.float32))
    np.save(folder / "processed_ids.npy", ids)
    return folder
