"""The last part of a run: finalists on fresh seeds, then the winner on songs without clusters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from data import Songs
from results.store import RunStore
from search.experiment.comparison import Finalist, compare, methods, with_consensus
from search.experiment.selection import Candidate, chosen
from search.study.space import Configuration
from search.tasks.task import Task
from search.trial.records import TrialResult, TrialSpec


class Finalists:
    """The finalists of a run, their results on fresh seeds, and the comparison of them."""

    def __init__(self, task: Task, songs: Songs, store: RunStore) -> None:
        self._task = task
        self._songs = songs
        self._store = store
        self._chosen: dict[int, Candidate] = {}
        self._methods: dict[int, str] = {}
        self._results: dict[int, list[TrialResult]] = defaultdict(list)
        self._nulls: list[TrialResult] = []

    def choose(self, candidates: Sequence[Candidate], searched_seconds: float) -> list[TrialSpec]:
        """Return the best few and every baseline, each on fresh seeds."""
        found, seeds = chosen(candidates, self._task, searched_seconds)
        self._chosen = {one.trial: one for one in found}
        self._name_methods(found)
        return [
            TrialSpec(
                one.trial,
                "finalist",
                one.configuration,
                self._task.seed + 1 + k,
                curves=not k,
                pictures=not k,
            )
            for one in found
            for k in range(seeds)
        ]

    def take(self, spec: TrialSpec, result: TrialResult) -> None:
        """Take in the result of a finalist on one seed, or of one null collection."""
        if spec.role == "finalist":
            kept = replace(result, codes=None, model=None, pictures=None)
            self._results[spec.trial].append(kept)
        else:
            self._nulls.append(result)

    def null_collections(self) -> list[TrialSpec]:
        """Return the configuration of the winner, on songs without clusters."""
        finalists = self._finalists()
        if not finalists:
            return []
        order = [finalist.candidate for finalist in methods(finalists, self._task)]
        self._name_methods(order)
        for result, clusterings in with_consensus(finalists):
            self._store.append("clusterings", clusterings)
            self.write_assignments(self._chosen[result.row["trial"]].configuration, result)
        winner = order[0]
        return [
            TrialSpec(winner.trial, "null", winner.configuration, self._task.seed + 1 + draw)
            for draw in range(self._task.null_collections)
        ]

    def compare(self) -> None:
        """Write the comparison of what there is."""
        finalists = self._finalists()
        if finalists:
            rows = compare(finalists, self._nulls, self._songs, self._task)
            self._store.append("comparison", rows)

    def write_assignments(self, configuration: Configuration, result: TrialResult) -> None:
        """Write the clusters that a finalist puts the songs into."""
        if result.clusters is None:
            return
        columns = {
            "method": self._methods[result.row["trial"]],
            "trial": result.row["trial"],
            "seed": result.row["seed"],
            "n_clusters": configuration.n_clusters,
        }
        rows = {name: [value] * len(self._songs) for name, value in columns.items()}
        songs = {"id": self._songs.ids, "split": self._songs.split}
        self._store.append("assignments", {**songs, **rows, "cluster": result.clusters})

    def _finalists(self) -> list[Finalist]:
        return [Finalist(self._chosen[trial], found) for trial, found in self._results.items()]

    def _name_methods(self, order: Sequence[Candidate]) -> None:
        """Name methods by family; others than the first also by their trial's number."""
        first = {one.configuration.family: one.trial for one in reversed(order)}
        self._methods = {
            trial: family if first[family] == trial else f"{family} {trial}"
            for trial, one in self._chosen.items()
            for family in [one.configuration.family]
        }
