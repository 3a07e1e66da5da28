"""The order of a run: baselines, then the search, then finalists on fresh seeds. No Ray.

An agenda hands out what to do next and takes in what came of it. Whatever runs the trials, a
loop in a test or Ray Tune on a cluster, asks `next` and calls `finish`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from data import Songs
from evaluation.confounds import giveaways
from results.store import RunStore
from search.experiment.finalists import Finals
from search.experiment.history import Key, baselines
from search.experiment.selection import Candidate
from search.experiment.stopping import Limits, Watch
from search.study.space import Configuration
from search.study.study import Study
from search.tasks.task import Task
from search.trial.reconstructions import FIGURES
from search.trial.records import Ask, Outcome, Row, Rung, answer, failed, out_of_memory

FAILED, PRUNED = "failed", "pruned"
TRIES = 3
"""How often a trial is begun whose worker or node dies."""


class Agenda:
    """What a run does next, and where what comes of it is kept.

    A trial is written to the store before Optuna is told, so the table never lacks a trial that
    the study has. An agenda that is given the outcomes of a broken run goes through the same
    steps, and takes them where it would have run a trial.

    Parameters
    ----------
    told : called with every trial that has ended, repeats and remembered ones included.
    past : outcomes of the run so far, by the trials' keys.
    """

    def __init__(
        self,
        task: Task,
        songs: Songs,
        study: Study,
        store: RunStore,
        told: Callable[[Ask, Outcome], None] = lambda ask, outcome: None,
        past: Mapping[Key, Outcome] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._task = task
        self._songs = songs
        self._study = study
        self._store = store
        self._told = told
        self._past = dict(past or {})
        self._remembers = bool(past)
        self._watch = Watch(limits or Limits(), task)
        self._tries: Counter[Key] = Counter()
        truth = songs.labels.get(task.label)
        self._giveaways = {} if truth is None else giveaways(songs.labels, truth)
        self._queue = [
            Ask(number, "baseline", configuration, task.seed)
            for number, configuration in baselines(task, self._past).items()
        ]
        self._n_baselines = len(self._queue)
        self._n_searched = max(task.trials, study.begun)
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
        self._finals = Finals(task, songs, store)
        self._stages = iter((self._finalists, self._finals.surrogates))
        self._done = False

    @property
    def total(self) -> int:
        """How many trials the run has in all; at most so many until finalists are chosen."""
        return self._n_baselines + self._n_searched + self._n_again

    @property
    def given_up(self) -> str | None:
        """Why the run ends before its end, in words; None as long as it does not."""
        return self._watch.given_up

    def next(self) -> Ask | None:
        """The next trial to run; None while only the end of a running one can tell."""
        while self.given_up is None:
            ask = self._next()
            if ask is None:
                break
            if ask.key not in self._past:
                self._running[ask.key] = ask
                return ask
            self._take(ask, self._past.pop(ask.key))
        return None

    @property
    def done(self) -> bool:
        """Whether nothing is left to do or to wait for."""
        return not self._running and (self._done or self.given_up is not None)

    def finish(self, ask: Ask, outcome: Outcome) -> None:
        """Keep what came of a trial, tell Optuna, answer who waited for the same model.

        One that memory did not hold is put back, to be run once more with half the batch size.
        """
        del self._running[ask.key]
        if out_of_memory(outcome) and ask.can_halve:
            self._queue.insert(0, replace(ask, halved=True))
            return
        self._keep(ask, outcome)
        self._watch.ended(outcome.row)

    def lost(self, ask: Ask, why: str) -> None:
        """A trial ended without an outcome, its worker or node being dead: it is run again.

        After `TRIES` times it is a failed one.
        """
        self._tries[ask.key] += 1
        if self._tries[ask.key] < TRIES:
            del self._running[ask.key]
            self._queue.insert(0, ask)
        else:
            self.finish(ask, failed(ask, f"WorkerDied: {why}, {TRIES} times"))

    def ends_early(self, ask: Ask, rung: Rung) -> bool:
        """Whether a trial that stands so shall go no further; `rung.outcome` is then its end."""
        return self._study.ends_early(ask.trial, rung.step, rung.value)

    # -- inside ----------------------------------------------------------------------------

    def _next(self) -> Ask | None:
        ask = self._queue.pop(0) if self._queue else self._next_search()
        while ask is None and not (self._running or self._waiting or self._done):
            stage = next(self._stages, None)
            self._done = stage is None
            self._queue = stage() if stage else self._end()
            ask = self._queue.pop(0) if self._queue else None
        return ask

    def _next_search(self) -> Ask | None:
        while not self._enough():
            number, configuration = self._study.ask()
            self._asked += 1
            ask = Ask(number, "search", configuration, self._task.seed)
            if ask.key in self._past:
                return ask
            if configuration.model in self._models:
                self._keep(ask, answer(ask, self._models[configuration.model]))
            elif any(configuration.model == a.configuration.model for a in self._searching()):
                self._waiting[configuration.model].append(ask)
            else:
                return ask
        self._n_searched = self._asked
        return None

    def _enough(self) -> bool:
        """Whether nothing new is proposed; what a broken run began is ended all the same."""
        over = self._asked >= self._task.trials or self._watch.enough()
        return over and self._asked >= self._study.begun

    def _searching(self) -> list[Ask]:
        return [ask for ask in self._running.values() if ask.role == "search"]

    def _finalists(self) -> list[Ask]:
        if not self._task.finalist_seeds:
            return []
        asks = self._finals.choose(self._candidates, self._searched_seconds)
        self._n_again = len(asks) + (self._task.surrogates if asks else 0)
        return asks

    def _end(self) -> list[Ask]:
        if self._remembers:
            self._finals.compare()  # which the broken run may lack
        return []

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
        self._take(ask, outcome)
        if ask.role in ("finalist", "surrogate") and not self._more_like(ask):
            self._finals.compare()

    def _take(self, ask: Ask, outcome: Outcome) -> None:
        """Let an outcome that is in the store count in what follows."""
        row = outcome.row
        if ask.role in ("search", "baseline"):
            self._candidates += self._feasible(ask, outcome)
        if ask.role == "search":
            self._take_searched(ask, outcome)
        elif row["status"] != FAILED and ask.role != "baseline":
            self._finals.take(ask, outcome)
        self._told(ask, outcome)

    def _take_searched(self, ask: Ask, outcome: Outcome) -> None:
        row = outcome.row
        self._searched_seconds += seconds_of(row)
        values: list[Any] = [row.get(objective.column) for objective in self._task.objectives]
        if row["status"] == PRUNED:
            self._study.prune(ask.trial)
        else:
            told = None if row["status"] == FAILED else values
            self._study.tell(ask.trial, told, outcome.violations)
        self._watch.searched(row)
        model = ask.configuration.model
        if row.get("reused_from") is None:
            self._models[model] = replace(outcome, codes=None)
        for other in self._waiting.pop(model, []):
            self._keep(other, answer(other, self._models[model]))

    def _more_like(self, ask: Ask) -> bool:
        """Whether seeds of the same finalist, or surrogates, are still to come."""
        others = (*self._running.values(), *self._queue)
        return any((one.role, one.trial) == (ask.role, ask.trial) for one in others)

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
        if outcome.partitions is not None:
            self._store.save_partitions(ask.trial, ask.seed, outcome.partitions)
        if outcome.codes is not None:
            self._store.save_codes(ask.trial, outcome.codes, seed)
        if ask.role == "finalist":
            self._finals.write_assignments(ask.configuration, outcome)
        if outcome.model is not None:
            self._store.save_model(ask.trial, outcome.model, seed)
        if outcome.pictures is not None:
            self._store.save_figure(f"{FIGURES}{ask.trial}", outcome.pictures)
        self._store.append("trials", [outcome.row])


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
