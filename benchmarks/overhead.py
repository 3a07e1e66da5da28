"""What does a search cost beside training and scoring, and does it grow with the trials?

First real trials: what shares of the workers' time go into training, into scoring and into the
rest, after each worker has imported and compiled. Then empty ones, whose rows are as many as real
ones but made up: the time from one to the next around trial 100 and around trial 1,000, less that
of Optuna's sampler.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from measuring import latentune, made_up, show

import search.run
from search.backend.resources import Resources
from search.backend.trainable import Worker
from search.study.study import Study
from search.trial.trial import TrialResult, initial_row

SONGS = 960
WINDOW = 100
START_SECONDS = 8.0
"""An empty first trial ends sooner than a second worker is up, a real one does not."""


class EmptyWorker(Worker):
    """Brings made-up results, as large as those of real trials."""

    def step(self) -> dict[str, Any]:
        """End at once; the first time as late as a real first trial would."""
        if not hasattr(self, "_started"):
            self._started = True
            time.sleep(START_SECONDS)
        return {"done": True, "trial_result": self._result}

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Make up the result of the next trial."""
        spec = new_config["spec"]
        scores = {
            "coherence_excess": np.random.default_rng(spec.trial).random(),
            "silhouette": 0.1,
        }
        row = {**initial_row(spec), **scores, "status": "complete", "epochs": 5}
        shared = {
            **spec.columns,
            **scores,
            "clusterer": "kmeans",
            "split": "validation",
            "guard": None,
            "status": "complete",
        }
        clusterings = [{**shared, "n_clusters": count} for count in self._task.counts]
        epochs = [{**spec.columns, "epoch": epoch, "loss": 1.0} for epoch in range(1, 6)]
        codes = np.zeros((SONGS, spec.configuration.settings["latent_size"]), np.float32)
        self._result = TrialResult(row, clusterings, epochs, codes)
        return True


class TimedStudy(Study):
    """Notes when each trial ended, and how long the sampler had taken until then."""

    sampling = 0.0
    asks: list[tuple[float, float]] = []

    def ask(self) -> Any:
        """See `Study.ask`."""
        started = time.perf_counter()
        asked = super().ask()
        TimedStudy.sampling += time.perf_counter() - started
        return asked

    def tell(self, *given: Any) -> None:
        """See `Study.tell`."""
        super().tell(*given)
        self.asks.append((time.perf_counter(), self.sampling))


def shares(trials: int, epochs: int, workers: int, out: Path) -> dict[str, object]:
    """The shares of the workers' time in training, in scoring and in the rest over real trials."""
    run = latentune(
        *(out, "real", "--trials", trials, "--workers", workers),
        *("--set", f"epochs={epochs}", "--set", "early_stopping=0"),
        *("--set", "space.beta.per_decade=0"),  # so that hardly a trial repeats another
    )
    found = run.trials[run.trials["trained"]].sort_values("start").iloc[2 * workers :]
    # The last trials of the run leave a worker without work; they are not overhead.
    found = found[found["start"] <= found["start"].iloc[-workers]]
    begun, ended = found["start"].min(), found["start"].max()
    whole = workers * (ended - begun)
    # Of what the last trials began, the time after the end is not counted.
    within = (found["end"].clip(upper=ended) - found["start"]) / (found["end"] - found["start"])
    training = float((found["train_seconds"] * within).sum() / whole)
    scoring = float((found["score_seconds"] * within).sum() / whole)
    return {
        "trials": len(found),
        "epochs": epochs,
        "seconds a trial": float((found["end"] - found["start"]).median()),
        "training": training,
        "scoring": scoring,
        "rest": 1.0 - training - scoring,
    }


def empty(trials: int, workers: int, out: Path) -> pd.DataFrame:
    """Milliseconds from one empty trial to the next, in the driver, and of these the sampler's."""
    search.run.Study = TimedStudy  # type: ignore[attr-defined]
    made_up(EmptyWorker, trials, out, Resources(workers=workers))
    asks = pd.DataFrame(TimedStudy.asks, columns=["all", "sampler"])
    return asks.diff() * 1000


def main() -> None:
    """Run the benchmark."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--trials", type=int, default=130, help="real ones; repeats are left out")
    options.add_argument("--epochs", type=int, default=60)
    options.add_argument("--empty", type=int, nargs=2, default=[100, 1000], metavar="N")
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as out:
        if given.trials:
            row = shares(given.trials, given.epochs, given.workers, Path(out))
            show("Shares of the workers' time", [row])
        between = empty(max(given.empty) + WINDOW // 2, given.workers, Path(out))
    rows = []
    for at in given.empty:
        near = between.iloc[at - WINDOW // 2 : at + WINDOW // 2]
        ours, sampler = near["all"] - near["sampler"], near["sampler"]
        rows.append(
            {
                "at trial": at,
                "ms": float(ours.mean()),
                "median ms": float(ours.median()),
                "sampler ms": float(sampler.mean()),
            }
        )
    ratio = {name: rows[1][name] / rows[0][name] for name in rows[0] if name != "at trial"}
    show("An empty trial", [*rows, {"at trial": "ratio", **ratio}])


if __name__ == "__main__":
    main()
