"""What the benchmarks share: sides measured in turn, searches run and read, tables printed."""

from __future__ import annotations

import io
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pandas as pd
from rich.console import Console

from data.__main__ import SETS
from data.__main__ import main as make_data

if TYPE_CHECKING:
    from search.backend.resources import Resources
    from search.backend.trainable import Worker

DEMO = SETS / "demo"
T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """One search that ended.

    Attributes
    ----------
    seconds : of the whole process, start-up included.
    trials : one row per trial, with `start` and `end` (seconds since 1970) and `trained`, whether
        a model was trained for it rather than taken from an earlier trial.
    """

    seconds: float
    trials: pd.DataFrame

    @property
    def span(self) -> float:
        """Seconds from the start of the first trial to the end of the last."""
        return float(self.trials["end"].max() - self.trials["start"].min())

    def trained_a_minute(self, first: int) -> float:
        """Trials trained a minute, from the start of the trial after the `first` to the end.

        With as many left out as there are workers, what each does once in its life, as importing
        and compiling, does not count; what it does for every trial does.
        """
        trained = self.trials[self.trials["trained"]].sort_values("start").iloc[first:]
        return float(60 * len(trained) / (trained["end"].max() - trained["start"].min()))


def songs_folder() -> Path:
    """The folder of the demo songs, which are made if they are not there."""
    if not DEMO.exists():
        make_data(["demo"])
    return DEMO


def in_turn(sides: Mapping[str, Callable[[], T]], repeats: int) -> dict[str, list[T]]:
    """What each side gives, `repeats` times: A B A B, so that a busy machine slows both alike."""
    found: dict[str, list[T]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, side in sides.items():
            found[name].append(side())
    return found


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def median_seconds(sides: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Median wall time of each side, measured in turn."""
    timed = {name: lambda work=work: seconds(work) for name, work in sides.items()}
    return {name: statistics.median(times) for name, times in in_turn(timed, repeats).items()}


def command(*arguments: object) -> float:
    """Run a Python program in a process of its own; its wall time."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return time.perf_counter() - started


def latentune(out: Path, name: str, *arguments: object) -> Run:
    """`python -m search easy` over the demo songs, without baselines and finalists."""
    spent = command(
        *("-m", "search", "easy", "--data", songs_folder(), "--out", out, "--name", name),
        "--no-report",
        *("--set", "baselines=[]", "--set", "finalist_seeds=0", *arguments),
    )
    trials = pd.read_parquet(out / "easy" / name / "trials.parquet")
    if (trials["status"] == "failed").any():
        raise SystemExit(f"a trial failed: {trials['error'].dropna().iloc[0]}")
    trials["start"] = trials["started"].astype("datetime64[us, UTC]").astype("int64") / 1e6
    trials["end"] = trials["start"] + trials["train_seconds"] + trials["score_seconds"]
    repeats = trials.get("reused_from", pd.Series(None, trials.index, dtype=object))
    return Run(spent, trials.assign(trained=repeats.isna()))


def made_up(worker: type[Worker], trials: int, out: Path, resources: Resources) -> Path:
    """The folder of a search whose trials a worker makes up instead of training.

    Without baselines, finalists and report, and without a grid of beta, so that no trial is
    answered by another one's model.
    """
    from search.backend import tuner
    from search.run import RunOptions
    from search.start import search
    from search.tasks.reading import read_task

    beta = {"low": 0.1, "high": 10.0, "log": True}
    changes = {"trials": trials, "space.beta": beta, "baselines": [], "finalist_seeds": 0}
    tuner.Worker = worker  # type: ignore[misc]
    done = search(
        read_task("easy", changes),
        songs_folder(),
        out=out,
        options=RunOptions(resources, console=Console(file=io.StringIO()), with_report=False),
    )
    return done.folder


def show(title: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print rows as a Markdown table."""
    print(f"\n{title}\n")
    print("| " + " | ".join(rows[0]) + " |")
    print("|" + "---|" * len(rows[0]))
    for row in rows:
        print("| " + " | ".join(map(as_text, row.values())) + " |")
    print(flush=True)


def as_text(value: object) -> str:
    """Numbers with three digits that count, large ones whole, everything else as it is."""
    if not isinstance(value, float):
        return f"{value}"
    return f"{value:,.3g}" if abs(value) < 1e3 else f"{value:,.0f}"
