"""What trials run on: what each needs, what nodes have, and how many fit. No Ray."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

AUTO = None
"""A share of a GPU that is still to be chosen, see `search.backend.packing`."""


class ResourceError(ValueError):
    """No node has what trials need: what is asked, what there is, what to do."""


@dataclass(frozen=True)
class Resources:
    """What a person asks trials to run on.

    Attributes
    ----------
    address : of a running Ray cluster, "auto" to find one, None to start Ray on this machine.
    workers : trials at a time; None = as many as fit, nodes that join later included.
    cpus_per_trial : cores and threads of each, at least 1.
    gpus_per_trial : share of a GPU of each, or whole GPUs; AUTO for the smallest that suffices.
    wait_minutes : how long to wait for a node that has room for a trial.

    Raises
    ------
    ResourceError
        When a value is out of its range.
    """

    address: str | None = None
    workers: int | None = None
    cpus_per_trial: int = 1
    gpus_per_trial: float | None = 0.0
    wait_minutes: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (("workers", self.workers), ("cpus-per-trial", self.cpus_per_trial)):
            if value is not None and value < 1:
                raise ResourceError(f"--{name} is {value}; it must be at least 1")
        gpus = self.gpus_per_trial or 0.0
        if not 0 <= gpus < math.inf:
            raise ResourceError(f"--gpus-per-trial is {gpus:g}; it must be 0 or more")
        if gpus > 1 and gpus != int(gpus):
            raise ResourceError(
                f"--gpus-per-trial is {gpus:g}; give a share such as 0.25, or a whole number"
            )
        if not 0 <= self.wait_minutes < math.inf:
            raise ResourceError(f"--wait is {self.wait_minutes:g}; it must be 0 or more")


@dataclass(frozen=True)
class Need:
    """What one trial needs: cores, and a share of a GPU or whole ones."""

    cpus: int
    gpus: float

    def __str__(self) -> str:
        return listed(self.cpus, self.gpus)

    @property
    def bundle(self) -> dict[str, float]:
        """The same in the words of Ray."""
        return {"CPU": self.cpus, **({"GPU": self.gpus} if self.gpus else {})}


@dataclass(frozen=True)
class Node:
    """What one node has in all."""

    host: str
    cpus: float
    gpus: float

    def slots(self, need: Need) -> int:
        """Return how many trials run on it at a time. Shares of different GPUs do not add up."""
        by_cores = int(self.cpus / need.cpus)
        if not need.gpus:
            return by_cores
        if need.gpus > 1:
            return min(by_cores, int(self.gpus / need.gpus))
        return min(by_cores, int(self.gpus) * int(1 / need.gpus + 1e-6))


@dataclass(frozen=True)
class Kind:
    """Nodes that an autoscaler can start.

    Attributes
    ----------
    most : how many of them at a time.
    node : what each has; None if that shows only once it is there.
    """

    name: str
    most: int
    node: Node | None


@dataclass(frozen=True)
class Workers:
    """What each trial needs, and how many run at a time, which changes as nodes come and go.

    `shared` is whether others may look at this Ray, for it was there before and outlasts us.
    """

    need: Need
    count: Callable[[], int]
    shared: bool = False


def slots(nodes: Sequence[Node], need: Need) -> int:
    """Return how many trials run on all nodes at a time."""
    return sum(node.slots(need) for node in nodes)


def able(kinds: Sequence[Kind], need: Need) -> list[Kind]:
    """Return kinds of node with room for a trial, or for what is known with room."""
    return [kind for kind in kinds if kind.node is None or kind.node.slots(need)]


def refusal(nodes: Sequence[Node], need: Need, *, local: bool) -> str:
    """Return a sentence that says what is asked, what there is and what to do."""
    has = f"{'this machine' if local else 'the cluster'} has {_in_words(nodes)}"
    if need.gpus and not any(node.gpus for node in nodes):
        advice = "leave --gpus-per-trial out to use cores alone"
        advice += "" if local else ", or --wait for a node that will join"
    else:
        advice = "ask for less by --cpus-per-trial and --gpus-per-trial"
    return f"No node has room for a trial of {need}: {has}. To go on, {advice}."


def _in_words(nodes: Sequence[Node]) -> str:
    """Return what nodes have, those that are alike together."""
    if len(nodes) == 1:
        return listed(nodes[0].cpus, nodes[0].gpus)
    alike = Counter(listed(node.cpus, node.gpus) for node in nodes)
    said = [
        f"{count} node{'s' if count > 1 else ''} of {what}" for what, count in alike.most_common()
    ]
    return "; ".join(said) or "no node"


def listed(cpus: float, gpus: float) -> str:
    """Return cores and GPUs in words."""
    cores = f"{cpus:g} core{'' if cpus == 1 else 's'}"
    if not gpus:
        return f"{cores} and no GPU"
    return f"{cores} and {f'{gpus:g} of a GPU' if gpus < 1 else f'{gpus:g} GPU'}" + (
        "s" if gpus > 1 else ""
    )
