"""The best models of a search so far, which are kept for a consensus."""

from __future__ import annotations

from math import isnan

from results.store import RunStore
from search.trial.records import TrialResult, TrialSpec, highest_excess

MOST = 10
"""Models of which a consensus is made."""


class Members:
    """The trials of the best models, best first, whose files alone the run keeps.

    Baselines and searched trials alike, without those that were given a label.
    """

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._values: dict[int, float] = {}
        self._needed = store.consensus_members()
        """Of the consensus that there is, which stands until there is a new one."""

    @property
    def trials(self) -> list[int]:
        """Their numbers, best first."""
        return sorted(self._values, key=lambda trial: (-self._values[trial], trial))

    @property
    def bound(self) -> float:
        """What a model must reach to be one of them."""
        full = len(self._values) >= MOST
        return min(self._values.values()) if full else float("-inf")

    def take(self, spec: TrialSpec, result: TrialResult) -> None:
        """Let a trial in whose model the store has, if it is better than one of them."""
        if not self._store.has_model(spec.trial):
            return
        value = float("nan") if result.row["leaks"] else highest_excess(result.clusterings)
        if not isnan(value):
            self._values[spec.trial] = value
        for trial in {spec.trial, *self._values} - {*self.trials[:MOST]}:
            self._values.pop(trial, None)
            if trial not in self._needed:
                self._store.remove_model(trial)

    def release(self) -> None:
        """Remove what only an earlier consensus needed."""
        for trial in self._needed - {*self._values}:
            self._store.remove_model(trial)
        self._needed = set()
