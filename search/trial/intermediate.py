"""How a trial scores before its end, when the scheduler looks at it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evaluation.clusterers import CLUSTERERS
from evaluation.coherence import coherence_by_view
from search.study.space import middle
from search.tasks.task import Task
from search.trial.inputs import TrialInputs

_CLUSTERER = "kmeans"
"""The same for every trial, so that trials are compared by their codes alone."""


def intermediate_score(
    codes: Mapping[str, np.ndarray], inputs: TrialInputs, task: Task, seed: int
) -> float:
    """Return coherence less chance of the validation songs, by k-means at the middle count.

    Parameters
    ----------
    codes : "train" and "validation" -> (n, latent_size), without a reducer.
    """
    count = middle(task)
    clusters = CLUSTERERS[_CLUSTERER].fit(codes["train"], count, seed).predict(codes["validation"])
    parts = {view: space.parts["validation"] for view, space in inputs.references.items()}
    return inputs.chance.excess(coherence_by_view(clusters, parts), "validation", count)
