"""Does a search lose anything when its machine fails it?

    python benchmarks/faults.py [--rounds 30] [--kinds driver worker ...] [--stopped-seconds 120]

Every round begins a real search of small songs in a process of its own, lets one fault happen at
a random moment, and resumes the run until it has ended. Then every trial that had finished before
must be there once, with the same numbers; the asked number of trials must be there; and Optuna's
study must agree with the table, trial by trial. A search that was not killed must have ended
without a traceback, and no process may outlive its search.

Printed are, for every kind of fault, the rounds that held, the finished trials lost and those
doubled, trials that failed, and the most temporary files that a round left. The exit code is 1 if
any round did not hold.

The clock is set back for the processes of the search alone, by a small library that stands before
the C library (`clock.c`). A full disk needs root, a clock needs gcc; without them these faults are
left out.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path

import pandas as pd
from breaking import CLOCKED, Fault, add_options, faults, own_clock, possible
from intact import check, doubled, lost, telling, ungraceful
from measuring import show
from outside import Search, run_place, size, table, tidy_on_sigterm, write_songs

TRIALS = 8
DISK_BYTES = 24 << 20


def campaign(kind: str, fault: Fault, number: int, songs: Path) -> dict[str, object]:
    """One round: begin, let the fault happen, resume, check."""
    chance = random.Random(number)
    with (
        run_place(DISK_BYTES if fault.small_disk else None) as place,
        own_clock(place) if kind == CLOCKED else nullcontext({}) as variables,
    ):
        search = Search(songs, place, TRIALS, fault.late, variables)
        try:
            fault.moment(search, chance)
            running, finished = search.runs, search.finished()
            seen = fault.happen(search, chance) if running else None
            wrong = [seen] if seen else []
            wrong += ungraceful(search.said, search.end())
            before = table(search.folder)
            search.go_on(by_name=chance.random() < 0.5)
            code = search.end()
            wrong += [f"resume ended with {code}"] if code else []
            wrong += [] if code else check(search.folder, before, TRIALS)
            if search.with_report and not (search.folder / "report.html").is_file():
                wrong.append("there is no report")
        finally:
            search.kill()
        if search.outlived:
            wrong.append(f"outlived by {search.outlived}")
        if wrong:
            print(telling(search.said))
        after, (files, _) = table(search.folder), size(search.temporary)
    return {
        "fault": kind,
        "round": number,
        "at": f"{finished} finished" if running else "its end",
        "held": not wrong,
        "lost": lost(before, after),
        "doubled": doubled(after),
        "failed": int((after["status"] == "failed").sum()),
        "temporary files left": files,
        "why": "; ".join(wrong),
    }


def main() -> int:
    """Run the campaign."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=2 * len(possible()))
    add_options(options)
    given = options.parse_args()
    tidy_on_sigterm()
    by_name = faults(given.stopped_seconds)
    rounds = []
    with tempfile.TemporaryDirectory() as place:
        songs = write_songs(Path(place) / "songs")
        for number in range(given.rounds):
            kind = given.kinds[number % len(given.kinds)]
            rounds.append(campaign(kind, by_name[kind], given.seed + number, songs))
            print(rounds[-1], flush=True)
    frame = pd.DataFrame(rounds)
    show("Faults", summary(frame))
    print(f"{frame['held'].sum()} of {len(frame)} rounds held")
    return 0 if frame["held"].all() else 1


def summary(rounds: pd.DataFrame) -> list[dict[str, object]]:
    """One row for each kind of fault."""
    sums = rounds.groupby("fault", sort=False).agg(
        rounds=("round", "size"),
        held=("held", "sum"),
        lost=("lost", "sum"),
        doubled=("doubled", "sum"),
        failed=("failed", "sum"),
        left=("temporary files left", "max"),
    )
    rows: list[dict[str, object]] = sums.reset_index().to_dict("records")  # type: ignore[assignment]
    return rows


if __name__ == "__main__":
    sys.exit(main())
