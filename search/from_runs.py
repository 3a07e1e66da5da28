"""`--from RUN`: what a search takes over from past runs, and why not the rest, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from math import isfinite
from pathlib import Path
from typing import Any

from evaluation.score import OWN
from search.experiment.objectives import objectives_of, seconds_of
from search.experiment.selection import Candidate, ranked
from search.past_runs import PastRun, names_of, read_past
from search.study.proposals import checked_configuration
from search.study.space import Configuration, default_configuration, from_row
from search.study.warm_start import as_json, as_proposed, clustering_misfit, model_misfit
from search.tasks.ranges import TaskError, brief
from search.tasks.task import Task
from search.trial.records import Row

FIRST = 3
"""How many configurations of past runs are tried first: see docs/method.md."""

_SHOWN = 8
"""Reasons at most that are said of one run."""

_OF_STATUS = {"failed": "failed", "pruned": "ended early"}
"""Status of a trial without clusterings -> why it is left out."""

_NONE_HELD = "no clustering that could be asked for here held every guard"
"""Why an infeasible trial is left out."""


class _LeftOut(Exception):
    """A trial that this search cannot try; the message says why, for several of them."""


@dataclass(frozen=True)
class WarmStart:
    """What a search takes over.

    Attributes
    ----------
    runs : from which.
    first : configurations that it tries after the default of each family, best first.
    """

    runs: tuple[PastRun, ...] = ()
    first: tuple[Configuration, ...] = ()

    def as_json(self) -> dict[str, Any] | None:
        """Return what the record of the run says of it."""
        if not self.runs:
            return None
        return {"runs": [run.as_json() for run in self.runs], "first": as_json(self.first)}


def warm_start(
    named: str | None, task: Task, root: Path | None, say: Callable[[str], None]
) -> WarmStart:
    """Return what a search takes over from the runs that a user names.

    Parameters
    ----------
    named : runs, with commas between them; None for none.
    task : as the songs of this search allow it.
    root : folder of all runs; None for `results/runs`.
    say : takes a sentence for all that is taken, and for each reason why something is not.

    Raises
    ------
    results.ResultsError
        When there is no such run, or it cannot be read.
    TaskError
        When nothing of them can be tried here.
    """
    if named is None:
        return WarmStart()
    runs = [read_past(name, task, root, say) for name in names_of(named)]
    best = [_usable(run, task, say) for run in runs]
    first = _best_few(best, task)
    if not any(best):
        names = ", ".join(run.name for run in runs)
        raise TaskError(
            f"--from {names}: no trial there is one that this search could try: leave out --from, "
            "or search the space that was searched there"
        )
    models = {configuration.model for configuration in chain.from_iterable(best)}
    say(
        f"From {', '.join(run.name for run in runs)} the best {len(first)} of {len(models)} "
        f"models are tried first, after the default of each family: "
        f"{'; '.join(map(_in_words, first)) or 'none, for the defaults are the only ones'}."
    )
    return WarmStart(tuple(runs), tuple(first))


def _best_few(best: Sequence[Sequence[Configuration]], task: Task) -> list[Configuration]:
    """Return the best configurations of all runs, the first of each before second ones.

    Values of other songs are on scales of their own, so runs take turns. A model comes once, and
    none that is the default of its family; no more of them than trials are left.
    """
    defaults = (default_configuration(task, family) for family in task.families)
    tried = {as_proposed(default, task).model for default in defaults}
    found = []
    for configuration in chain.from_iterable(zip_longest(*best)):
        if configuration is not None and configuration.model not in tried:
            tried.add(configuration.model)
            found.append(configuration)
    return found[: max(0, min(max(FIRST, len(best)), task.trials - len(task.families)))]


def _usable(run: PastRun, task: Task, say: Callable[[str], None]) -> list[Configuration]:
    """Return the best clustering of each trial that this search could try, best trial first."""
    if not run.ended:
        say(f"{run.name} did not go to its end: the trials of it that have ended are looked at.")
    one_objective = replace(task, objective=task.objective.split(",")[0])
    reasons: dict[int, str | None] = {}
    of_clusterings: Counter[str] = Counter()
    candidates: list[Candidate] = []
    for row in run.trials:
        if "reused_from" in row:  # which is answered by the model of another, and its clusterings
            reasons[row["trial"]] = reasons.get(row["reused_from"])
            continue
        try:
            found = list(_candidates(row, run, task, of_clusterings))
            reasons[row["trial"]] = None if found else _NONE_HELD
            candidates += ranked(found, one_objective)  # the best, for there may be hundreds
        except _LeftOut as error:
            reasons[row["trial"]] = str(error)
        except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
            reasons[row["trial"]] = "this version has no such trial"
    left_out = Counter(why for why in reasons.values() if why is not None)
    used, total = len(reasons) - left_out.total(), len(reasons)
    say(f"{run.name}: {used} of {_count(total, 'searched trial')} can be used here.")
    _say_left_out(run.name, "trial", left_out, say)
    _say_left_out(run.name, "clustering", of_clusterings, say)
    return [as_proposed(one.configuration, task) for one in ranked(candidates, task)]


def _say_left_out(name: str, what: str, reasons: Counter[str], say: Callable[[str], None]) -> None:
    """Say how many trials or clusterings of a run are left out, a sentence for each reason."""
    shown = reasons.most_common(_SHOWN)
    for why, number in shown:
        say(f"{name}: {_count(number, what)} left out: {why}.")
    if rest := reasons.total() - sum(number for _, number in shown):
        say(f"{name}: {_count(rest, what)} left out for other reasons.")


def _candidates(row: Row, run: PastRun, task: Task, left_out: Counter[str]) -> Iterator[Candidate]:
    """Yield clusterings of a trial that this search could ask for; count the others by reason.

    Raises
    ------
    _LeftOut
        When the search could not try the trial at all.
    KeyError, ValueError, TypeError
        When this version has no such trial.
    """
    if (why := _OF_STATUS.get(row["status"])) is not None:
        raise _LeftOut(why)
    if "leaks" in row:
        raise _LeftOut("the model was given a label")
    if row["family"] not in task.families:  # which this version may not have
        raise _LeftOut(f"the family {brief(row['family'])} is not searched here")
    configuration = checked_configuration(from_row(row))
    if (why := model_misfit(configuration, task)) is not None:
        raise _LeftOut(why)
    for clustering in run.clusterings.get(row["trial"], ()):
        asked = replace(
            configuration,
            clusterer=clustering["clusterer"],
            n_clusters=clustering["n_clusters"],
        )
        if asked.clusterer == OWN:  # which no search asks for
            continue
        if (why := clustering_misfit(asked, task)) is not None:
            left_out[why] += 1
            continue
        values = objectives_of({**row, **clustering}, task)
        if all(value is not None and isfinite(value) for value in values):
            yield Candidate(row["trial"], "search", asked, tuple(values), seconds_of(row))


def _in_words(configuration: Configuration) -> str:
    """Return a configuration as a sentence names it."""
    size, beta = (configuration.settings.get(name) for name in ("latent_size", "beta"))
    numbers = [
        f"{name} {value:g}"
        for name, value in (("latent size", size), ("beta", beta))
        if value is not None
    ]
    seen = [f"view {configuration.view}", f"reducer {configuration.reducer}"]
    return f"{configuration.family} ({', '.join([*numbers, *seen])})"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
