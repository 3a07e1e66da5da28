"""How many times as many trials do two workers train as one, on two cores?

The same search with one worker and with two, in turn. Each worker's first trials, in which it
imports and compiles, are left out of the rate that counts.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from measuring import Run, in_turn, latentune, show


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--workers", type=int, nargs=2, default=[1, 2])
    options.add_argument("--trials", type=int, default=40)
    options.add_argument("--epochs", type=int, default=20)
    options.add_argument("--repeats", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as out:
        numbers = iter(range(1000))

        def search(workers: int) -> Run:
            return latentune(
                *(Path(out), str(next(numbers)), "--workers", workers, "--trials", given.trials),
                *("--set", f"epochs={given.epochs}", "--set", "early_stopping=0"),
            )

        sides = {count: lambda count=count: search(count) for count in given.workers}
        runs = in_turn(sides, given.repeats)
    rates = {
        count: statistics.median(run.trained_a_minute(2 * count) for run in found)
        for count, found in runs.items()
    }
    rows = [{"workers": count, "trained a minute": rate} for count, rate in rates.items()]
    few, many = rates.values()
    show(
        f"{given.trials} trials of {given.epochs} epochs",
        [*rows, {"workers": "ratio", "trained a minute": many / few}],
    )


if __name__ == "__main__":
    main()
