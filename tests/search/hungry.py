"""A search whose workers take memory until Ray kills them; run as a program, for Ray of its own.

Arguments: the folder of songs, the folder of runs, a folder for notes.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from search.backend import tuner
from search.backend.resources import Resources
from search.backend.trainable import Worker
from search.experiment.stopping import Limits
from search.run import RunOptions
from search.start import search
from search.trial.records import TrialResult, TrialSpec, initial_row
from tests.searches import EACH_TRAINED, small_task

ALWAYS, UNTIL_HALVED, WHEN_TURNED_TO = 1, 2, 3
"""Trials that take memory: each time, while their batch is whole, before their first step."""

PIECE = 2**27
"""Bytes taken at a time."""

MOST_PIECES = 64
"""At 8 GiB the worker gives up, for then nobody kills it."""


def devour() -> None:
    """Take memory until this process is killed."""
    taken = []
    for _ in range(MOST_PIECES):
        taken.append(np.ones(PIECE, np.uint8))
        time.sleep(0.05)
    raise RuntimeError("nobody ended this worker")


class HungryWorker(Worker):
    """Its trials do nothing, or take memory; it never imports TensorFlow."""

    def setup(self, config: dict[str, Any], **given: Any) -> None:
        """The first worker of all is killed while it is set up."""
        first = Path(os.environ["HUNGRY_NOTES"]) / "begun"
        if not first.exists():
            first.touch()
            devour()
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Turn to the next trial."""
        self._spec: TrialSpec = new_config["spec"]
        note = Path(os.environ["HUNGRY_NOTES"]) / "turned"
        if self._spec.trial == WHEN_TURNED_TO and not note.exists():
            note.touch()
            devour()
        return True

    def step(self) -> dict[str, Any]:
        """Take memory, or end the trial."""
        trial, halved = self._spec.trial, self._spec.halved
        if trial == ALWAYS or (trial == UNTIL_HALVED and not halved):
            devour()
        row = {**initial_row(self._spec), "status": "complete", "coherence_excess": trial / 10}
        return {"done": True, "trial_result": TrialResult(row)}


if __name__ == "__main__":
    songs, runs, os.environ["HUNGRY_NOTES"] = sys.argv[1:]
    tuner.Worker = HungryWorker  # type: ignore[misc]
    search(
        small_task(**EACH_TRAINED, trials=5, finalist_seeds=0),
        songs,
        out=runs,
        options=RunOptions(
            Resources(workers=1),
            Limits(max_failures=3),
            Console(quiet=True),
            with_report=False,
        ),
    )
