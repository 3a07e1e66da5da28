"""Searches on several nodes with GPUs on paper: placement is real, devices are not."""

import io
import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import ray
from ray.cluster_utils import Cluster
from rich.console import Console

from search.backend import tuner
from search.backend.connection import this_node
from search.backend.monitor import search_statuses
from search.backend.resources import ResourceError, Resources
from search.run import RunOptions
from search.start import search
from search.tasks.reading import read_task
from tests.cluster.light import NAMESPACE, PATIENCE, Gate, LightWorker
from tests.searches import EACH_TRAINED, write_set
from tests.songs import make_songs
from tests.waiting import until

SMALL = {"num_cpus": 4, "num_gpus": 1, "object_store_memory": 80 * 2**20}
SHARE = 0.25


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A head without cores and three nodes of four cores and one GPU."""
    assert not ray.is_initialized(), "these tests start Ray themselves"
    made = Cluster(initialize_head=True, head_node_args={**SMALL, "num_cpus": 0, "num_gpus": 0})
    for _ in range(3):
        made.add_node(**SMALL)
    ray.init(address=made.address, log_to_driver=False, logging_level=logging.ERROR)
    made.wait_for_nodes()
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    return write_set(tmp_path / "songs", make_songs())


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuner, "Worker", LightWorker)


def run(
    cluster: Cluster,
    songs: Path,
    trials: int,
    begun: tuple[int, int] = (0, 0),
    **resources: Any,
) -> pd.DataFrame:
    """The rows of a search, with node, GPUs and times of each trial.

    `begun` says how many trials, on how many nodes, begin before the first one may end.
    """
    changes = {"trials": trials, "finalist_seeds": 0, **EACH_TRAINED}
    # On this node, for the others may be killed.
    options = {"name": "gate", "namespace": NAMESPACE, "scheduling_strategy": this_node()}
    gate = Gate.options(**options).remote(*begun)
    try:
        done = search(
            read_task("easy", changes),
            songs,
            out=songs.parent / "runs",
            options=RunOptions(
                Resources(address=cluster.address, **resources),
                console=Console(file=io.StringIO()),
                with_report=False,
            ),
        )
    finally:
        ray.kill(gate)
    rows = pd.read_parquet(done.folder / "trials.parquet")
    told = rows["host"].astype(str).str.split("|", expand=True)
    told.columns = pd.Index(["node", "gpus", "seen", "from", "to"])
    return rows.join(told.astype({"from": float, "to": float}))


def together(rows: pd.DataFrame) -> int:
    """The most trials that ran at one time."""
    changes = [(at, 1) for at in rows["from"]] + [(at, -1) for at in rows["to"]]
    return int(np.cumsum([step for _, step in sorted(changes)]).max())


def meanwhile(search: Callable[[], pd.DataFrame]) -> tuple[threading.Thread, list[pd.DataFrame]]:
    """A search in a thread, and where its rows will be; nodes come and go in the main thread."""
    found: list[pd.DataFrame] = []
    thread = threading.Thread(target=lambda: found.append(search()))
    thread.start()
    return thread, found


def opened() -> bool:
    """Whether the trials at the gate may end."""
    try:
        gate = ray.get_actor("gate", namespace=NAMESPACE)
    except ValueError:
        return False
    return bool(ray.get(gate.open.remote()))


def test_a_request_that_no_node_can_meet_is_refused_within_seconds(
    cluster: Cluster, songs: Path
) -> None:
    started = time.monotonic()
    with pytest.raises(ResourceError, match="3 nodes of 4 cores and 1 GPU"):
        run(cluster, songs, 1, gpus_per_trial=2.0)
    assert time.monotonic() - started < 5
    with pytest.raises(ResourceError, match="a trial of 8 cores and no GPU"):
        run(cluster, songs, 1, cpus_per_trial=8)
    assert not (songs.parent / "runs").exists()


def test_shares_pack_four_to_a_gpu_and_use_every_node(cluster: Cluster, songs: Path) -> None:
    searching, found = meanwhile(lambda: run(cluster, songs, 18, (12, 3), gpus_per_trial=SHARE))
    until(lambda: opened() or not searching.is_alive(), PATIENCE)
    until(lambda: bool(search_statuses()) or not searching.is_alive(), PATIENCE)
    told = [(search_status.slots, search_status.need) for search_status in search_statuses()]
    searching.join()
    (rows,) = found
    assert (rows["status"] == "complete").all() and len(rows) == 18
    assert {node: together(own) for node, own in rows.groupby("node")} == dict.fromkeys(
        rows["node"], 4
    )
    assert (rows["gpus"] == "0").all() and (rows["seen"] == "0").all()
    assert told == [(12, "1 core and 0.25 of a GPU")]


def test_a_trial_without_a_gpu_sees_none_on_a_gpu_node(cluster: Cluster, songs: Path) -> None:
    rows = run(cluster, songs, 4, workers=2)
    assert (rows["gpus"] == "").all() and (rows["seen"] == "-1").all()
    assert together(rows) <= 2


def test_a_killed_node_loses_no_trial_and_runs_none_twice(cluster: Cluster, songs: Path) -> None:
    """The node is killed without a word while trials run on it, in the middle of 24 trials."""
    searching, found = meanwhile(lambda: run(cluster, songs, 24, (10, 3), gpus_per_trial=SHARE))
    try:
        until(opened, PATIENCE)
        cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)
    finally:
        searching.join()
    (rows,) = found
    assert sorted(rows["trial"]) == list(range(24))
    assert (rows["status"] == "complete").all()


def test_a_node_that_joins_during_the_search_is_used(cluster: Cluster, songs: Path) -> None:
    """Trials end only once one has begun on a node more than there are."""
    there = len(cluster.list_all_nodes())
    until(lambda: sum(node["Alive"] for node in ray.nodes()) == there, PATIENCE)
    before = there - 1
    wanted = 4 * before + 1, before + 1
    searching, found = meanwhile(lambda: run(cluster, songs, 20, wanted, gpus_per_trial=SHARE))
    try:
        cluster.add_node(**SMALL)
    finally:
        searching.join()
    (rows,) = found
    assert rows["node"].nunique() == before + 1 and len(rows) == 20
