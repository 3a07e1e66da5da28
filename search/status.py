"""`python -m search status`: the nodes of a cluster, their use, and the trials on them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import ray
from rich.console import Console
from rich.table import Table

from search.backend.connection import connect, nodes
from search.backend.monitor import SearchStatus, search_statuses
from search.backend.resources import Node, listed
from search.console import console as make_console
from search.exit_codes import ExitCode


def command(arguments: argparse.Namespace) -> int:
    """Print what a cluster has and what runs on it; return the exit code."""
    status(arguments.address, make_console())
    return ExitCode.DONE


def status(address: str, console: Console) -> None:
    """Print what a cluster has, what of it is in use and which trials run where.

    Raises
    ------
    search.backend.resources.ResourceError
        When no cluster answers at the address.
    """
    connect(address, with_code=False)
    try:
        show(nodes(), ray.available_resources(), search_statuses(), console)
    finally:
        ray.shutdown()


def show(
    alive: Sequence[Node], free: dict[str, float], found: Sequence[SearchStatus], console: Console
) -> None:
    """Print nodes, use and searches.

    Parameters
    ----------
    free : resource of Ray -> how much of it nobody uses.
    """
    table = Table("node", "cores", "GPUs", box=None)
    for node in alive:
        table.add_row(node.host, f"{node.cpus:g}", f"{node.gpus:g}")
    console.print(table)
    cpus, gpus = sum(node.cpus for node in alive), sum(node.gpus for node in alive)
    in_use = [
        f"{1 - free.get(name, 0.0) / total:.0%} of {what}"
        for name, total, what in (("CPU", cpus, "cores"), ("GPU", gpus, "GPUs"))
        if total
    ]
    console.print(f"{len(alive)} nodes with {listed(cpus, gpus)}; in use: {', '.join(in_use)}")
    if not found:
        console.print("No search is running.")
    for search_status in found:
        console.print(
            f"\n{search_status.run}: {search_status.slots} slots of {search_status.need}, "
            f"{_placed(search_status)} in use. {search_status.counts}"
        )
        for trial, how_far, host in search_status.running:
            console.print(f"  {trial}: {how_far}" + (f" on {host}" if host else ""))


def _placed(search_status: SearchStatus) -> str:
    """Return the share of a search's slots in which a trial is known to run, in percent."""
    running = sum(bool(host) for _, _, host in search_status.running)
    return f"{min(1.0, running / max(search_status.slots, 1)):.0%}"
