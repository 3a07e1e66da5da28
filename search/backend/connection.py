"""Ray on this machine or on a cluster: how it is reached, what its nodes have, what they lack."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray
import yaml
from ray.util import placement_group, remove_placement_group
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from search.backend.local import guard_token, own_cluster, own_sigterm, private_ray
from search.backend.resources import (
    Kind,
    Need,
    Node,
    ResourceError,
    Resources,
    Workers,
    able,
    refusal,
    slots,
)

_ROOT = Path(__file__).resolve().parents[2]
_STAYS = ("data/sets/", "results/runs/", ".git/", ".venv/", "build/", "tests/", "benchmarks/")
"""What of this folder no node needs."""

_BOOTSTRAP = Path("~/ray_bootstrap_config.yaml")
"""Where `ray up` puts the cluster's file on the head node."""

_LOOK_SECONDS = 2.0
"""How old what is known of the nodes may be."""

Say = Callable[[str], None]


def submitted() -> bool:
    """Return whether this process runs inside a job that was submitted to a cluster."""
    return "RAY_JOB_CONFIG_JSON_ENV_VAR" in os.environ


def code() -> dict[str, Any] | None:
    """Return the runtime environment that takes this code to every node.

    None inside a submitted job, whose code travels already and would not merge with a second
    copy, and for an installed package, which has to be installed on every node.
    """
    if submitted() or not (_ROOT / "pyproject.toml").exists():
        return None
    return {"working_dir": str(_ROOT), "excludes": [f"/{name}" for name in _STAYS]}


@contextmanager
def ray_at(resources: Resources) -> Iterator[None]:
    """Connect to Ray or start it, until the end of the block.

    Raises
    ------
    ResourceError
        When no cluster answers at the address.
    """
    if ray.is_initialized():
        yield
    elif resources.address is None:
        with private_ray():
            yield
    else:
        connect(resources.address)
        try:
            yield
        finally:
            ray.shutdown()


def connect(address: str, *, with_code: bool = True) -> None:
    """Reach a cluster; `with_code` also takes this code to its nodes.

    Raises
    ------
    ResourceError
        When no cluster answers at the address.
    """
    if address == "auto":
        address = own_cluster()
    guard_token()
    try:
        with own_sigterm():
            ray.init(
                address=address,
                runtime_env=code() if with_code else None,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
    except (ConnectionError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        first = str(error).strip().splitlines()[0]
        raise ResourceError(
            f"No Ray cluster answers at {address} ({first}): start one by `ray up cluster.yaml`, "
            "or leave --address out to use this machine alone."
        ) from None


def nodes() -> list[Node]:
    """Return the nodes that are alive."""
    return [
        Node(
            node["NodeManagerHostname"],
            node["Resources"].get("CPU", 0.0),
            node["Resources"].get("GPU", 0.0),
        )
        for node in ray.nodes()
        if node["Alive"]
    ]


def this_node() -> NodeAffinitySchedulingStrategy:
    """Return what keeps an actor on the node of this process."""
    return NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)


def kinds() -> list[Kind]:
    """Return what the autoscaler of this cluster can start, if this is its head node.

    Ray has no public interface for it; the file that `ray up` leaves on the head says it.
    """
    try:
        config = yaml.safe_load(_BOOTSTRAP.expanduser().read_text(encoding="utf-8"))
        most = config["max_workers"]
        return [
            Kind(
                name,
                min(most, kind.get("max_workers", most)),
                Node(name, given.get("CPU", 0.0), given.get("GPU", 0.0)) if given else None,
            )
            for name, kind in config["available_node_types"].items()
            for given in [kind.get("resources")]
            if kind.get("max_workers", most)
        ]
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError):
        return []


def workers_at(
    resources: Resources, gpus: float, say: Say, interrupt: Callable[[], bool]
) -> Workers:
    """Return the room that the cluster has for trials, once it has any.

    Where no node has room for a single trial, but one that an autoscaler starts or that
    `--wait` waits for may, this waits for it and says so.

    Raises
    ------
    ResourceError
        When no node has room, and none is to come.
    """
    need = Need(resources.cpus_per_trial, gpus)
    coming = able(kinds(), need) if resources.address else []
    if not slots(nodes(), need):
        _wait(resources, need, _missing(coming), say, interrupt)
    seen = _Seen(need, sum(kind.most * kind.node.slots(need) for kind in coming if kind.node))
    shared = resources.address is not None
    return Workers(need, lambda: resources.workers or seen.slots(), shared)


class _Seen:
    """How many trials fit, looked up anew now and then; what is to come counts as there.

    Tune asks Ray for room for as many trials, and that is what an autoscaler starts nodes for.
    """

    def __init__(self, need: Need, coming: int) -> None:
        self._need = need
        self._coming = coming
        self._looked = -_LOOK_SECONDS
        self._slots = 1

    def slots(self) -> int:
        """Return trials at a time, at least 1."""
        if time.monotonic() - self._looked > _LOOK_SECONDS:
            self._looked = time.monotonic()
            self._slots = max(1, self._coming, slots(nodes(), self._need))
        return self._slots


def _missing(coming: list[Kind]) -> list[Kind]:
    """Return kinds of node that may still join; those of unknown size, unless all are here."""
    here = len(nodes()) - 1
    return [kind for kind in coming if kind.node or kind.most > here]


def _wait(
    resources: Resources,
    need: Need,
    coming: list[Kind],
    say: Say,
    interrupt: Callable[[], bool],
) -> None:
    """Wait until a node has room for a trial; an interrupt ends it early."""
    if not coming and not resources.wait_minutes:
        raise ResourceError(refusal(nodes(), need, local=resources.address is None))
    deadline = time.monotonic() + 60 * resources.wait_minutes
    from_whom = ", ".join(
        f"{kind.name} (up to {kind.most} node{'s' if kind.most > 1 else ''})" for kind in coming
    )
    say(
        f"No node has room for a trial of {need} yet: waiting for "
        + (f"the autoscaler to start one of {from_whom}." if coming else "one to join.")
    )
    asked = placement_group([need.bundle])  # what an autoscaler sees; it ends with this process
    try:
        while not interrupt() and not asked.wait(timeout_seconds=1):
            if not coming and time.monotonic() > deadline:
                raise ResourceError(
                    refusal(nodes(), need, local=False)
                    + f" None joined in {resources.wait_minutes:g} minutes."
                )
    finally:
        remove_placement_group(asked)
