"""How many times faster is a search than the plain script that a good user writes?

`plain_search.py` and `python -m search` run in turn: the same songs, space, epochs, trials and
workers, no early stopping, no baselines, no finalists. A trial that Latentune answers from a
model it had trained before does not count as a trial here; the plain script trains every one.
The first trial of every worker is left out of "trained a minute" on all sides; start-up is what a
process takes before its first trial and after its last one.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from measuring import Run, command, in_turn, latentune, show, songs_folder

COUNTS = 15
RATES = ("trained a minute", "with start-up", "answered a minute", "clusterings a minute")
HERE = Path(__file__).parent


def plain(out: Path, name: str, *arguments: object) -> Run:
    """`plain_search.py` over the demo songs."""
    grid = out / f"{name}.pkl"
    spent = command(
        *(HERE / "plain_search.py", "--data", songs_folder(), "--out", grid, *arguments)
    )
    return Run(spent, pd.read_pickle(grid).assign(trained=True))


def compare(epochs: int, given: argparse.Namespace, out: Path) -> list[dict[str, object]]:
    """Both sides at one number of epochs: a row each, and their ratios."""
    shared = ("--trials", given.trials, "--workers", given.workers)
    numbers = iter(range(1000))

    def named(run: Callable[..., Run], *arguments: object) -> Callable[[], Run]:
        return lambda: run(out, f"{epochs}-{next(numbers)}", *shared, *arguments)

    sides = {"plain script": named(plain, "--epochs", epochs)}
    if given.fresh:
        sides["plain, a process a trial"] = named(plain, "--epochs", epochs, "--fresh-processes")
    fixed = ("--set", f"epochs={epochs}", "--set", "early_stopping=0")
    sides["latentune"] = named(latentune, *fixed)
    runs = in_turn(sides, given.repeats)
    *peers, ours = [row(epochs, name, runs[name], given.workers) for name in sides]
    ratios: list[dict[str, object]] = [
        {
            "epochs": epochs,
            "side": f"latentune / {peer['side']}",
            "trials trained": "",
            "start-up, s": "",
            **{rate: ours[rate] / peer[rate] for rate in RATES},
        }
        for peer in peers
    ]
    return [*peers, ours, *ratios]


def row(epochs: int, side: str, runs: Sequence[Run], workers: int) -> dict[str, Any]:
    """Medians over the repeats of one side."""

    def per_minute(count: Callable[[Run], float], time: Callable[[Run], float]) -> float:
        return statistics.median(60 * count(run) / time(run) for run in runs)

    def trained(run: Run) -> float:
        return float(run.trials["trained"].sum())

    return {
        "epochs": epochs,
        "side": side,
        "trials trained": statistics.median(map(trained, runs)),
        "start-up, s": statistics.median(run.seconds - run.span for run in runs),
        "trained a minute": statistics.median(run.trained_a_minute(workers) for run in runs),
        "with start-up": per_minute(trained, lambda run: run.seconds),
        "answered a minute": per_minute(lambda run: len(run.trials), lambda run: run.span),
        "clusterings a minute": COUNTS * per_minute(trained, lambda run: run.span),
    }


def validation_losses(epochs: int, seeds: int) -> list[dict[str, object]]:
    """The validation loss of one configuration on both sides, over several seeds."""
    import plain_search

    import data
    from models import FAMILIES, Schedule, defaults
    from search.tasks.adaptation import restrict_inputs
    from search.tasks.reading import read_task
    from search.trial.inputs import prepare

    songs = plain_search.load(songs_folder())
    task = read_task("easy")
    parts = (
        prepare(restrict_inputs(task, data.load(songs_folder())), task).viewed["standard"].parts
    )
    family = FAMILIES["mlp_vae"]
    settings = defaults(family, {"latent_size": 16, "beta": 1.0})

    def by_plain(seed: int) -> float:
        return plain_search.train(songs["train"], songs["validation"], 16, 1.0, epochs, seed)[1]

    def by_latentune(seed: int) -> float:
        fitting = family.fit(
            parts["train"], parts["validation"], settings, seed, Schedule(epochs, 0, 64)
        )
        return list(fitting)[-1].validation_loss

    rows: list[dict[str, object]] = []
    for side, loss in {"plain script": by_plain, "latentune": by_latentune}.items():
        values = [loss(seed) for seed in range(seeds)]
        rows.append(
            {
                "epochs": epochs,
                "side": side,
                "validation loss": f"{np.mean(values):.1f}",
                "deviation over seeds": f"{np.std(values, ddof=1):.1f}",
            }
        )
    return rows


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--epochs", type=int, nargs="+", default=[5, 20, 60])
    options.add_argument("--trials", type=int, default=24)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--seeds", type=int, default=5, help="of the validation losses; 0 = none")
    options.add_argument(
        "--fresh", action="store_true", help="also the plain script with a process for each trial"
    )
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as out:
        for epochs in given.epochs:
            show(f"{epochs} epochs", compare(epochs, given, Path(out)))
    if given.seeds:
        show("One configuration, both sides", validation_losses(given.epochs[0], given.seeds))


if __name__ == "__main__":
    main()
