"""The last part of a run: finalists on fresh seeds, then the winner on songs without clusters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from data import Songs
from results.store import RunStore
from search.experiment.comparison import Finalist, add_consensus, compare, methods
from search.experiment.selection import Candidate, chosen
from search.study.space import Configuration
from search.tasks.task import Task
from search.trial.records import Ask, Outcome


class Finals:
    """Who is trained again, what came of it, and the comparison made of that."""

    def __init__(self, task: Task, songs: Songs, store: RunStore) -> None:
        self._task = task
        self._songs = songs
        self._store = store
        self._chosen: dict[int, Candidate] = {}
        self._methods: dict[int, str] = {}
        self._outcomes: dict[int, list[Outcome]] = defaultdict(list)
        self._zeros: list[Outcome] = []

    def choose(self, candidates: Sequence[Candidate], searched_seconds: float) -> list[Ask]:
        """The best few and every baseline, each on fresh seeds."""
        found, seeds = chosen(candidates, self._task, searched_seconds)
        self._chosen = {one.row["trial"]: one for one in found}
        self._name_methods(found)
        return [
            Ask(
                one.row["trial"],
                "finalist",
                one.configuration,
                self._task.seed + 1 + k,
                curves=not k,
                pictures=not k,
            )
            for one in found
            for k in range(seeds)
        ]

    def take(self, ask: Ask, outcome: Outcome) -> None:
        """What came of a finalist on one seed, or of the winner on one surrogate collection."""
        if ask.role == "finalist":
            kept = replace(outcome, codes=None, model=None, pictures=None)
            self._outcomes[ask.trial].append(kept)
        else:
            self._zeros.append(outcome)

    def surrogates(self) -> list[Ask]:
        """The configuration of the winner, on songs without clusters."""
        finalists = self._finalists()
        if not finalists:
            return []
        add_consensus(finalists)
        order = [finalist.candidate for finalist in methods(finalists, self._task)]
        self._name_methods(order)
        for finalist in finalists:
            for outcome in finalist.outcomes:
                self._store.append("clusterings", outcome.clusterings)
                self.write_assignments(finalist.candidate.configuration, outcome)
        winner = order[0]
        return [
            Ask(winner.row["trial"], "surrogate", winner.configuration, self._task.seed + 1 + draw)
            for draw in range(self._task.surrogates)
        ]

    def compare(self) -> None:
        """Write the comparison of what there is."""
        finalists = self._finalists()
        if finalists:
            rows = compare(finalists, self._zeros, self._songs, self._task)
            self._store.append("comparison", rows)

    def write_assignments(self, configuration: Configuration, outcome: Outcome) -> None:
        """Write the clusters that a finalist puts the songs into."""
        if outcome.clusters is None:
            return
        columns = {
            "method": self._methods[outcome.row["trial"]],
            "trial": outcome.row["trial"],
            "seed": outcome.row["seed"],
            "n_clusters": configuration.n_clusters,
        }
        rows = {name: [value] * len(self._songs) for name, value in columns.items()}
        songs = {"id": self._songs.ids, "split": self._songs.split}
        self._store.append("assignments", {**songs, **rows, "cluster": outcome.clusters})

    def _finalists(self) -> list[Finalist]:
        return [Finalist(self._chosen[trial], found) for trial, found in self._outcomes.items()]

    def _name_methods(self, order: Sequence[Candidate]) -> None:
        """The first of each family has its name, others have their trial's number behind it."""
        first = {one.configuration.family: one.row["trial"] for one in reversed(order)}
        self._methods = {
            trial: family if first[family] == trial else f"{family} {trial}"
            for trial, one in self._chosen.items()
            for family in [one.configuration.family]
        }
