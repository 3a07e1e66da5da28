"""What a person sees while a search runs: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from search.trial.records import TrialResult, TrialSpec

_LINE_SECONDS = 10.0
"""Where there is no terminal, a line is printed at most this often."""
_SETTINGS = ("latent_size", "beta")
"""Hyperparameters that a line about a trial names."""


class Progress:
    """Counts trials and shows how far they are."""

    def __init__(self, console: Console, objective: str, maximize: bool) -> None:
        self._console = console
        self._total: Callable[[], int] = int
        self._objective = objective
        self._sign = 1.0 if maximize else -1.0
        self._started = time.monotonic()
        self._said = -_LINE_SECONDS
        self._running: dict[tuple[str, int, int], tuple[str, str, str]] = {}
        self._ended = 0
        self._ran = 0
        self._failed = 0
        self._infeasible = 0
        self._ended_early = 0
        self._best: dict[str, Any] | None = None
        self._live = (
            Live(console=console, get_renderable=self._render, refresh_per_second=4)
            if console.is_terminal
            else None
        )

    @contextmanager
    def of(self, total: Callable[[], int]) -> Iterator[None]:
        """Show the progress until the end of the block; `total` tells of how many trials."""
        self._total = total
        self._started = time.monotonic()
        if self._live:
            self._live.start()
        try:
            yield
        finally:
            if self._live:
                self._live.stop()
            else:
                self._say(last=True)

    def started(self, spec: TrialSpec) -> None:
        """Note that a trial was handed to a worker."""
        self._running[spec.key] = _name_of(spec), "starting", ""

    def epoch(self, spec: TrialSpec, epoch: int, host: str = "") -> None:
        """Note which epoch a running trial reached, and on which node."""
        self._running[spec.key] = _name_of(spec), f"epoch {epoch}", host
        self._say()

    def finished(self, spec: TrialSpec, result: TrialResult) -> None:
        """Note that a trial ended, well or not."""
        row = result.row
        self._ran += self._running.pop(spec.key, None) is not None
        self._ended += 1
        self._failed += row["status"] == "failed"
        self._infeasible += row["status"] == "infeasible"
        self._ended_early += row["status"] == "pruned"
        if row["status"] == "complete" and spec.role == "search":
            value = row["objective"]
            if self._best is None or self._sign * (value - self._best["objective"]) > 0:
                self._best = row
        self._say()

    @property
    def running(self) -> list[tuple[str, str, str]]:
        """Trials that run: name, how far it is, and its node, "" until that is known."""
        return list(self._running.values())

    def counts(self) -> str:
        """Return how many trials ended, how many run, how long it may take."""
        running = len(self._running)
        parts = [f"{self._ended} of {self._total()} trials done", f"{running} running"]
        if self._infeasible:
            parts.append(f"{self._infeasible} infeasible")
        if self._ended_early:
            parts.append(f"{self._ended_early} ended early")
        if self._failed:
            parts.append(f"{self._failed} failed")
        return ", ".join(parts) + f", {self._time_left()}"

    def _time_left(self) -> str:
        spent = time.monotonic() - self._started
        left = self._total() - self._ended
        if not self._ran or left <= 0:
            return duration(spent)
        return f"about {duration(spent / self._ran * left)} left"

    def _best_so_far(self) -> str:
        if self._best is None:
            return f"best {self._objective}: none yet"
        best = self._best
        details = [
            best["family"],
            *(f"{name} {best[name]}" for name in _SETTINGS if name in best),
        ]
        details.append(f"{best['n_clusters']} clusters")
        return f"best {self._objective} {best['objective']:.3f}: {', '.join(details)}"

    def _render(self) -> Group:
        table = Table.grid(padding=(0, 2))
        for name, how_far, _ in self.running:
            table.add_row(Text(name, style="dim"), Text(how_far, style="dim"))
        return Group(Text(self.counts(), style="bold"), Text(self._best_so_far()), table)

    def _say(self, last: bool = False) -> None:
        now = time.monotonic()
        if self._live or (not last and now - self._said < _LINE_SECONDS):
            return
        self._said = now
        self._console.print(
            f"{self.counts()}; {self._best_so_far()}", highlight=False, soft_wrap=True
        )


def _name_of(spec: TrialSpec) -> str:
    """Return a trial's name on the screen: `search 3 (mlp_vae, latent_size 16, beta 0.5)`."""
    labels = {"search": f"search {spec.trial}", "finalist": f"finalist, seed {spec.seed}"}
    settings = spec.configuration.settings
    chosen = [f"{name} {settings[name]}" for name in _SETTINGS if name in settings]
    return (
        f"{labels.get(spec.role, spec.role)} ({', '.join([spec.configuration.family, *chosen])})"
    )


def duration(seconds: float) -> str:
    """Return a time in the units that matter: `40 s`, `12 min`, `3 h 20 min`."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
