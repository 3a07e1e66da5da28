"""The file of an Optuna study: mended where a crash cut it, refused where it is not ours.

A run folder may come from anybody, and Optuna believes every line of a journal: the lines are
looked through before Optuna reads them. `search.study.proposals` then compares the trials that
Optuna has read with those that the task proposes.
"""

from __future__ import annotations

import json
import os
import stat
from collections import Counter
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from results.disk import replacing, writing
from search.tasks.task import MOST

CONFIGURATION = "configuration"
"""The attribute of a trial that holds what was proposed."""

LARGEST = 2**26
"""Bytes of a journal, some 12,000 trials of the hard task."""

LONGEST_LINE = 2**16
"""Bytes of a line of a journal."""

_LINES_PER_TRIAL = 1_000
"""Lines of one trial at most: some tens of parameters, and a report for each look at it."""

_CREATE_STUDY, _CREATE_TRIAL = 0, 4
"""Optuna's operations that begin a study and a trial."""

_OF_TRIALS = (5, 6, 7, 8, 9)
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
        with replacing(journal.with_suffix(".torn")) as file:
            file.write(content[whole:])
    if whole < len(content) or there.st_nlink > 1:
        with replacing(journal) as file:
            file.write(content[:whole])


def drop_proposal(journal: Path, trial: int) -> None:
    """Cut the last lines of a journal that are of one trial, and the line that created it."""
    lines = journal.read_bytes().splitlines(keepends=True)
    while lines and json.loads(lines[-1]).get("trial_id") == trial:
        lines.pop()
    if lines and _began(json.loads(lines[-1])):
        lines.pop()
    with replacing(journal) as file:
        file.writelines(lines)


def _began(entry: Mapping[str, Any]) -> bool:
    """Return whether a line makes a trial that runs at once, rather than one that waits."""
    return entry["op_code"] == _CREATE_TRIAL and "state" not in entry


def set_aside(journal: Path) -> Path:
    """Rename a journal that cannot be used; return the new path.

    It ends in `.damaged`, or in `.damaged-2` and so on where that is taken: a journal that was set
    aside before may hold trials that this one lacks.
    """
    names = (".damaged" if not n else f".damaged-{n + 1}" for n in count())
    free = next(path for name in names if not os.path.lexists(path := journal.with_suffix(name)))
    with writing(journal):
        os.replace(journal, free)
    return free


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
            entry = _entry_of(line, number)
            operation = entry["op_code"]
            if operation == _CREATE_STUDY and number == 1 and entry.get("study_name") == name:
                continue
            if operation == _CREATE_TRIAL and number > 1 and n_trials < MOST["trials"]:
                n_trials += 1
            elif operation in _OF_TRIALS and _is_number_below(entry.get("trial_id"), n_trials):
                _check_names(entry, number)
                lines[entry["trial_id"]] += 1
                if lines[entry["trial_id"]] > _LINES_PER_TRIAL:
                    raise Damaged(f"line {number} says too much of one trial")
            else:
                raise Damaged(f"line {number} does not fit those before it")


def _entry_of(line: bytes, number: int) -> dict[str, Any]:
    """Return the operation that a line stands for."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        raise Damaged(f"line {number} is no JSON") from None
    if not isinstance(entry, dict) or not isinstance(entry.get("worker_id"), str):
        raise Damaged(f"line {number} is no operation of Optuna")
    if type(entry.get("op_code")) is not int:
        raise Damaged(f"line {number} is no operation of Optuna")
    return entry


def _check_names(entry: dict[str, Any], number: int) -> None:
    """Refuse a line with an attribute of a name that neither we nor Optuna give."""
    own, optunas = entry.get("user_attr", {}), entry.get("system_attr", {})
    if not isinstance(own, dict) or not isinstance(optunas, dict):
        raise Damaged(f"line {number} is no operation of Optuna")
    if {*own} - {CONFIGURATION} or not all(name.startswith((*SYSTEM,)) for name in optunas):
        raise Damaged(f"line {number} has an attribute that no study writes")


def _is_number_below(value: object, bound: int) -> bool:
    """Return whether a value is a whole number from 0 to below the bound."""
    return type(value) is int and 0 <= value < bound
