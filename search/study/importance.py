"""How much each searched hyperparameter explains of the objective, as arrays for the report."""

from __future__ import annotations

import numpy as np
import optuna
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState

FIGURE = "importance"
"""Name under which the run folder keeps the arrays."""

FEWEST_TRIALS = 8
"""Below so many trials of known objective a forest has nothing to go by."""


def importances(study: optuna.Study) -> dict[str, np.ndarray] | None:
    """Return names (k,) and shares (k,) of the variance of the first objective, or None.

    By functional ANOVA (Hutter et al. 2014) over the hyperparameters that every trial has. None
    where trials are too few, all alike, or share no hyperparameter.
    """
    if len(study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])) < FEWEST_TRIALS:
        return None
    try:
        found = get_param_importances(
            study, evaluator=FanovaImportanceEvaluator(seed=0), target=_first_objective
        )
    except (RuntimeError, ValueError):  # all objectives alike, or nothing that all trials have
        return None
    if not any(np.nan_to_num(list(found.values()))):
        return None
    return {"names": np.array(list(found)), "values": np.array(list(found.values()))}


def _first_objective(trial: FrozenTrial) -> float:
    """Return the value that ranks."""
    return float(trial.values[0])
