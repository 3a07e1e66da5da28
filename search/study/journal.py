"""The file of an Optuna study: mended where a crash cut it, refused where it is not ours.

A run folder may come from anybody. Optuna believes every line of a journal, so what it is to read
is looked through before, and what it has read is held against what this study would have written.
"""

from __future__ import annotations

import json
import math
import os
import stat
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import IntDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, TrialState

from evaluation.clusterers import CLUSTERERS
from evaluation.reducers import REDUCERS
from evaluation.score import OWN
from models import FAMILIES
from results.disk import replacing, writing
from search.study.space import Configuration, propose
from search.tasks.task import MOST, Task

CONFIGURATION = "configuration"
LARGEST = 2**26
"""Bytes of a journal, some 12,000 trials of the hard task."""

LONGEST_LINE = 2**16
LINES_PER_TRIAL = 1_000
CREATE_STUDY, CREATE_TRIAL = 0, 4
OF_TRIALS = (5, 6, 7, 8, 9)
"""Optuna's operations on one trial: a parameter, state and values, a report, attributes."""

SYSTEM: dict[str, type | tuple[type, ...]] = {
    "fixed_params": dict,
    "constraints": (int, float),
    "completed_rung_": (int, float),
    "tpe:relative_params": str,
}
"""How names of Optuna's own attributes begin -> what they hold."""


class Damaged(ValueError):
    """A journal that this study has not written."""


def storage(journal: Path) -> JournalStorage:
    """Optuna's storage in this file.

    With a lock that is a file: Optuna's usual one is a link, and no run folder holds links.
    """
    path = str(journal)
    return JournalStorage(JournalFileBackend(path, lock_obj=JournalFileOpenLock(path)))


def mend(journal: Path) -> None:
    """Cut a journal to its last whole line; what a crash left behind it goes to `.torn`.

    Optuna reads a torn last line, but the next write would join it and spoil the file. A lock
    that a crash left would keep Optuna waiting for half a minute; the run has one of its own. A
    file that has a second name becomes one of its own: Optuna writes into it where it lies.
    """
    with writing(journal):
        for lock in journal.parent.glob(f"{journal.name}.lock*"):
            lock.unlink()
        try:
            there = journal.lstat()
        except FileNotFoundError:
            return
        if not stat.S_ISREG(there.st_mode) or there.st_size > LARGEST:
            return  # which `check_lines` refuses
        content = journal.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        rewrite(journal.with_suffix(".torn"), content[whole:])
    if whole < len(content) or there.st_nlink > 1:
        rewrite(journal, content[:whole])


def drop_proposal(journal: Path, trial: int) -> None:
    """Cut what a journal ends with of one trial, and the line that began it if it is the last."""
    lines = journal.read_bytes().splitlines(keepends=True)
    while lines and json.loads(lines[-1]).get("trial_id") == trial:
        lines.pop()
    if lines and began(json.loads(lines[-1])):
        lines.pop()
    rewrite(journal, b"".join(lines))


def began(entry: Mapping[str, Any]) -> bool:
    """Whether a line makes a trial that runs at once, rather than one that waits."""
    return entry["op_code"] == CREATE_TRIAL and "state" not in entry


def rewrite(path: Path, content: bytes) -> None:
    """Put a new file in the place of this one; what a link leads to stays as it is."""
    with replacing(path) as file:
        file.write(content)


def set_aside(journal: Path) -> None:
    """Call a journal `.damaged`, in the place of one that was called so before."""
    with writing(journal):
        os.replace(journal, journal.with_suffix(".damaged"))


def check_lines(journal: Path, name: str) -> None:
    """Refuse a journal that Optuna could choke on, before Optuna reads it.

    Raises
    ------
    Damaged
        When it is no file of a size that a study has, or a line is none that a study writes.
    """
    try:
        there = journal.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(there.st_mode):
        raise Damaged("it is no file")
    if there.st_size > LARGEST:
        raise Damaged(f"it has {there.st_size:,} bytes")
    lines: Counter[int] = Counter()
    n_trials = 0
    with journal.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise Damaged(f"line {number} is too long")
            entry = entry_of(line, number)
            operation = entry["op_code"]
            if operation == CREATE_STUDY and number == 1 and entry.get("study_name") == name:
                continue
            if operation == CREATE_TRIAL and number > 1 and n_trials < MOST["trials"]:
                n_trials += 1
            elif operation in OF_TRIALS and is_number_below(entry.get("trial_id"), n_trials):
                check_names(entry, number)
                lines[entry["trial_id"]] += 1
                if lines[entry["trial_id"]] > LINES_PER_TRIAL:
                    raise Damaged(f"line {number} says too much of one trial")
            else:
                raise Damaged(f"line {number} does not fit those before it")


def entry_of(line: bytes, number: int) -> dict[str, Any]:
    """A line as the operation that it stands for."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        raise Damaged(f"line {number} is no JSON") from None
    if not isinstance(entry, dict) or not isinstance(entry.get("worker_id"), str):
        raise Damaged(f"line {number} is no operation of Optuna")
    if type(entry.get("op_code")) is not int:
        raise Damaged(f"line {number} is no operation of Optuna")
    return entry


def check_names(entry: dict[str, Any], number: int) -> None:
    """Refuse a line that gives a trial an attribute of a name that neither we nor Optuna use."""
    own, optunas = entry.get("user_attr", {}), entry.get("system_attr", {})
    if not isinstance(own, dict) or not isinstance(optunas, dict):
        raise Damaged(f"line {number} is no operation of Optuna")
    if {*own} - {CONFIGURATION} or not all(name.startswith((*SYSTEM,)) for name in optunas):
        raise Damaged(f"line {number} has an attribute that no study writes")


def is_number_below(value: object, bound: int) -> bool:
    """Whether a value is the number of one of so many."""
    return type(value) is int and 0 <= value < bound


def check_trials(study: optuna.Study, task: Task, known: Mapping[int, Configuration]) -> None:
    """Refuse a study whose trials are not such as this task proposes.

    Parameters
    ----------
    known : configurations of trials that have ended, by number.

    Raises
    ------
    Damaged
        Which trial, and what of it.
    """
    if [direction.name.lower() for direction in study.directions] != [
        objective.direction for objective in task.objectives
    ]:
        raise Damaged("its objectives are others than those of the task")
    trials = study.get_trials(deepcopy=False)
    waiting = False
    for trial in trials:
        try:
            check_attributes(trial)
            check_values(trial, len(task.objectives))
            if waiting and trial.state is not TrialState.WAITING:
                raise ValueError("it was begun before those that come first")
            waiting = trial.state is TrialState.WAITING
            configuration = configuration_of(trial)
            if configuration is not None:
                check_proposal(trial, configuration, task, known.get(trial.number))
            elif waiting:
                propose_again(trial.system_attrs.get("fixed_params", {}), task)
            elif trial is not trials[-1] and trials[trial.number + 1].state is not (
                TrialState.WAITING
            ):
                raise ValueError("it has no configuration")
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise Damaged(f"trial {trial.number} of it is none of this task ({error})") from None


def check_attributes(trial: FrozenTrial) -> None:
    """Refuse attributes that Optuna would not have put there."""
    for name, value in trial.system_attrs.items():
        kinds = [kind for start, kind in SYSTEM.items() if name.startswith(start)]
        if not kinds or not isinstance(value, kinds[0]):
            raise ValueError(f"its attribute {name[:40]!r}")
    if set(trial.user_attrs) - {CONFIGURATION}:
        raise ValueError("an attribute that is not ours")


def check_values(trial: FrozenTrial, count: int) -> None:
    """Refuse values and reports that are not numbers, and a wrong number of values."""
    if trial.state is TrialState.COMPLETE:
        values = trial.values or []
        if len(values) != count or not all(map(is_finite, values)):
            raise ValueError("its values")
    for step, value in trial.intermediate_values.items():
        if type(step) is not int or step < 0 or not isinstance(value, int | float):
            raise ValueError("its reports")


def is_finite(value: object) -> bool:
    """Whether a value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def configuration_of(trial: FrozenTrial) -> Configuration | None:
    """The configuration that a trial was given; None before that."""
    if CONFIGURATION not in trial.user_attrs:
        return None
    found = Configuration(**trial.user_attrs[CONFIGURATION])
    if not isinstance(found.settings, dict):
        raise TypeError("its settings")
    family = FAMILIES[found.family]
    if {*found.settings} != {one.name for one in family.hyperparameters}:
        raise ValueError("its settings")
    for one in family.hyperparameters:
        one.check(found.settings[one.name])
    if found.clusterer != OWN and found.clusterer not in CLUSTERERS:
        raise ValueError("its clusterer")
    if found.reducer not in REDUCERS or type(found.n_clusters) is not int:
        raise ValueError("its reducer or cluster count")
    return found


def check_proposal(
    trial: FrozenTrial, configuration: Configuration, task: Task, known: Configuration | None
) -> None:
    """Refuse a trial that was drawn from another space than the task's, or is not what ended."""
    if configuration.view not in task.views_of(configuration.family):
        raise ValueError("its view")
    drawn = propose_again(trial.params, task)
    if drawn.distributions != trial.distributions:
        raise ValueError("its space is another")
    for name, space in trial.distributions.items():
        # A clusterer that finds its own count may have found one outside the range.
        bound = IntDistribution(0, MOST["trials"]) if name == "n_clusters" else space
        if not bound._contains(space.to_internal_repr(trial.params[name])):
            raise ValueError(f"its {name}")
    if known is not None and model_of(known) != model_of(configuration):
        raise ValueError("the tables have another of that number")


def propose_again(parameters: Mapping[str, Any], task: Task) -> optuna.trial.FixedTrial:
    """The proposal that these values of the parameters make."""
    fixed = optuna.trial.FixedTrial(dict(parameters))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a value outside its range
        propose(fixed, task)
    return fixed


def model_of(configuration: Configuration) -> tuple[str, str, str]:
    """What a table's row and a proposal have in common, whatever became of the trial."""
    return configuration.family, configuration.view, configuration.reducer
