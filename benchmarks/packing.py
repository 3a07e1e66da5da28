"""What share of a cluster's slots is busy while there is work?

A simulated cluster: several nodes on this machine with cores on paper, and trials that sleep for
varied times instead of training. Everything else is real: Optuna, journal, store, Ray Tune. The
start, until every slot has had its first trial, and the tail, once no trial is left to start, do
not count.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import ray
from measuring import made_up, show
from ray.cluster_utils import Cluster

from search.backend.resources import Resources
from search.backend.trainable import Worker
from search.trial.records import TrialResult, initial_row

NODE_SLOTS = 16


class SleepingWorker(Worker):
    """Sleeps instead of training; so light that many run on one machine.

    Attributes
    ----------
    seconds : shortest and longest trial; lengths are spread evenly over their logarithm.
    """

    seconds: tuple[float, float]

    def setup(self, config: dict[str, Any], task: Any, need: Any, **given: Any) -> None:
        """Nothing to import."""
        self._task = task
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Turn to the next trial."""
        self._spec = new_config["spec"]
        return True

    def step(self) -> dict[str, Any]:
        """Sleep as long as the number of the trial says, and bring as many rows as a real one."""
        started = time.time()
        random = np.random.default_rng(self._spec.trial)
        time.sleep(np.exp(random.uniform(*np.log(self.seconds))))
        own = {"coherence_excess": random.random(), "silhouette": 0.1}
        shared = {**self._spec.columns, **own, "clusterer": "kmeans", "split": "validation"}
        clusterings = [
            {**shared, "status": "complete", "n_clusters": count} for count in self._task.counts
        ]
        row = {**initial_row(self._spec), **own, "status": "complete"}
        # What is measured travels in columns that a sleeping trial has no use for.
        row |= {"train_seconds": started, "score_seconds": time.time()}
        return {"done": True, "trial_result": TrialResult(row, clusterings)}


def searched(address: str, trials: int, out: Path) -> pd.DataFrame:
    """`start` and `end` of every trial."""
    folder = made_up(SleepingWorker, trials, out, Resources(address=address))
    rows = pd.read_parquet(folder / "trials.parquet")
    if (rows["status"] == "failed").any():
        raise SystemExit(f"a trial failed: {rows['error'].dropna().iloc[0]}")
    return rows.rename(columns={"train_seconds": "start", "score_seconds": "end"})


def busy(rows: pd.DataFrame, slots: int) -> dict[str, object]:
    """The share of the slots' time in which a trial ran, between start-up and tail."""
    starts = np.sort(rows["start"])
    first, last = float(starts[slots - 1]), float(starts[-1])
    spent = rows["end"].clip(first, last) - rows["start"].clip(first, last)
    return {
        "slots": slots,
        "trials": len(rows),
        "seconds a trial": float((rows["end"] - rows["start"]).median()),
        "seconds to start": first - float(starts[0]),
        "seconds": last - first,
        "trials a second": float((starts > first).sum() / (last - first)),
        "busy share": float(spent.sum() / slots / (last - first)),
    }


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--slots", type=int, default=64, help=f"a multiple of {NODE_SLOTS}")
    options.add_argument("--trials", type=int, default=384)
    options.add_argument("--seconds", type=float, nargs=2, default=(5.0, 20.0), help="of a trial")
    given = options.parse_args()
    SleepingWorker.seconds = tuple(given.seconds)
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    for _ in range(given.slots // NODE_SLOTS):
        made.add_node(num_cpus=NODE_SLOTS, object_store_memory=100 * 2**20)
    ray.init(address=made.address, log_to_driver=False, logging_level=logging.ERROR)
    try:
        with tempfile.TemporaryDirectory() as out:
            rows = searched(made.address, given.trials, Path(out))
    finally:
        ray.shutdown()
        made.shutdown()
    show("Slots of a simulated cluster", [busy(rows, given.slots)])


if __name__ == "__main__":
    main()
