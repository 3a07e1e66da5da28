"""The order of a run: baselines, then the search, then finalists on fresh seeds. No Ray.

An experiment hands out what to do next and takes in what came of it. Whatever runs the trials, a
loop in a test or Ray Tune on a cluster, calls `ask` and `tell`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from data import Songs
from results.store import RunStore
from search.experiment.finalists import Finalists
from search.experiment.history import Key, baselines
from search.experiment.selection import Candidate
from search.experiment.stopping import Limits, StoppingCriteria
from search.experiment.writing import write
from search.study.space import Configuration
from search.study.study import Study
from search.tasks.task import Task
from search.trial.records import (
    IntermediateResult,
    Row,
    TrialResult,
    TrialSpec,
    failed,
    out_of_memory,
    reuse,
)

COMPLETE, FAILED, PRUNED = "complete", "failed", "pruned"
TRIES = 3
"""How often a trial is begun whose worker or node dies."""


class Experiment:
    """The trials of a run in their order: what runs next, and what its result changes.

    A trial is written to the store before Optuna is told, so the table never lacks a trial that
    the study has. An experiment that is given the results of a broken run goes through the same
    steps, and takes them where it would have run a trial.

    Parameters
    ----------
    ended : called with every trial that has ended, repeats and remembered ones included.
    past : results of the run so far, by the trials' keys.
    """

    def __init__(
        self,
        task: Task,
        songs: Songs,
        study: Study,
        store: RunStore,
        ended: Callable[[TrialSpec, TrialResult], None] = lambda spec, result: None,
        past: Mapping[Key, TrialResult] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._task = task
        self._study = study
        self._store = store
        self._ended = ended
        self._past = dict(past or {})
        self._remembers = bool(past)
        self._criteria = StoppingCriteria(limits or Limits(), task)
        self._tries: Counter[Key] = Counter()
        self._queue = [
            TrialSpec(number, "baseline", configuration, task.seed)
            for number, configuration in baselines(task, self._past).items()
        ]
        self._n_baselines = len(self._queue)
        self._n_searched = max(task.trials, study.begun)
        self._n_again = 0
        if task.finalist_seeds:
            finalists = task.finalists + len(task.baselines)
            self._n_again = finalists * task.finalist_seeds + task.null_collections
        self._asked = 0
        self._running: dict[tuple[str, int, int], TrialSpec] = {}
        self._waiting: dict[str, list[TrialSpec]] = defaultdict(list)
        self._models: dict[str, TrialResult] = {}
        self._candidates: list[Candidate] = []
        self._searched_seconds = 0.0
        self._stage = Finalists(task, songs, store)
        self._stages = iter((self._finalists, self._stage.null_collections))
        self._done = False

    @property
    def total(self) -> int:
        """How many trials the run has in all; at most so many until finalists are chosen."""
        return self._n_baselines + self._n_searched + self._n_again

    @property
    def given_up(self) -> str | None:
        """Why the run ends before its end, in words; None as long as it does not."""
        return self._criteria.given_up

    def ask(self) -> TrialSpec | None:
        """Return the next trial to run; None while only the end of a running one can tell."""
        while self.given_up is None:
            spec = self._propose()
            if spec is None:
                break
            if spec.key not in self._past:
                self._running[spec.key] = spec
                return spec
            self._take(spec, self._past.pop(spec.key))
        return None

    @property
    def done(self) -> bool:
        """Whether nothing is left to do or to wait for."""
        return not self._running and (self._done or self.given_up is not None)

    def tell(self, spec: TrialSpec, result: TrialResult) -> None:
        """Keep the result of a trial, tell Optuna, answer trials that want the same model.

        One that memory did not hold is put back, to be run once more with half the batch size.
        """
        del self._running[spec.key]
        if out_of_memory(result) and spec.can_halve:
            self._queue.insert(0, replace(spec, halved=True))
            return
        self._keep(spec, result)
        self._criteria.ended(result.row)

    def retry(self, spec: TrialSpec, why: str) -> None:
        """Run a trial again whose worker or node died before it had a result.

        After `TRIES` times it is a failed one.
        """
        self._tries[spec.key] += 1
        if self._tries[spec.key] < TRIES:
            del self._running[spec.key]
            self._queue.insert(0, spec)
        else:
            self.tell(spec, failed(spec, "WorkerDied", f"{why}, {TRIES} times"))

    def ends_early(self, spec: TrialSpec, rung: IntermediateResult) -> bool:
        """Return whether a trial with this intermediate result shall go no further."""
        return self._study.ends_early(spec.trial, rung.step, rung.value)

    # -- inside ----------------------------------------------------------------------------

    def _propose(self) -> TrialSpec | None:
        spec = self._queue.pop(0) if self._queue else self._next_search()
        while spec is None and not (self._running or self._waiting or self._done):
            stage = next(self._stages, None)
            self._done = stage is None
            self._queue = stage() if stage else self._end()
            spec = self._queue.pop(0) if self._queue else None
        return spec

    def _next_search(self) -> TrialSpec | None:
        while not self._enough():
            number, configuration = self._study.ask()
            self._asked += 1
            spec = TrialSpec(number, "search", configuration, self._task.seed)
            if spec.key in self._past:
                return spec
            if configuration.model in self._models:
                self._keep(spec, reuse(spec, self._models[configuration.model]))
            elif any(configuration.model == a.configuration.model for a in self._searching()):
                self._waiting[configuration.model].append(spec)
            else:
                return spec
        self._n_searched = self._asked
        return None

    def _enough(self) -> bool:
        """Return whether nothing new is proposed; what a broken run began is ended still."""
        over = self._asked >= self._task.trials or self._criteria.enough()
        return over and self._asked >= self._study.begun

    def _searching(self) -> list[TrialSpec]:
        return [spec for spec in self._running.values() if spec.role == "search"]

    def _finalists(self) -> list[TrialSpec]:
        if not self._task.finalist_seeds:
            return []
        specs = self._stage.choose(self._candidates, self._searched_seconds)
        self._n_again = len(specs) + (self._task.null_collections if specs else 0)
        return specs

    def _end(self) -> list[TrialSpec]:
        if self._remembers:
            self._stage.compare()  # which the broken run may lack
        return []

    def _keep(self, spec: TrialSpec, result: TrialResult) -> None:
        first = self._task.objectives[0].column
        row = result.row
        row["leaks"] = self._leak(spec.configuration)
        row["objective"] = row.get(first)
        values: list[Any] = [row.get(objective.column) for objective in self._task.objectives]
        missing = [value is None or not np.isfinite(value) for value in values]
        if row["status"] not in (FAILED, PRUNED) and any(missing):
            which = self._task.objectives[missing.index(True)].column
            why = f"the objective {which} is {row.get(which)}"
            row |= {"status": FAILED, "error_kind": "ObjectiveUndefined", "error": why}
        for clustering in result.clusterings:
            clustering["objective"] = clustering.get(first, row.get(first))
        if spec.role == "finalist":
            self._stage.write_assignments(spec.configuration, result)
        write(self._store, spec, result)  # whose last row says that all is there
        self._take(spec, result)
        if spec.role in ("finalist", "null") and not self._more_like(spec):
            self._stage.compare()

    def _take(self, spec: TrialSpec, result: TrialResult) -> None:
        """Let a result that is in the store count in what follows."""
        row = result.row
        if spec.role in ("search", "baseline"):
            self._candidates += self._feasible(spec, result)
        if spec.role == "search":
            self._take_searched(spec, result)
        elif row["status"] != FAILED and spec.role != "baseline":
            self._stage.take(spec, result)
        self._ended(spec, result)

    def _take_searched(self, spec: TrialSpec, result: TrialResult) -> None:
        row = result.row
        self._searched_seconds += _seconds_of(row)
        values: list[Any] = [row.get(objective.column) for objective in self._task.objectives]
        if row["status"] == PRUNED:
            self._study.prune(spec.trial)
        else:
            values_or_none = None if row["status"] == FAILED else values
            self._study.tell(spec.trial, values_or_none, result.violations)
        self._criteria.searched(row)
        model = spec.configuration.model
        if row.get("reused_from") is None:
            self._models[model] = replace(result, codes=None)
        for other in self._waiting.pop(model, []):
            self._keep(other, reuse(other, self._models[model]))

    def _more_like(self, spec: TrialSpec) -> bool:
        """Return whether seeds of the same finalist, or null collections, are still to come."""
        others = (*self._running.values(), *self._queue)
        return any((one.role, one.trial) == (spec.role, spec.trial) for one in others)

    def _feasible(self, spec: TrialSpec, result: TrialResult) -> Iterator[Candidate]:
        """Yield clusterings that may win: guards held, objectives known, no label leaked."""
        if result.row["leaks"]:
            return
        columns = [objective.column for objective in self._task.objectives]
        for clustering in result.clusterings:
            values: list[Any] = [
                clustering.get(column, result.row.get(column)) for column in columns
            ]
            if clustering["status"] == COMPLETE and None not in values:
                configuration = of(clustering, spec.configuration)
                seconds = _seconds_of(result.row)
                yield Candidate(spec.trial, spec.role, configuration, tuple(values), seconds)

    def _leak(self, configuration: Configuration) -> str | None:
        """Return the primary label, if the model is given it or what determines it."""
        condition = configuration.settings.get("condition")
        return self._task.label if condition in self._task.leaking else None


def _seconds_of(row: Row) -> float:
    """Return time that a trial took of its worker; 0 if it could not run."""
    return float(row.get("train_seconds") or 0) + float(row.get("score_seconds") or 0)


def of(clustering: Row, configuration: Configuration) -> Configuration:
    """Return the configuration with the clusterer and count of one clustering."""
    return replace(
        configuration,
        clusterer=clustering["clusterer"],
        n_clusters=clustering["n_clusters"],
    )
