"""The last part of a run: finalists on fresh seeds, then the winner on songs without clusters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from data import Songs
from evaluation.hubness import hubness
from evaluation.known_songs import choose
from results.schema import CONSENSUS
from results.store import RunStore
from search.experiment.clusterings import clusterings_kept
from search.experiment.comparison import Finalist, compare, methods, with_mean_agreement
from search.experiment.consensus import TRIAL, Agreed, agree
from search.experiment.known import KnownAgreement
from search.experiment.members import Members
from search.experiment.selection import Candidate, chosen
from search.study.space import Configuration
from search.tasks.task import Task
from search.trial.inputs import TrialInputs
from search.trial.records import TrialResult, TrialSpec

HUBNESS = "hubness"
"""Name under which the run folder keeps it, by reference view."""


class Finalists:
    """The finalists of a run, their results on fresh seeds, and the comparison of them."""

    def __init__(
        self,
        task: Task,
        songs: Songs,
        store: RunStore,
        members: Members,
        inputs: Callable[[], TrialInputs] | None = None,
        known: KnownAgreement | None = None,
    ) -> None:
        self._task = task
        self._songs = songs
        self._store = store
        self._members = members
        self._inputs = inputs
        self._known = known
        self._cross_fitted: float | None = None
        self._agreed: Agreed | None = None
        self._chosen: dict[int, Candidate] = {}
        self._methods: dict[int, str] = {}
        self._results: dict[int, list[TrialResult]] = defaultdict(list)
        self._nulls: list[TrialResult] = []

    def choose(self, candidates: Sequence[Candidate], searched_seconds: float) -> list[TrialSpec]:
        """Return the best few and every baseline, each on fresh seeds."""
        first = self._first_by_known(candidates) if candidates else None
        found, seeds = chosen(candidates, self._task, searched_seconds, first)
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

    def _first_by_known(self, candidates: Sequence[Candidate]) -> Candidate | None:
        """Return which clustering known songs choose; None where nothing is known."""
        if self._known is None:
            return None
        kept = clusterings_kept(self._store, with_consensus=False)
        choice = choose(kept.partitions, self._known.pairs, kept.coherence)
        self._cross_fitted = choice.cross_fitted
        row = kept.rows[int(choice.order[0])]
        wanted = row["trial"], row["clusterer"], row["n_clusters"]
        return next((one for one in candidates if one.clustering == wanted), None)

    def take(self, spec: TrialSpec, result: TrialResult) -> None:
        """Take in the result of a finalist on one seed, or of one null collection."""
        if spec.role == "finalist":
            kept = replace(result.without_arrays, partitions=result.partitions)
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
        for result, clusterings in with_mean_agreement(
            finalists, self._songs.split == "validation"
        ):
            self._store.append("clusterings", clusterings)
            self.write_assignments(self._chosen[result.row["trial"]].configuration, result)
        self._agree({result.row["seed"] for one in finalists for result in one.trial_results})
        self.compare()
        winner = order[0]
        return [
            TrialSpec(winner.trial, "null", winner.configuration, self._task.seed + 1 + draw)
            for draw in range(self._task.null_collections)
        ]

    def compare(self) -> None:
        """Write the comparison of what there is."""
        finalists = self._finalists()
        if finalists:
            agreed = [self._agreed.method] if self._agreed else []
            rows = compare([*finalists, *agreed], self._nulls, self._songs, self._task)
            if self._known is not None:
                rows = [{**row, "selection": self._known.selection} for row in rows]
                rows[0]["known_agreement_cross_fitted"] = self._cross_fitted
            self._store.append("comparison", rows)

    def write_assignments(self, configuration: Configuration, result: TrialResult) -> None:
        """Write the clusters that a finalist puts the songs into."""
        if result.clusters is None:
            return
        self._assign(
            result.clusters,
            method=self._methods[result.row["trial"]],
            trial=result.row["trial"],
            seed=result.row["seed"],
            n_clusters=configuration.n_clusters,
        )

    def _agree(self, seeds: Iterable[int]) -> None:
        """Find what the best models of the search agree on, and write it."""
        if self._inputs is None:
            return
        inputs = self._inputs()
        self._store.save_figure(HUBNESS, _hubness(inputs))
        bases = {trial: self._store.base_partitions(trial) for trial in self._members.trials}
        found = {trial: own for trial, own in bases.items() if own is not None}
        self._agreed = agree(found, sorted(seeds), inputs, self._songs, self._task, self._known)
        if self._agreed is None:
            return
        count = self._agreed.count
        for one in self._agreed.of_seeds:
            seed, clusters = one.result.row["seed"], one.result.clusters
            assert clusters is not None
            self._store.append("clusterings", one.result.clusterings)
            self._store.save_consensus(seed, one.arrays(count))
            assert one.result.partitions is not None
            self._store.save_partitions(TRIAL, one.result.partitions, seed)
            columns = {"method": CONSENSUS, "trial": TRIAL, "seed": seed, "n_clusters": count}
            self._assign(clusters, one.agreement, **columns)
        self._members.release()

    def _assign(
        self, clusters: np.ndarray, agreement: np.ndarray | None = None, **columns: str | int
    ) -> None:
        """Write the clusters of all songs, with columns that are the same for all."""
        rows = {name: [value] * len(self._songs) for name, value in columns.items()}
        songs = {"id": self._songs.ids, "split": self._songs.split}
        known = {} if agreement is None else {"agreement": agreement}
        self._store.append("assignments", {**songs, **rows, "cluster": clusters, **known})

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


def _hubness(inputs: TrialInputs) -> dict[str, np.ndarray]:
    """Return names and hubness (views,) of the reference views, among validation songs."""
    spaces = [space.parts["validation"] for space in inputs.references.values()]
    return {
        "views": np.array(list(inputs.references)),
        "hubness": np.array([hubness(space.neighbours) for space in spaces]),
    }
