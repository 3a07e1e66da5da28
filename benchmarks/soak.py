"""Does a search that is left alone with bad luck grow, lose or leave anything?

    python benchmarks/soak.py [--minutes 60] [--trials 24] [--pause 60] [--stopped-seconds 120]

For the given time searches of small songs run one after another, and the faults of `breaking.py`
happen at random, every `--pause` seconds in the mean. A search goes on by itself where it is to,
and else is gone on with; after each fault, and at its end, it is held to what `faults.py` asks.

Printed are, over time, open files and memory of the driver, memory of the workers and size of the
run folder, the most of each stretch; each search with its faults; and what temporary files there
were before and after. The exit code is 1 if anything was lost, doubled or not as it should be.

Memory is that of each process alone (USS). Run folders are removed once they are looked through,
and lie on a disk of 128 MB in memory where this runs as root, for a disk can be filled there.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree

import pandas as pd
import psutil
from breaking import CLOCKED, Fault, add_options, faults, own_clock, set_clock
from intact import changes, check, doubled, lost, telling, ungraceful
from measuring import show
from outside import Search, run_place, size, table, tidy_on_sigterm, write_songs

from results.repeating import repeating

DISK_BYTES = 128 << 20
LOOK_SECONDS = 5.0
STRETCHES = 12
"""Rows of the table over time."""

MOST_BEGUN = 60
"""How often one search is begun or gone on with at most."""


@dataclass
class Soak:
    """Searches one after another, what befalls them, and what is seen meanwhile."""

    songs: Path
    place: Path
    trials: int
    pause: float
    kinds: dict[str, Fault]
    variables: dict[str, str]
    chance: random.Random
    began: float = field(default_factory=time.monotonic)
    seen: list[dict[str, float]] = field(default_factory=list)
    searches: list[dict[str, object]] = field(default_factory=list)
    happened: list[str] = field(default_factory=list)
    search: Search | None = None

    @property
    def minutes(self) -> float:
        """Minutes since this began."""
        return (time.monotonic() - self.began) / 60

    def until(self, minutes: float) -> None:
        """Search until so many minutes are over; the last search comes to its end."""
        with repeating("looks", self.look):
            while self.minutes < minutes:
                self.searches.append(self._one(len(self.searches) + 1, minutes))
                print(self.searches[-1], flush=True)

    def look(self) -> float:
        """Write down what the search takes now; the seconds until the next look."""
        search = self.search
        if search is None or not search.runs:
            return LOOK_SECONDS
        try:
            driver = psutil.Process(search.process.pid)
            row = {"driver's open files": driver.num_fds(), "driver, MB": _own_memory(driver)}
        except psutil.Error:
            return LOOK_SECONDS
        workers = search.workers()
        files, temporary = size(search.temporary)
        self.seen.append(
            {
                "minute": self.minutes,
                "search": len(self.searches) + 1,
                **row,
                "workers": len(workers),
                "workers, MB": sum(map(_own_memory, workers)),
                "run folder, MB": size(search.folder)[1] / 1e6,
                "temporary files": files,
                "temporary files, MB": temporary / 1e6,
            }
        )
        return LOOK_SECONDS

    def _one(self, number: int, minutes: float) -> dict[str, object]:
        """One search to its end, with faults as long as there is time."""
        began, first = self.minutes, len(self.happened)
        if self.variables:
            set_clock(self.variables, 0)
        search = Search(self.songs, self.place, self.trials, True, self.variables, f"run-{number}")
        self.search = search
        wrong: list[str] = []
        n_lost, n_begun, code = 0, 1, None
        before = table(search.folder)
        try:
            while n_begun < MOST_BEGUN:
                fault = self._next(search, minutes)
                if fault is None:
                    code = search.end()
                    wrong += ungraceful(search.said, code)
                    if code in (0, 2, 3):
                        break
                else:
                    now = table(search.folder)
                    n_lost += lost(before, now)
                    wrong += changes(before, now)
                    seen = fault.happen(search, self.chance)
                    wrong += [seen] if seen else []
                    if fault.survived:
                        continue
                    wrong += ungraceful(search.said, search.end())
                before = table(search.folder)
                search.go_on(by_name=self.chance.random() < 0.5)
                n_begun += 1
            wrong += check(search.folder, before, self.trials) if code == 0 else [f"{code=}"]
            after = table(search.folder)
            if not (search.folder / "report.html").is_file():
                wrong.append("there is no report")
        finally:
            search.kill()
        wrong += [f"outlived by {search.outlived}"] if search.outlived else []
        if wrong:
            print(telling(search.said), flush=True)
        ended = {
            "search": number,
            "minutes": self.minutes - began,
            "begun": n_begun,
            "trials": len(after),
            "failed": int((after["status"] == "failed").sum()),
            "faults": ", ".join(self.happened[first:]) or "none",
            "lost": n_lost + lost(before, after),
            "doubled": doubled(after),
            "run folder, MB": size(search.folder)[1] / 1e6,
            "temporary files left": size(search.temporary)[0],
            "wrong": "; ".join(dict.fromkeys(wrong)),
        }
        self.search = None
        rmtree(search.folder, ignore_errors=True)
        (self.place / "said.txt").unlink()
        return ended

    def _next(self, search: Search, minutes: float) -> Fault | None:
        """Wait for the next fault's moment; None where the search ends before, or time is over."""
        until = time.monotonic() + self.chance.expovariate(1 / self.pause)
        search.wait_until(lambda: time.monotonic() > until)
        if not search.runs or self.minutes > minutes:
            return None
        kind = self.chance.choice([*self.kinds])
        if self.kinds[kind].staged:
            self.kinds[kind].moment(search, self.chance)
        if not search.runs:
            return None
        self.happened.append(kind)
        return self.kinds[kind]


def _own_memory(process: psutil.Process) -> float:
    """MB that a process alone has; 0 once it is gone."""
    try:
        return float(process.memory_full_info().uss / 1e6)
    except psutil.Error:
        return 0.0


def over_time(seen: pd.DataFrame, stretches: int = STRETCHES) -> list[dict[str, object]]:
    """The most of each stretch of time, one row for each."""
    if seen.empty:
        return []
    width = seen["minute"].max() / stretches or 1.0
    stretch = (seen["minute"] / width).clip(upper=stretches - 1e-9).astype(int)
    most = seen.groupby(stretch).max()
    whole = ["search", "driver's open files", "workers", "temporary files"]
    rows: list[dict[str, object]] = most.astype(dict.fromkeys(whole, int)).to_dict("records")  # type: ignore[assignment]
    return rows


def main() -> int:
    """Search for the given time."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--minutes", type=float, default=60.0)
    options.add_argument("--trials", type=int, default=24, help="of each search")
    options.add_argument("--pause", type=float, default=60.0, help="seconds between faults")
    add_options(options)
    given = options.parse_args()
    tidy_on_sigterm()
    by_name = faults(given.stopped_seconds)
    with tempfile.TemporaryDirectory() as songs, ExitStack() as stack:
        place = stack.enter_context(run_place(DISK_BYTES if os.geteuid() == 0 else None))
        variables = stack.enter_context(own_clock(place)) if CLOCKED in given.kinds else {}
        soak = Soak(
            write_songs(Path(songs) / "songs"),
            place,
            given.trials,
            given.pause,
            {name: by_name[name] for name in given.kinds},
            variables,
            random.Random(given.seed),
        )
        soak.until(given.minutes)
        left = size(place / "t")
    return printed(soak, left)


def printed(soak: Soak, left: tuple[int, int]) -> int:
    """Print what was seen; the exit code."""
    searches = pd.DataFrame(soak.searches)
    show("Over time, the most of each stretch", over_time(pd.DataFrame(soak.seen)))
    show("Searches", soak.searches)
    counts = pd.Series(soak.happened, dtype=str).value_counts()
    if len(counts):
        show("Faults", [{"fault": kind, "times": times} for kind, times in counts.items()])
    print(
        f"{len(soak.happened)} faults in {len(searches)} searches and {soak.minutes:.0f} minutes: "
        f"{searches['lost'].sum()} trials lost, {searches['doubled'].sum()} doubled; temporary "
        f"files before 0, after {left[0]} of {left[1] / 1e6:.3g} MB"
    )
    held = (searches["wrong"] == "").all() and not searches[["lost", "doubled"]].to_numpy().any()
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
