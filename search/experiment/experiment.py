"""The order of a run: baselines, then the search, then finalists on fresh seeds. No Ray.

An experiment hands out what to do next and takes in what came of it. Whatever runs the trials, a
loop in a test or Ray Tune on a cluster, calls `ask` and `tell`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace

from data import Songs
from results.store import RunStore
from search.experiment.answers import Answers
from search.experiment.finalists import Finalists
from search.experiment.history import Key, baselines
from search.experiment.known import KnownAgreement
from search.experiment.members import Members
from search.experiment.objectives import add_objectives, candidates, objectives_of, seconds_of
from search.experiment.selection import Candidate, may_be_first
from search.experiment.stopping import Limits, StoppingCriteria
from search.experiment.writing import write
from search.study.study import Study
from search.tasks.task import Task
from search.trial.inputs import TrialInputs
from search.trial.records import (
    IntermediateResult,
    TrialResult,
    TrialSpec,
    failed,
    out_of_memory,
    reuse,
)

_SEARCHED = ("search", "baseline")
"""Roles of trials among which finalists and members of a consensus are chosen."""

TRIES = 3
"""How often a trial is begun whose worker or node dies."""


class Experiment:
    """The trials of a run in their order: what runs next, and what its result changes.

    A trial is written to the store before Optuna knows its result, so the table never lacks a
    trial that the study has. An experiment that is given the results of a broken run goes through
    the same steps, and takes them where it would have run a trial.

    Parameters
    ----------
    ended : called with every trial that has ended, repeats and remembered ones included.
    past : results of the run so far, by the trials' keys.
    inputs : gives what the trials share, in whose reference spaces a consensus is judged; without
        it there is none.
    known : what is known of some songs, which the objective `known_agreement` needs.
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
        inputs: Callable[[], TrialInputs] | None = None,
        known: KnownAgreement | None = None,
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
        self._models = Answers()
        self._candidates: list[Candidate] = []
        self._searched_seconds = 0.0
        self._members = Members(store)
        self._known = known
        self._stage = Finalists(task, songs, store, self._members, inputs, known)
        self._stages = iter((self._finalists, self._stage.null_collections))
        self._done = False

    @property
    def total(self) -> int:
        """How many trials the run has in all; at most so many until finalists are chosen."""
        return self._n_baselines + self._n_searched + self._n_again

    @property
    def given_up(self) -> str | None:
        """Why the run is given up, in words; None as long as it is not."""
        return self._criteria.given_up

    def ask(self) -> TrialSpec | None:
        """Return the next trial to run; None while a running one must end first."""
        while self.given_up is None:
            spec = self._propose()
            if spec is None:
                break
            if spec.key not in self._past:
                if spec.role in _SEARCHED and self._task.finalist_seeds:  # else nothing agrees
                    spec = replace(spec, kept_from=self._members.bound)
                self._running[spec.key] = spec
                return spec
            self._take(spec, self._past.pop(spec.key))
        return None

    @property
    def done(self) -> bool:
        """Whether nothing is left to do or to wait for."""
        return not self._running and (self._done or self.given_up is not None)

    def tell(self, spec: TrialSpec, result: TrialResult) -> None:
        """Keep the result of a trial, tell Optuna, answer trials of the same model.

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

    def _propose(self) -> TrialSpec | None:
        """Return the next trial of this stage or the next; None while one must end first."""
        spec = self._queue.pop(0) if self._queue else self._next_search()
        while spec is None and not (self._running or self._waiting or self._done):
            stage = next(self._stages, None)
            self._done = stage is None
            self._queue = stage() if stage else self._end()
            spec = self._queue.pop(0) if self._queue else None
        return spec

    def _next_search(self) -> TrialSpec | None:
        """Return the next searched trial to train; answer those whose model is known."""
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
        """Return the searched trials that run."""
        return [spec for spec in self._running.values() if spec.role == "search"]

    def _finalists(self) -> list[TrialSpec]:
        """Return the trials of the finalists, once all others have ended."""
        if not self._task.finalist_seeds:
            return []
        specs = self._stage.choose(self._candidates, self._searched_seconds)
        self._n_again = len(specs) + (self._task.null_collections if specs else 0)
        return specs

    def _end(self) -> list[TrialSpec]:
        """End the last stage, after which there are no trials."""
        if self._remembers:
            self._stage.compare()  # which the broken run may lack
        return []

    def _keep(self, spec: TrialSpec, result: TrialResult) -> None:
        """Write a result to the store, then let it count."""
        if self._known is not None and spec.role != "null":
            self._known.add(result, spec.configuration)
        add_objectives(spec, result, self._task)
        if spec.role == "finalist":
            self._stage.write_assignments(spec.configuration, result)
        write(self._store, spec, result)  # whose last row says that all is there
        self._take(spec, result)
        if spec.role in ("finalist", "null") and not self._more_like(spec):
            self._stage.compare()

    def _take(self, spec: TrialSpec, result: TrialResult) -> None:
        """Let a result that is in the store count in what follows."""
        if spec.role in _SEARCHED:
            found = [*candidates(spec, result, self._task)]
            self._candidates += found if self._known else may_be_first(found, self._task)
            self._members.take(spec, result)
        if spec.role == "search":
            self._take_searched(spec, result)
        elif result.row["status"] != "failed" and spec.role != "baseline":
            self._stage.take(spec, result)
        self._ended(spec, result)

    def _take_searched(self, spec: TrialSpec, result: TrialResult) -> None:
        """Tell Optuna of a searched trial, and answer those that wait for its model."""
        row = result.row
        self._searched_seconds += seconds_of(row)
        if row["status"] == "pruned":
            self._study.prune(spec.trial)
        else:
            values = None if row["status"] == "failed" else objectives_of(row, self._task)
            self._study.tell(spec.trial, values, result.violations)
        self._criteria.searched(row)
        model = spec.configuration.model
        if row.get("reused_from") is None:
            self._models[model] = result
        for other in self._waiting.pop(model, []):
            self._keep(other, reuse(other, self._models[model]))

    def _more_like(self, spec: TrialSpec) -> bool:
        """Return whether seeds of the same finalist, or null collections, are still to come."""
        others = (*self._running.values(), *self._queue)
        return any((one.role, one.trial) == (spec.role, spec.trial) for one in others)
