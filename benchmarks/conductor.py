"""What does a trial cost the process that conducts a search, of a thousand at once and of many?

    python benchmarks/conductor.py [--trials 100 1000 10000] [--at-once 1000]

Experiment, study and store are driven in this process, without actors: results as large as real
ones are made up, and trials end in random order. Milliseconds are those of one trial, from asking
for it to having written it, at the end of a run of so many; then memory, the journal, opening the
run again, and loading its table.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from measuring import seconds, show

import results
from data import Songs
from results.store import RunStore
from search.experiment.experiment import Experiment
from search.experiment.history import searched, trial_results
from search.study.study import Study
from search.tasks.reading import read_task
from search.tasks.task import Task
from search.trial.records import TrialResult, TrialSpec, finalize, initial_row

SONGS = 960
EPOCHS = 30
WINDOW = 100
"""Last trials of a run that a time is the median of."""


def main() -> None:
    """Read the command line, conduct runs of every size, print what they cost."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--trials", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--at-once", type=int, default=1_000)
    parser.add_argument("--task", default="hard")
    given = parser.parse_args()
    rows = []
    for trials in given.trials:
        with tempfile.TemporaryDirectory(prefix="conductor-") as folder:
            rows.append(measured(given.task, trials, min(given.at_once, trials), Path(folder)))
    show(f"Conducting the task {given.task}, {given.at_once:,} trials at once", rows)


def measured(name: str, trials: int, at_once: int, folder: Path) -> dict[str, object]:
    """Conduct a run; return what it cost."""
    task = task_of(name, trials)
    before = memory()
    clock = Clock()
    with RunStore.create(folder, name, "run", {"settings": task.as_json()}) as store:
        conducted(task, store, at_once, clock)
        used = memory() - before
        store.consolidate()
        run = store.folder
    journal = run / "study.journal"
    gc.collect()

    def again() -> None:
        with RunStore.open(run) as opened:
            past = trial_results(opened)
            Study(journal, "run", task, searched(past))

    return {
        "trials": trials,
        **{f"{part} ms": 1000 * clock.last(part) for part in ("ask", "tell", "write")},
        "all of a trial ms": 1000 * sum(map(clock.last, ("ask", "tell", "write"))),
        "driver MB": used / 2**20,
        "journal MB": journal.stat().st_size / 2**20,
        "opened again s": seconds(again),
        "table loaded s": seconds(lambda: results.load(run, "trials")),
    }


def task_of(name: str, trials: int) -> Task:
    """The task without what is not searched, and without a grid: every trial trains a model."""
    changes: dict[str, Any] = {"trials": trials, "baselines": [], "finalist_seeds": 0}
    free = {"low": 0.1, "high": 10.0, "log": True}
    families = read_task(name).families
    changes |= {"space.beta": free, **{f"space.{family}.beta": free for family in families}}
    return read_task(name, changes)


class Clock:
    """Seconds of each part of a trial."""

    def __init__(self) -> None:
        self._found: dict[str, list[float]] = defaultdict(list)

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """Time the block."""
        began = time.perf_counter()
        yield
        self._found[part].append(time.perf_counter() - began)

    def timed(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, timed."""

        def within(*given: Any, **named: Any) -> Any:
            with self.of(part):
                return work(*given, **named)

        return within

    def last(self, part: str) -> float:
        """The median of the last ones."""
        return statistics.median(self._found[part][-WINDOW:])

    def add(self, part: str, **signs: int) -> None:
        """Let one of a part be the sum of the last of others, each with its sign."""
        found = sum(sign * self._found[other][-1] for other, sign in signs.items())
        self._found[part].append(found)


def conducted(task: Task, store: RunStore, at_once: int, clock: Clock) -> None:
    """Run a task to its end, trials ending in random order."""
    study = Study(store.folder / "study.journal", "run", task)
    study.tell = clock.timed("tell", study.tell)  # type: ignore[method-assign]
    experiment = Experiment(task, songs(), study, store)
    order, running = random.Random(0), []
    while True:
        while len(running) < at_once:
            with clock.of("asking"):
                spec = experiment.ask()
            if spec is None:
                break
            clock.add("ask", asking=1)
            running.append(spec)
        if not running:
            return
        spec = running.pop(order.randrange(len(running)))
        result = made_up(spec, task)
        with clock.of("end"):
            experiment.tell(spec, result)
        clock.add("write", end=1, tell=-1)


def made_up(spec: TrialSpec, task: Task) -> TrialResult:
    """A result of the size of a real one, whose score the configuration decides, and chance."""
    own = np.random.default_rng(spec.trial)
    settings = spec.configuration.settings
    score = -abs(np.log2(settings["latent_size"]) - 4) / 4 + own.normal(scale=0.1)
    scores = {f"coherence_{view}": own.random() for view in task.reference_views}
    scores |= {"coherence": 0.5, "silhouette": 0.1, "davies_bouldin": 1.0, "ari": 0.2}
    clusterings = [
        {
            **spec.columns,
            **scores,
            "clusterer": clusterer,
            "n_clusters": count,
            "coherence_excess": score + 0.01 * own.random(),
            "split": "validation",
            "guard": None,
            "guard_r2": 0.4,
            "status": "complete",
        }
        for clusterer in task.clusterers
        for count in task.counts
    ]
    epochs = [
        {**spec.columns, "epoch": epoch, "loss": 1.0, "validation_loss": 1.0}
        for epoch in range(1, EPOCHS + 1)
    ]
    result = TrialResult(
        initial_row(spec) | {"status": "complete"},
        clusterings,
        epochs,
        codes=own.normal(size=(SONGS, settings["latent_size"])).astype(np.float32),
        partitions=own.integers(8, size=(len(clusterings), SONGS)).astype(np.int16),
    )
    finalize(result, spec.configuration)
    result.row["train_seconds"], result.row["score_seconds"] = 10.0, 1.0
    return result


def songs() -> Songs:
    """What an experiment knows of songs."""
    return Songs(
        ids=np.arange(SONGS).astype(str),
        audio=np.zeros((SONGS, 1), np.float32),
        lyrics=None,
        has_lyrics=np.zeros(SONGS, bool),
        labels={},
        groups=None,
        split=np.resize(["train", "train", "train", "validation", "test"], SONGS),
    )


def memory() -> int:
    """Bytes of this process."""
    gc.collect()
    return int(psutil.Process().memory_info().rss)


if __name__ == "__main__":
    main()
