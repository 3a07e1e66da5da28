"""A worker whose trials only wait and tell where they ran, so that many fit on one machine."""

import os
import time
from typing import Any

import numpy as np
import ray

from search.backend.trainable import Worker, bind
from search.trial.records import TrialResult, TrialSpec, initial_row

NAMESPACE = "latentune-tests"
PATIENCE = 420.0
"""Seconds after which a trial no longer waits for others."""


@ray.remote(num_cpus=0)
class Gate:
    """Lets trials end once so many have begun, on so many nodes."""

    def __init__(self, trials: int, nodes: int) -> None:
        self._wanted = trials, nodes
        self._count = 0
        self._nodes: set[str] = set()

    def arrive(self, node: str) -> None:
        """A trial begins on a node."""
        self._count += 1
        self._nodes.add(node)

    def open(self) -> bool:
        """Whether enough have begun."""
        return self._count >= self._wanted[0] and len(self._nodes) >= self._wanted[1]


class LightWorker(Worker):
    """Bound to its cores and GPUs like any worker; never imports TensorFlow."""

    def setup(self, config: dict[str, Any], task: Any, need: Any, **given: Any) -> None:
        """Keep to what Ray gave, as `Worker` does."""
        bind(need.cpus)
        self._gate = ray.get_actor("gate", namespace=NAMESPACE)
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Turn to the next trial."""
        self._spec: TrialSpec = new_config["spec"]
        return True

    def step(self) -> dict[str, Any]:
        """Wait at the gate and a little longer; tell node, GPUs, and which of them are seen."""
        node, started = ray.get_runtime_context().get_node_id(), time.time()
        self._gate.arrive.remote(node)
        while not ray.get(self._gate.open.remote()) and time.time() < started + PATIENCE:
            time.sleep(0.1)
        time.sleep(0.5 + 0.3 * (self._spec.trial % 3))
        gpus = ",".join(map(str, ray.get_gpu_ids()))
        seen = os.environ.get("CUDA_VISIBLE_DEVICES", "")
        told = f"{node}|{gpus}|{seen}|{started:.3f}|{time.time():.3f}"
        score = np.random.default_rng(self._spec.trial).random()
        row = {
            **initial_row(self._spec),
            "status": "complete",
            "coherence_excess": score,
            "host": told,
        }
        return {"done": True, "trial_result": TrialResult(row)}
