"""What trials run on: Ray here or on a cluster, and how many trials it has room for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import ray


@dataclass(frozen=True)
class Resources:
    """What trials run on.

    Attributes
    ----------
    address : of a running Ray cluster, "auto" to find one, None to start Ray on this machine.
    workers : trials at a time; None = as many as the cores allow.
    cpus_per_trial : cores and threads of each, at least 1.
    gpus_per_trial : share of a GPU of each.
    """

    address: str | None = None
    workers: int | None = None
    cpus_per_trial: int = 1
    gpus_per_trial: float = 0.0


@dataclass(frozen=True)
class Workers:
    """How many trials run at a time, and the cores and the share of a GPU of each."""

    count: int
    cpus: int
    gpus: float


@contextmanager
def ray_at(resources: Resources) -> Iterator[Workers]:
    """Ray connected or started until the end of the block, and the workers it has room for."""
    started = not ray.is_initialized()
    if started:
        ray.init(
            address=resources.address or "local",
            include_dashboard=False if resources.address is None else None,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    try:
        cores = int(ray.cluster_resources().get("CPU", 1))
        cpus = resources.cpus_per_trial
        yield Workers(resources.workers or max(1, cores // cpus), cpus, resources.gpus_per_trial)
    finally:
        if started:
            ray.shutdown()
