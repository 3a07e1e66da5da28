"""How a trial scores before its end, when the scheduler looks at it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evaluation.clusterers import CLUSTERERS
from evaluation.reference import coherence
from search.study.space import middle
from search.tasks.task import Task
from search.trial.inputs import TrialInputs

_CLUSTERER = "kmeans"
"""The same for every trial, so that trials are compared by their codes alone."""


def intermediate_score(
    codes: Mapping[str, np.ndarray], inputs: TrialInputs, task: Task, seed: int
) -> float:
    """Return coherence of the validation songs by k-means at the middle of the task's counts.

    Parameters
    ----------
    codes : "train" and "validation" -> (n, latent_size), without a reducer.
    """
    part = inputs.reference.parts["validation"]
    fitted = CLUSTERERS[_CLUSTERER].fit(codes["train"], middle(task), seed)
    clusters = fitted.predict(codes["validation"])
    return coherence(clusters, part.neighbours, part.neighbours_whitened)
