"""How many trials share a GPU: as many as its memory holds of the widest configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from data import Songs
from data.presentation import shape_of
from models import FAMILIES, defaults
from models.family import Family
from models.gpu import memory_of
from search.backend.connection import Say, kinds, nodes, workers_at
from search.backend.resources import AUTO, Node, Resources, Workers
from search.tasks.own_parts import bring_parts_of
from search.tasks.task import Task

_MOST = 16
"""Trials that share a GPU at most: each is a process with a context of its own."""

_FILLED = 0.95
"""Share of a GPU's memory that is given out."""

_SMALLEST = 1e-4
"""Ray counts shares in steps of this."""


def workers_for(
    task: Task, songs: ray.ObjectRef, resources: Resources, say: Say, interrupt: Callable[[], bool]
) -> Workers:
    """Return the room that the cluster has for the trials of a task."""
    gpus = resources.gpus_per_trial
    if gpus is AUTO:
        gpus = _gpu_share(task, songs, resources, say, interrupt)
    return workers_at(resources, gpus, say, interrupt)


def _gpu_share(
    task: Task, songs: ray.ObjectRef, resources: Resources, say: Say, interrupt: Callable[[], bool]
) -> float:
    """Return the share of a GPU that a trial gets for `--gpus-per-trial auto`.

    Every trial gets as much memory as the widest configuration of the task needs, a computed
    upper bound (see `models.memory`). 0 where the cluster has no GPU and none is to come.
    """
    if not any(node.gpus for node in nodes()):
        if not any(kind.node and kind.node.gpus for kind in kinds()):
            say("--gpus-per-trial auto: there is no GPU, so trials run on cores.")
            return 0.0
        workers_at(replace(resources, workers=1), 1.0, say, interrupt)  # waits for the first one
    memory = _smallest_memory()
    if memory is None:
        say(
            "--gpus-per-trial auto: 1, for a node does not tell the memory of its GPUs "
            "(nvidia-smi is missing or fails there)."
        )
        return 1.0
    needs: dict[str, int] = ray.get(widest_needs.remote(songs, task))
    share, why = packed(memory, needs, nodes(), resources.cpus_per_trial)
    say(f"--gpus-per-trial auto: {share:g}, {why}.")
    return share


def packed(
    memory: int, needs: Mapping[str, int], nodes: Sequence[Node], cpus: int
) -> tuple[float, str]:
    """Return the share of a GPU of `memory` bytes for the largest of `needs`, and why.

    A node's cores bound it too: more shares than cores would stay empty.
    """
    family, need = max(needs.items(), key=lambda item: item[1])
    by_memory = min(_MOST, int(_FILLED * memory / max(need, 1)))
    by_cores = max(int(node.cpus / cpus / node.gpus) for node in nodes if node.gpus)
    count = max(1, min(by_memory, by_cores))
    asked = f"the widest {family} needs about {_gigabytes(need)} of its {_gigabytes(memory)}"
    if by_memory < 1:
        return 1.0, f"and that may not do: {asked}"
    share = int(1 / count / _SMALLEST) * _SMALLEST
    together = f"{count} trials share a GPU" if count > 1 else "a GPU for each trial"
    bound = ", and there are cores for no more" if by_cores < by_memory else ""
    return round(share, 4), f"{together}: {asked}{bound}"


def _gigabytes(size: float) -> str:
    """Return bytes in words."""
    return f"{size / 2**30:.1f} GB"


def _smallest_memory() -> int | None:
    """Return bytes of the smallest GPU of all nodes; None if one does not tell."""
    asked = [
        _gpu_memory.options(
            scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        ).remote()
        for node in ray.nodes()
        if node["Alive"] and node["Resources"].get("GPU")
    ]
    found: list[int] = ray.get(asked)
    return min(found) if all(found) else None


@ray.remote(num_cpus=0)
def _gpu_memory() -> int:
    """Return bytes of this node's smallest GPU; 0 if that is not to be had."""
    return min(memory_of(), default=0)


@ray.remote(num_cpus=1)
def widest_needs(songs: Songs, task: Task) -> dict[str, int]:
    """Return the bytes that the widest configuration of each family takes on a GPU."""
    from search.backend.trainable import bind

    bind(1)
    return gpu_bytes(songs, task)


def gpu_bytes(songs: Songs, task: Task) -> dict[str, int]:
    """Return the same in this process, which loads TensorFlow."""
    from models.memory import training_bytes

    bring_parts_of(task)
    train = songs.part("train")
    return {
        name: max(
            training_bytes(FAMILIES[name], seen_as(train, view), settings, task.widest)
            for view in task.views_of(name)
            for settings in widest(FAMILIES[name], task)
        )
        for name in (*task.families, *task.baselines)
    }


def seen_as(songs: Songs, view: str) -> Songs:
    """Return songs of the shape that a view gives them, which take no memory."""
    audio = np.broadcast_to(np.float32(0), (len(songs), *shape_of(view, songs)))
    return songs.replace(audio=audio, embedding=None)


def widest(family: Family, task: Task) -> Iterator[dict[str, Any]]:
    """Yield settings with every number at the end of its range, for every choice of words."""
    searched = task.ranges(family.name)
    ends = {
        name: [max([found.high, *found.choices])]
        if not isinstance(found.choices[0] if found.choices else 0, str)
        else list(found.choices)
        for name, found in searched.items()
    }
    for values in product(*ends.values()):
        yield defaults(family, dict(zip(ends, values, strict=True)))
