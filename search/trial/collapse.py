"""What the songs alone say of a task, before anything is trained."""

from __future__ import annotations

import numpy as np

from search.tasks.task import Task
from search.trial.inputs import TrialInputs

_VIEW = "standard"
"""The view whose songs are looked at."""

_FEWEST_ACTIVE = 2
"""Active units of a trial that the guards let pass."""


def collapse_warning(task: Task, trial_inputs: TrialInputs) -> str | None:
    """Return a sentence if the largest betas of the task leave fewer than two active units.

    In a linear variational autoencoder with a Gaussian decoder of unit variance a principal
    direction stays active only while its eigenvalue exceeds beta (Lucas et al. 2019); networks
    keep to it closely. So the spectrum of the training songs says which betas collapse.
    """
    searched = task.space.get("beta")
    viewed, space = trial_inputs.viewed.get(_VIEW), trial_inputs.references.get(_VIEW)
    if searched is None or viewed is None or space is None:
        return None
    variance = viewed.spreads["train"]["audio"] / len(space.train)
    # A reference space scales the inputs to a total variance of 1.
    eigenvalues = space.train.var(axis=0) * variance
    limit = float(np.sort(eigenvalues)[::-1][_FEWEST_ACTIVE - 1])
    highest = max([searched.high, *searched.choices])
    if highest < limit:
        return None
    return (
        f"At beta {limit:.2g} and above fewer than {_FEWEST_ACTIVE} units can stay active on "
        f"these songs (their second principal component has variance {limit:.2g}), so such "
        f"trials will be infeasible: lower space.beta.high, now {highest:g}."
    )
