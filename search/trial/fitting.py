"""The first part of a trial: an encoder is trained."""

from __future__ import annotations

import time
from collections.abc import Generator

from models import FAMILIES, Encoder, Epoch, Schedule
from search.study.pruning import rungs
from search.tasks.task import Task
from search.trial.inputs import TrialInputs
from search.trial.intermediate import intermediate_score
from search.trial.records import IntermediateResult, TrialResult, TrialSpec


def fit(
    spec: TrialSpec, inputs: TrialInputs, task: Task, result: TrialResult
) -> Generator[Epoch | IntermediateResult, None, Encoder]:
    """Train the encoder of a trial, yielding after each epoch and at each rung.

    The rows of epochs go into `result` on the way, which stay there when the training fails.
    """
    viewed = inputs.viewed[spec.configuration.view]
    looks = rungs(task, spec.configuration) if spec.role == "search" else {}
    begun = time.perf_counter()
    training = FAMILIES[spec.configuration.family].fit(
        viewed.parts["train"],
        viewed.parts["validation"],
        spec.settings,
        spec.seed,
        Schedule(task.epochs, task.early_stopping, task.widest, tuple(looks)),
    )
    while True:
        try:
            epoch = next(training)
        except StopIteration as end:
            encoder: Encoder = end.value
            return encoder
        result.epochs.append({**spec.columns, **epoch.columns})
        yield epoch
        if epoch.codes is not None:
            value = intermediate_score(epoch.codes, inputs, task, spec.seed)
            pruned = _pruned(result, time.perf_counter() - begun)
            yield IntermediateResult(looks[epoch.epoch], value, pruned)


def _pruned(result: TrialResult, seconds: float) -> TrialResult:
    """Return what is left of a trial that ends after the epochs it has."""
    row = {"status": "pruned", "epochs": len(result.epochs), "train_seconds": seconds}
    return TrialResult(result.row | row | {"score_seconds": 0.0}, epochs=list(result.epochs))
