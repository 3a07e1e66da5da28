"""The entropy of counts."""

from __future__ import annotations

import numpy as np
from scipy.special import entr

from evaluation.assignment import Array


def entropy(counts: Array) -> float:
    """Return the entropy in nats of shares that counts of any shape give.

    Without the checks of `scipy.stats.entropy`, which take forty times as long as the sum.
    """
    return float(entr(counts / np.sum(counts)).sum())
