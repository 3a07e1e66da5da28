"""What runs on a worker: Ray Tune's trainable around one trial after another."""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from typing import Any

import ray
from ray import tune

from models import Epoch
from search.bench import Bench
from search.outcome import Ask, Outcome
from search.task import Task
from search.trial import steps

REPORT_SECONDS = 1.0
"""A running trial reports at most this often, so that quick ones report once."""


def bind(cpus: int) -> None:
    """Keep this process to its cores and its share of a GPU; before TensorFlow is imported.

    Ray lets a process without a GPU share see the GPUs of its node, so they are hidden here.
    """
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ[name] = str(cpus)
    if not ray.get_gpu_ids():
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")


class Worker(tune.Trainable):
    """Runs trials in one process, which imports and compiles once for all of them."""

    def setup(  # type: ignore[override]  # Tune passes what with_parameters was given
        self, config: dict[str, Any], bench: Bench, task: Task, cpus: int
    ) -> None:
        """Called once in the process; `bench` is mapped from the object store, not copied."""
        bind(cpus)
        self._bench = bench
        self._task = task
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Turn to the next trial."""
        ask: Ask = new_config["ask"]
        self._steps: Generator[Epoch, None, Outcome] = steps(ask, self._bench, self._task)
        return True

    def step(self) -> dict[str, Any]:
        """Train for a while; the last step of a trial brings its outcome."""
        until = time.monotonic() + REPORT_SECONDS
        while True:
            try:
                epoch = next(self._steps)
            except StopIteration as end:
                return {"done": True, "outcome": end.value}
            if time.monotonic() > until:
                return {"epoch": epoch.epoch, "validation_loss": epoch.validation_loss}

    def log_result(self, result: dict[str, Any]) -> None:
        """Results are the driver's to keep: nothing is written here."""
