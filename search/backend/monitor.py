"""What runs on a cluster now: each search posts it on a board of its own, anybody reads them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import ray

from search.backend.connection import this_node
from search.backend.progress import Progress
from search.backend.resources import Workers

NAMESPACE = "latentune"
POST_SECONDS = 2.0


@dataclass(frozen=True)
class Posting:
    """What a search says of itself.

    Attributes
    ----------
    need : what each trial needs, in words.
    slots : how many trials run at a time.
    running : trial, how far it is, and the node it runs on ("" while it waits for one).
    """

    run: str
    need: str
    slots: int
    counts: str
    running: list[tuple[str, str, str]] = field(default_factory=list)


@ray.remote(num_cpus=0)
class Board:
    """Holds the newest posting of one search, and lives as long as its driver."""

    def __init__(self) -> None:
        self._posting: Posting | None = None

    def post(self, posting: Posting) -> None:
        """Put up what is so now."""
        self._posting = posting

    def read(self) -> Posting | None:
        """What was put up last."""
        return self._posting


@contextmanager
def posted(run: str, workers: Workers, progress: Progress) -> Iterator[None]:
    """Keep a board up to date until the end of the block, from a thread; none on a Ray of ours."""
    if not workers.shared:
        yield
        return
    name = f"{run}/{time.time_ns()}"
    # It may go with the node of this process, and not before with another one.
    board = Board.options(  # type: ignore[attr-defined]
        name=name, namespace=NAMESPACE, scheduling_strategy=this_node()
    ).remote()
    ended = threading.Event()

    def keep() -> None:
        while not ended.wait(POST_SECONDS):
            need, count = str(workers.need), workers.count()
            board.post.remote(Posting(run, need, count, progress.counts(), progress.running))

    thread = threading.Thread(target=keep, name="board", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        ray.kill(board)


def postings(timeout: float = 10.0) -> list[Posting]:
    """What every search on this cluster says of itself."""
    boards: list[Any] = [
        ray.get_actor(actor["name"], namespace=NAMESPACE)
        for actor in ray.util.list_named_actors(all_namespaces=True)
        if actor["namespace"] == NAMESPACE
    ]
    if not boards:
        return []
    asked: list[Any] = [board.read.remote() for board in boards]
    ready, _ = ray.wait(asked, num_returns=len(asked), timeout=timeout)
    return [found for found in map(read, ready) if found]


def read(asked: ray.ObjectRef) -> Posting | None:
    """What a board answers; None if it went away with its search."""
    try:
        posting: Posting | None = ray.get(asked)
    except ray.exceptions.RayError:
        return None
    return posting
