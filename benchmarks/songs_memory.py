"""How much memory do large songs take: once a node, or once a worker?

Songs of the sizes asked for, made up, on a machine without a GPU. Workers, each a process, map
them from Ray's object store, train and score on them, and say how much private memory that added;
then again, as a later trial would. A first trial also loads and compiles what has nothing to do
with the size of the songs, so the two sizes are held against each other.
"""

from __future__ import annotations

import argparse
import logging
import time
from typing import Any

import numpy as np
import ray
from measuring import show

from data import Songs
from search.backend.trainable import bind, prepared
from search.study.space import baseline_configurations
from search.tasks.reading import read_task
from search.tasks.task import Task
from search.trial.inputs import TrialInputs
from search.trial.records import TrialSpec
from search.trial.trial import steps

MB = 2**20
SHAPE = (64, 128)


def private_bytes() -> int:
    """Memory of this process that no other shares."""
    with open("/proc/self/smaps_rollup", encoding="ascii") as file:
        return sum(
            int(line.split()[1]) * 1024
            for line in file
            if line.startswith(("Private_Clean", "Private_Dirty"))
        )


def random_songs(size: int) -> Songs:
    """Songs of random maps that take `size` bytes."""
    count = size // (4 * int(np.prod(SHAPE)))
    random = np.random.default_rng(0)
    return Songs(
        ids=np.array([f"song-{index:06d}" for index in range(count)]),
        audio=random.standard_normal((count, *SHAPE), np.float32),
        lyrics=None,
        has_lyrics=np.zeros(count, bool),
        labels={"genre": np.resize(["a", "b"], count)},
        groups=None,
        split=np.resize(["train", "train", "train", "validation", "test"], count),
    )


@ray.remote(num_cpus=1)
class Process:
    """One worker's process."""

    def __init__(self) -> None:
        bind(1)
        import models.training  # noqa: F401

    def trial(self, inputs: TrialInputs, spec: TrialSpec, task: Task) -> dict[str, float]:
        """Run a trial; seconds until its first epoch has ended and in all, and memory."""
        before, started = private_bytes(), time.perf_counter()
        most, first = before, 0.0
        running = steps(spec, inputs, task)
        while True:
            try:
                next(running)
            except StopIteration:
                break
            first = first or time.perf_counter() - started
            most = max(most, private_bytes())
        return {
            "first epoch, s": first,
            "trial, s": time.perf_counter() - started,
            "while training, MB": (most - before) / MB,
            "after, MB": (private_bytes() - before) / MB,
        }


def measured(size: int, workers: int) -> tuple[list[dict[str, float]], float]:
    """What each worker says of two trials over `size` megabytes of songs, and what Ray holds."""
    ray.init(
        address="local",
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.ERROR,
        object_store_memory=max(4 * size, 200) * MB,
    )
    changes: dict[str, Any] = {"epochs": 2, "clusters": "4:5", "views": ["standard"]}
    changes["baselines"] = ["raw"]  # for which songs travel whole
    task = read_task("easy", {**changes, "null_collections": 0})
    songs = ray.put(random_songs(size * MB))
    inputs, _, said = prepared.options(num_returns=3).remote(songs, task)
    ray.get(said)
    configuration = baseline_configurations(task, "mlp_vae")[0]
    processes: list[Any] = [Process.remote() for _ in range(workers)]
    rows: list[dict[str, float]] = []
    for number in range(2):
        specs = [TrialSpec(number, "search", configuration, seed) for seed in range(workers)]
        pairs = zip(processes, specs, strict=True)
        trials = [process.trial.remote(inputs, spec, task) for process, spec in pairs]
        rows += [{"trial": number, **row} for row in ray.get(trials)]
    whole = ray.cluster_resources()["object_store_memory"]
    used = whole - ray.available_resources()["object_store_memory"]
    ray.shutdown()
    return rows, used / MB


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--megabytes", type=int, nargs=2, default=[30, 500], metavar="MB")
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args()
    table: list[dict[str, object]] = []
    for size in given.megabytes:
        rows, used = measured(size, given.workers)
        for number in range(2):
            own = [row for row in rows if row["trial"] == number]
            means = {name: float(np.mean([row[name] for row in own])) for name in own[0]}
            table.append({"songs, MB": size, "in the object store, MB": used, **means})
    show("Memory of songs; private memory of a worker, above that before its trial", table)
    few, many = (table[2 * place]["after, MB"] for place in range(2))
    print(f"For the larger songs alone: {float(many) - float(few):.0f} MB")  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
