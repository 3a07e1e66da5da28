"""The order of a run: baselines, then the search, then finalists on fresh seeds. No Ray.

An agenda hands out what to do next and takes in what came of it. Whatever runs the trials, a
loop in a test or Ray Tune on a cluster, asks `next` and calls `finish`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from data import Songs
from evaluation.confounds import giveaways
from evaluation.objective import OBJECTIVES
from results.store import RunStore
from search.comparison import compare
from search.outcome import Ask, Outcome, Row, answer
from search.space import Configuration, baseline_configurations
from search.study import Study
from search.task import Task

FAILED = "failed"


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
        self._objective = OBJECTIVES[task.objective]
        self._baselines = [
            Ask(-1 - index, "baseline", configuration, task.seed)
            for index, configuration in enumerate(
                configuration
                for family in task.baselines
                for configuration in baseline_configurations(task, family)
            )
        ]
        self._n_baselines = len(self._baselines)
        self._asked = 0
        self._running: dict[tuple[str, int, int], Ask] = {}
        self._waiting: dict[str, list[Ask]] = defaultdict(list)
        self._models: dict[str, Outcome] = {}
        self._clusterings: list[tuple[Row, Configuration]] = []
        self._finalists: list[Ask] | None = None
        self._finals: list[Outcome] = []

    @property
    def total(self) -> int:
        """How many trials the run has in all, as far as is known."""
        methods = len(self._task.families) + len(self._task.baselines)
        return self._n_baselines + self._task.trials + methods * self._task.finalist_seeds

    def next(self) -> Ask | None:
        """The next trial to run; None while only the end of a running one can tell."""
        ask = self._baselines.pop(0) if self._baselines else self._next_search()
        if ask is None and not self._running and not self._waiting:
            ask = self._next_finalist()
        if ask is not None:
            self._running[ask.key] = ask
        return ask

    @property
    def done(self) -> bool:
        """Whether nothing is left to do or to wait for."""
        return not self._running and self._finalists == []

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

    def _next_finalist(self) -> Ask | None:
        if self._finalists is None:
            self._finalists = [
                Ask(row["trial"], "finalist", configuration, self._task.seed + 1 + k, "test")
                for row, configuration in self.winners()
                for k in range(self._task.finalist_seeds)
            ]
        return self._finalists.pop(0) if self._finalists else None

    def winners(self) -> list[tuple[Row, Configuration]]:
        """The best feasible clustering of every family and baseline, best family first.

        Each comes with the configuration that made it. What was told the label is left out.
        """
        sign = 1.0 if self._objective.direction == "maximize" else -1.0
        best: dict[str, tuple[Row, Configuration]] = {}
        for row, configuration in self._clusterings:
            if row["guard"] is not None or row["objective"] is None:
                continue
            if self._leak(configuration):
                continue
            family = configuration.family
            if family not in best or sign * (row["objective"] - best[family][0]["objective"]) > 0:
                best[family] = row, configuration
        return sorted(best.values(), key=lambda pair: -sign * pair[0]["objective"])

    def _keep(self, ask: Ask, outcome: Outcome) -> None:
        column = self._objective.column
        row = outcome.row
        row["objective"] = row.get(column)
        row["leaks"] = self._leak(ask.configuration)
        if row["status"] != FAILED and (
            row["objective"] is None or not np.isfinite(row["objective"])
        ):
            row |= {"status": FAILED, "error": f"the objective {column} is {row['objective']}"}
        for clustering in outcome.clusterings:
            clustering["objective"] = clustering.get(column, row.get(column))
            self._clusterings.append((clustering, of(clustering, ask.configuration)))
        self._write(ask, outcome)
        if ask.role == "search":
            value = None if row["status"] == FAILED else row["objective"]
            self._study.tell(ask.trial, value, outcome.violations)
        elif ask.role == "finalist":
            self._finals.append(outcome)
            self._store.append("comparison", compare(self._finals))
        self._told(ask, outcome)

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
        if outcome.clusters is not None:
            self._store.append("assignments", assignments(ask, outcome.clusters, self._songs))
        if outcome.model is not None:
            self._store.save_model(ask.trial, outcome.model, seed)
        self._store.append("trials", [outcome.row])


def of(clustering: Row, configuration: Configuration) -> Configuration:
    """The configuration with the clusterer and count of one clustering."""
    return replace(
        configuration,
        clusterer=clustering["clusterer"],
        n_clusters=clustering["n_clusters"],
    )


def assignments(ask: Ask, clusters: np.ndarray, songs: Songs) -> dict[str, Any]:
    """Columns of the table `assignments` for one finalist."""
    count = len(songs)
    return {
        "id": songs.ids,
        "split": songs.split,
        "method": [ask.configuration.family] * count,
        "seed": [ask.seed] * count,
        "n_clusters": [ask.configuration.n_clusters] * count,
        "cluster": clusters,
    }
