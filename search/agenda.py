"""The order of a run: baselines, then the search, then finalists on fresh seeds. No Ray.

An agenda hands out what to do next and takes in what came of it. Whatever runs the trials, a
loop in a test or Ray Tune on a cluster, asks `next` and calls `finish`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from data import Songs
from evaluation.confounds import giveaways
from results.store import RunStore
from search.comparison import Finalist, add_consensus, compare, methods
from search.finalists import Candidate, chosen
from search.outcome import Ask, Outcome, Row, Rung, answer
from search.pictures import FIGURES
from search.space import Configuration, baseline_configurations
from search.study import Study
from search.task import Task

FAILED, PRUNED = "failed", "pruned"


class Agenda:
    """What a run does next, and where what comes of it is kept.

    A trial is written to the store before Optuna is told, so the table never lacks a trial that
    the study has. `told` is called with every trial that has ended, repeats included.
    """

    def __init__(
        self,
        task: Task,
        songs: Songs,
        study: Study,
        store: RunStore,
        told: Callable[[Ask, Outcome], None] = lambda ask, outcome: None,
    ) -> None:
        self._task = task
        self._songs = songs
        self._study = study
        self._store = store
        self._told = told
        truth = songs.labels.get(task.label)
        self._giveaways = {} if truth is None else giveaways(songs.labels, truth)
        self._queue = [
            Ask(-1 - index, "baseline", configuration, task.seed)
            for index, configuration in enumerate(
                configuration
                for family in task.baselines
                for configuration in baseline_configurations(task, family)
            )
        ]
        self._n_baselines = len(self._queue)
        self._n_again = 0
        if task.finalist_seeds:
            finalists = task.finalists + len(task.baselines)
            self._n_again = finalists * task.finalist_seeds + task.surrogates
        self._asked = 0
        self._running: dict[tuple[str, int, int], Ask] = {}
        self._waiting: dict[str, list[Ask]] = defaultdict(list)
        self._models: dict[str, Outcome] = {}
        self._candidates: list[Candidate] = []
        self._searched_seconds = 0.0
        self._stages = iter((self._finalists, self._surrogates))
        self._done = False
        self._chosen: dict[int, Candidate] = {}
        self._methods: dict[int, str] = {}
        self._finals: dict[int, list[Outcome]] = defaultdict(list)
        self._zeros: list[Outcome] = []

    @property
    def total(self) -> int:
        """How many trials the run has in all; at most so many until finalists are chosen."""
        return self._n_baselines + self._task.trials + self._n_again

    def next(self) -> Ask | None:
        """The next trial to run; None while only the end of a running one can tell."""
        ask = self._queue.pop(0) if self._queue else self._next_search()
        while ask is None and not (self._running or self._waiting or self._done):
            stage = next(self._stages, None)
            self._done = stage is None
            self._queue = stage() if stage else []
            ask = self._queue.pop(0) if self._queue else None
        if ask is not None:
            self._running[ask.key] = ask
        return ask

    @property
    def done(self) -> bool:
        """Whether nothing is left to do or to wait for."""
        return not self._running and self._done

    def finish(self, ask: Ask, outcome: Outcome) -> None:
        """Keep what came of a trial, tell Optuna, answer who waited for the same model."""
        del self._running[ask.key]
        self._keep(ask, outcome)
        if ask.role != "search":
            return
        model = ask.configuration.model
        self._models[model] = replace(outcome, codes=None)
        for other in self._waiting.pop(model, []):
            self._keep(other, answer(other, self._models[model]))

    def ends_early(self, ask: Ask, rung: Rung) -> bool:
        """Whether a trial that stands so shall go no further; `rung.outcome` is then its end."""
        return self._study.ends_early(ask.trial, rung.step, rung.value)

    # -- inside ----------------------------------------------------------------------------

    def _next_search(self) -> Ask | None:
        while self._asked < self._task.trials:
            number, configuration = self._study.ask()
            self._asked += 1
            ask = Ask(number, "search", configuration, self._task.seed)
            if configuration.model in self._models:
                self._keep(ask, answer(ask, self._models[configuration.model]))
            elif any(configuration.model == a.configuration.model for a in self._searching()):
                self._waiting[configuration.model].append(ask)
            else:
                return ask
        return None

    def _searching(self) -> list[Ask]:
        return [ask for ask in self._running.values() if ask.role == "search"]

    def _finalists(self) -> list[Ask]:
        """The best few and every baseline, each on fresh seeds."""
        if not self._task.finalist_seeds:
            return []
        found, seeds = chosen(self._candidates, self._task, self._searched_seconds)
        self._n_again = len(found) * seeds + (self._task.surrogates if found else 0)
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

    def _surrogates(self) -> list[Ask]:
        """The configuration of the winner, on songs without clusters."""
        finalists = self._on_fresh_seeds()
        if not finalists:
            return []
        add_consensus(finalists)
        order = [finalist.candidate for finalist in methods(finalists, self._task)]
        self._name_methods(order)
        for finalist in finalists:
            for outcome in finalist.outcomes:
                self._store.append("clusterings", outcome.clusterings)
                self._write_assignments(finalist.candidate.configuration, outcome)
        winner = order[0]
        return [
            Ask(winner.row["trial"], "surrogate", winner.configuration, self._task.seed + 1 + draw)
            for draw in range(self._task.surrogates)
        ]

    def _name_methods(self, order: Sequence[Candidate]) -> None:
        """The first of each family has its name, others have their trial's number behind it."""
        first = {one.configuration.family: one.row["trial"] for one in reversed(order)}
        self._methods = {
            trial: family if first[family] == trial else f"{family} {trial}"
            for trial, one in self._chosen.items()
            for family in [one.configuration.family]
        }

    def _on_fresh_seeds(self) -> list[Finalist]:
        return [
            Finalist(self._chosen[trial], outcomes) for trial, outcomes in self._finals.items()
        ]

    def _keep(self, ask: Ask, outcome: Outcome) -> None:
        first = self._task.objectives[0].column
        row = outcome.row
        row["leaks"] = self._leak(ask.configuration)
        row["objective"] = row.get(first)
        values: list[Any] = [row.get(objective.column) for objective in self._task.objectives]
        missing = [value is None or not np.isfinite(value) for value in values]
        if row["status"] not in (FAILED, PRUNED) and any(missing):
            which = self._task.objectives[missing.index(True)].column
            row |= {"status": FAILED, "error": f"the objective {which} is {row.get(which)}"}
        for clustering in outcome.clusterings:
            clustering["objective"] = clustering.get(first, row.get(first))
        self._write(ask, outcome)
        if ask.role in ("search", "baseline"):
            self._candidates += self._feasible(ask, outcome)
        if ask.role == "search":
            self._searched_seconds += seconds_of(row)
            if row["status"] == PRUNED:
                self._study.prune(ask.trial)
            else:
                told = None if row["status"] == FAILED else values
                self._study.tell(ask.trial, told, outcome.violations)
        elif row["status"] != FAILED and ask.role != "baseline":
            if ask.role == "finalist":
                kept = replace(outcome, codes=None, model=None, pictures=None)
                self._finals[ask.trial].append(kept)
            else:
                self._zeros.append(outcome)
            self._store.append(
                "comparison",
                compare(self._on_fresh_seeds(), self._zeros, self._songs, self._task),
            )
        self._told(ask, outcome)

    def _feasible(self, ask: Ask, outcome: Outcome) -> Iterator[Candidate]:
        """Clusterings that may win: every guard held, every objective known, no label told."""
        if outcome.row["leaks"]:
            return
        columns = [objective.column for objective in self._task.objectives]
        for clustering in outcome.clusterings:
            values: list[Any] = [
                clustering.get(column, outcome.row.get(column)) for column in columns
            ]
            if clustering["guard"] is None and None not in values:
                configuration = of(clustering, ask.configuration)
                seconds = seconds_of(outcome.row)
                yield Candidate(clustering, configuration, tuple(values), seconds)

    def _leak(self, configuration: Configuration) -> str | None:
        """The primary label, if the configuration is told it or what determines it."""
        condition = configuration.settings.get("condition")
        return self._task.label if condition in self._giveaways else None

    def _write(self, ask: Ask, outcome: Outcome) -> None:
        self._store.append("clusterings", outcome.clusterings)
        self._store.append("epochs", outcome.epochs)
        seed = ask.seed if ask.role == "finalist" else None
        if outcome.codes is not None:
            self._store.save_codes(ask.trial, outcome.codes, seed)
        if ask.role == "finalist":
            self._write_assignments(ask.configuration, outcome)
        if outcome.model is not None:
            self._store.save_model(ask.trial, outcome.model, seed)
        if outcome.pictures is not None:
            self._store.save_figure(f"{FIGURES}{ask.trial}", outcome.pictures)
        self._store.append("trials", [outcome.row])

    def _write_assignments(self, configuration: Configuration, outcome: Outcome) -> None:
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


def seconds_of(row: Row) -> float:
    """Time that a trial took of its worker; 0 if it could not run."""
    return float(row.get("train_seconds") or 0) + float(row.get("score_seconds") or 0)


def of(clustering: Row, configuration: Configuration) -> Configuration:
    """The configuration with the clusterer and count of one clustering."""
    return replace(
        configuration,
        clusterer=clustering["clusterer"],
        n_clusters=clustering["n_clusters"],
    )
