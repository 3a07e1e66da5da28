"""Whether a run that was broken and gone on with is as one that never was."""

from __future__ import annotations

import signal
from pathlib import Path

import optuna
import pandas as pd
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from outside import KEY, table

import results

STATES = {"complete": "COMPLETE", "infeasible": "COMPLETE", "failed": "FAIL"}
"""What a trial is in the table -> what it is in Optuna's study."""

CODES = (-signal.SIGKILL, -signal.SIGTERM, 0, 1, 2, 3, 4, 130)
"""With which a search ends that was killed, or that ended by itself; SIGTERM kills one that has
not read its arguments yet. 1 is Ray's where its daemon has died, for it then ends the driver at
once; a sentence follows, see `search.backend.reaper`."""

TRACEBACK = "Traceback (most recent call last)"


def check(folder: Path, before: pd.DataFrame, trials: int) -> list[str]:
    """What is wrong with a run that was broken and resumed, in words.

    Parameters
    ----------
    before : the trials that had ended when it was broken, as `outside.table` has them.
    trials : searched trials that were asked for.
    """
    after = table(folder)
    found = changes(before, after)
    searched = after[after["role"] == "search"].set_index("trial")
    if len(searched) != trials:
        found.append(f"{len(searched)} searched trials of {trials}")
    if results.load(folder).empty:
        found.append("there is no comparison")
    return found + _disagreements(folder, searched)


def changes(before: pd.DataFrame, after: pd.DataFrame) -> list[str]:
    """What of the finished trials is not as it was, in words."""
    found = []
    if after.duplicated(KEY).any():
        found.append("a trial is there twice")
    again = before[KEY].merge(after, on=KEY)[before.columns]
    try:
        pd.testing.assert_frame_equal(again, before, check_dtype=False)
    except AssertionError as error:
        found.append(f"a finished trial changed: {' '.join(str(error).split())}")
    return found


def _disagreements(folder: Path, searched: pd.DataFrame) -> list[str]:
    """Where Optuna's study and the table differ, in words."""
    found = []
    storage = JournalStorage(JournalFileBackend(str(folder / "study.journal")))
    study = optuna.load_study(study_name=folder.name, storage=storage)
    for trial in study.trials:
        if trial.number not in searched.index:
            found.append(f"the study has a trial {trial.number}, the table has not")
            continue
        row = searched.loc[trial.number]
        same = trial.value == row["objective"] or row["status"] == "failed"
        if trial.state.name != STATES[row["status"]] or not same:
            found.append(
                f"trial {trial.number}: {trial.state.name} {trial.value}, {row['status']}"
            )
    return found


def lost(before: pd.DataFrame, after: pd.DataFrame) -> int:
    """How many finished trials are not there any more."""
    return len(before) - len(before[KEY].merge(after[KEY].drop_duplicates()))


def doubled(after: pd.DataFrame) -> int:
    """How many trials are there once more than once."""
    return int(after.duplicated(KEY).sum())


def ungraceful(said: str, code: int) -> list[str]:
    """What is wrong with how a search ended by itself: a traceback, or a code that none has."""
    found = []
    if TRACEBACK in said:
        found.append("it ended with a traceback")
    if code not in CODES:
        found.append(f"it ended with {code}")
    return found


def telling(said: str, most: int = 3_000) -> str:
    """What a search said from shortly before its first traceback, or at its end."""
    first = said.find(TRACEBACK)
    return said[-most:] if first < 0 else said[max(0, first - most // 3) :][:most]
