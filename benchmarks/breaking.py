"""What goes wrong with a search: each fault by its name, and when it may happen."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
from outside import NULLS, Search

CLOCK = Path(__file__).with_name("clock.c")
MOST_BACK_SECONDS = 48 * 3600
"""How far the clock is set back at most."""

MOST_ROOM_BYTES = 64 << 20
"""What a worker may still take at most when its memory is taken away."""

REPORT_SECONDS = 12.0
"""Within which of the begin of the report a fault happens there."""

CUT_SHORT = "the search ended before its time"
"""How it is said that a search was killed, or ended with its daemon."""

WORD_SECONDS = 20.0
"""How long that word is waited for."""

HOLDS = {(0, 2): "open in another process", (0, 0): "The run has ended"}
"""Exit codes of two that go on with a run at once -> what the second is told: that the first has
it, or has ended it by then."""

CLOCKED = "clock set back"
"""The one fault that needs a search begun with a clock of its own."""

MEMORY = "worker without memory"

_LAST = 12
"""Trials of the last stages: the moment of a fault may be among them."""


@dataclass(frozen=True)
class Fault:
    """One way in which a search is broken.

    Attributes
    ----------
    happen : lets it happen to a running search; returns what is wrong with what the search did,
        in words, if that is seen at once.
    moment : waits for a random moment.
    survived : whether the search is to go on by itself.
    small_disk : whether it needs a disk of its own, which needs root.
    late : whether it happens while the report is drawn, so that there is one to draw.
    """

    happen: Callable[[Search, random.Random], str | None]
    moment: Callable[[Search, random.Random], None]
    survived: bool = False
    small_disk: bool = False
    late: bool = False

    @property
    def staged(self) -> bool:
        """Whether it happens in one stage of a search alone."""
        return self.moment is not any_trial


def any_trial(search: Search, chance: random.Random) -> None:
    """A random number of trials have ended."""
    count = chance.randrange(search.trials + _LAST)
    search.wait_until(lambda: search.finished() >= count)
    time.sleep(chance.random())


def among_finalists(search: Search, chance: random.Random) -> None:
    """Some finalists have ended, and others are to come."""
    count = chance.randrange(1, 8)
    search.wait_until(lambda: search.ended("finalist") >= count)
    time.sleep(chance.random())


def in_report(search: Search, chance: random.Random) -> None:
    """All trials have ended, and the report is being drawn."""
    search.wait_until(lambda: search.ended("null") >= NULLS)
    until = time.monotonic() + REPORT_SECONDS * chance.random()
    search.wait_until(lambda: time.monotonic() > until)


def kill_driver(search: Search, chance: random.Random) -> None:
    """Power loss, as far as the search can tell."""
    search.kill()


def kill_worker(search: Search, chance: random.Random) -> None:
    """A trial's process ends."""
    if workers := search.workers():
        with suppress(psutil.NoSuchProcess):
            chance.choice(workers).kill()


def stop_worker(search: Search, chance: random.Random, seconds: float) -> None:
    """A trial's process stands still for a while, as on a machine that swaps or sleeps."""
    if workers := search.workers():
        worker = chance.choice(workers)
        with suppress(psutil.NoSuchProcess):
            worker.suspend()
        until = time.monotonic() + seconds
        search.wait_until(lambda: time.monotonic() > until)
        with suppress(psutil.NoSuchProcess):
            worker.resume()


def take_memory(search: Search, chance: random.Random) -> None:
    """A trial's process gets hardly more memory from now on, as by `ulimit -v`."""
    if workers := search.workers():
        with suppress(psutil.NoSuchProcess):
            worker = chance.choice(workers)
            most = worker.memory_info().vms + chance.randrange(MOST_ROOM_BYTES)
            worker.rlimit(psutil.RLIMIT_AS, (most, most))


def kill_raylet(search: Search, chance: random.Random) -> str | None:
    """Ray's own daemon ends, and Ray ends the search with it."""
    said = search.said.count(CUT_SHORT)
    for daemon in search.descendants("raylet/raylet")[:1]:
        daemon.kill()
    try:
        code = search.process.wait(60)
    except subprocess.TimeoutExpired:
        search.kill()
        return None
    until = time.monotonic() + WORD_SECONDS
    while code == 1 and search.said.count(CUT_SHORT) == said:
        if time.monotonic() > until:
            return "it ended with its daemon and did not say so"
        time.sleep(0.1)
    return None


def terminate(search: Search, chance: random.Random) -> None:
    """The machine is shut down, or a scheduler's time is over."""
    search.process.terminate()
    search.end()


def interrupt(search: Search, chance: random.Random) -> None:
    """Ctrl-C."""
    search.process.send_signal(signal.SIGINT)
    search.end()


def fill_disk(search: Search, chance: random.Random) -> None:
    """The disk of the run is full until the search has ended."""
    filler = search.out / "filler"
    try:
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(1 << 12)):
                pass
        search.end()
    finally:
        filler.unlink()


def set_clock_back(search: Search, chance: random.Random) -> None:
    """The wall clock of the search and of all its processes jumps back, and stays so."""
    set_clock(search.variables, -chance.randrange(60, MOST_BACK_SECONDS))


def tear_part(search: Search, chance: random.Random) -> None:
    """The newest part was not whole on the disk when the power went."""
    search.kill()
    parts = sorted(search.folder.glob("parts/*.parquet"), key=lambda path: path.name[-14:])
    if parts:
        os.truncate(parts[-1], chance.randrange(parts[-1].stat().st_size))


def cut_journal(search: Search, chance: random.Random) -> None:
    """The journal lost its end."""
    search.kill()
    journal = search.folder / "study.journal"
    if journal.exists():
        os.truncate(journal, chance.randrange(journal.stat().st_size))


def go_on_twice(search: Search, chance: random.Random) -> str | None:
    """The driver is killed, and two others go on with the run at once."""
    search.kill()
    before = len(search.said)
    both = []
    for _ in range(2):
        search.go_on(by_name=True)
        both.append(search.process)
        time.sleep(2 * chance.random())
    codes = tuple(sorted(one.wait(600) for one in both))
    if codes not in HOLDS:
        return f"two that went on at once ended with {codes}"
    if HOLDS[codes] not in search.said[before:]:
        return "of two that went on at once none was told of the other"
    return None


def faults(stopped_seconds: float = 120.0) -> dict[str, Fault]:
    """Return every fault by its name.

    Parameters
    ----------
    stopped_seconds : that a stopped worker stands still.
    """
    stop = partial(stop_worker, seconds=stopped_seconds)
    return {
        "driver": Fault(kill_driver, any_trial),
        "worker": Fault(kill_worker, any_trial, survived=True),
        "raylet": Fault(kill_raylet, any_trial),
        "SIGTERM": Fault(terminate, any_trial),
        "SIGINT": Fault(interrupt, any_trial),
        "full disk": Fault(fill_disk, any_trial, small_disk=True),
        "torn part": Fault(tear_part, any_trial),
        "cut journal": Fault(cut_journal, any_trial),
        "worker stopped": Fault(stop, any_trial, survived=True),
        MEMORY: Fault(take_memory, any_trial, survived=True),
        CLOCKED: Fault(set_clock_back, any_trial, survived=True),
        "two go on at once": Fault(go_on_twice, any_trial),
        "driver among finalists": Fault(kill_driver, among_finalists),
        "driver in the report": Fault(kill_driver, in_report, late=True),
        "full disk in the report": Fault(fill_disk, in_report, small_disk=True, late=True),
    }


def add_options(options: argparse.ArgumentParser) -> None:
    """Add the options that say which faults happen, and how."""
    kinds = possible()
    options.add_argument("--seed", type=int, default=0, help="of faults and moments")
    options.add_argument("--kinds", nargs="+", choices=kinds, default=kinds)
    options.add_argument(
        "--stopped-seconds", type=float, default=120.0, help="that a stopped worker stands still"
    )


def possible() -> list[str]:
    """The faults that this machine allows.

    A small disk needs root, a clock of its own gcc, a bound on memory Linux.
    """
    linux = sys.platform == "linux"
    impossible = {
        CLOCKED: not (linux and shutil.which("gcc")),
        MEMORY: not linux,
        **{name: os.geteuid() != 0 for name, fault in faults().items() if fault.small_disk},
    }
    return [name for name in faults() if not impossible.get(name)]


@contextmanager
def own_clock(place: Path) -> Iterator[dict[str, str]]:
    """Variables with which processes have a wall clock that `set_clock_back` sets."""
    library, file = place / "clock.so", place / "clock"
    file.write_bytes(_seconds(0))
    build = ("gcc", "-shared", "-fPIC", "-O1", CLOCK, "-o", library, "-ldl", "-pthread")
    subprocess.run(build, check=True)
    yield {"LD_PRELOAD": str(library), "CLOCK_FILE": str(file)}


def set_clock(variables: Mapping[str, str], seconds: int) -> None:
    """Set the clock of the processes with these variables so far from the true time."""
    with open(variables["CLOCK_FILE"], "r+b", buffering=0) as file:
        file.write(_seconds(seconds))


def _seconds(number: int) -> bytes:
    return struct.pack("q", number)
