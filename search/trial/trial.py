"""One trial as a plain function: a specification and songs in, rows and arrays out. No Ray."""

from __future__ import annotations

import time
from collections.abc import Generator

from models import Epoch
from search.tasks.task import Task
from search.trial.fitting import fit
from search.trial.inputs import TrialInputs
from search.trial.packaging import package
from search.trial.records import (
    IntermediateResult,
    TrialResult,
    TrialSpec,
    failure,
    finalize,
    initial_row,
)
from search.trial.scoring import score_encoder


def run(spec: TrialSpec, inputs: TrialInputs, task: Task) -> TrialResult:
    """Run one trial to its end in this process."""
    trial = steps(spec, inputs, task)
    while True:
        try:
            next(trial)
        except StopIteration as end:
            return end.value


def steps(
    spec: TrialSpec, inputs: TrialInputs, task: Task
) -> Generator[Epoch | IntermediateResult, None, TrialResult]:
    """Run one trial, yielding after each epoch; an exception becomes a failed result.

    With a scheduler, a searched trial also yields an intermediate result at its rungs.
    """
    result = TrialResult(initial_row(spec))
    try:
        begun = time.perf_counter()
        encoder = yield from fit(spec, inputs, task, result)
        trained = time.perf_counter()
        scored = score_encoder(encoder, spec, inputs, task)
        result.clusterings = scored.clusterings
        package(result, scored, encoder, spec, inputs, task)
        result.row |= scored.figures | {
            "epochs": len(result.epochs),
            "train_seconds": trained - begun,
            "score_seconds": time.perf_counter() - trained,
        }
        finalize(result, spec.configuration)
    except Exception as error:  # a bad trial must not end the search
        return TrialResult(result.row | failure(error), epochs=result.epochs)
    return result
