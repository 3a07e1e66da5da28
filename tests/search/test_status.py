"""What is told of a cluster."""

import io

from rich.console import Console

from search.backend.monitor import SearchStatus
from search.backend.resources import Node
from search.status import show


def test_nodes_their_use_and_the_trials_on_them_are_told() -> None:
    said = io.StringIO()
    running = [("search 7 (mlp_vae)", "epoch 3", "worker"), ("search 8 (mlp_vae)", "starting", "")]
    search_status = SearchStatus(
        "easy/night", "1 core and 0.5 of a GPU", 4, "6 of 24 trials done", running
    )
    nodes = [Node("head", 0, 0), Node("worker", 8, 2)]
    show(nodes, {"CPU": 6.0, "GPU": 1.5}, [search_status], Console(file=said, width=100))
    lines = [" ".join(line.split()) for line in said.getvalue().splitlines()]
    assert "worker 8 2" in lines
    assert "2 nodes with 8 cores and 2 GPUs; in use: 25% of cores, 25% of GPUs" in lines
    assert (
        "easy/night: 4 slots of 1 core and 0.5 of a GPU, 25% in use. 6 of 24 trials done" in lines
    )
    assert "search 7 (mlp_vae): epoch 3 on worker" in lines
    assert "search 8 (mlp_vae): starting" in lines


def test_an_idle_cluster_is_told_to_be_one() -> None:
    said = io.StringIO()
    show([Node("head", 2, 0)], {"CPU": 2.0}, [], Console(file=said, width=100))
    assert "No search is running." in said.getvalue() and "0% of cores" in said.getvalue()
