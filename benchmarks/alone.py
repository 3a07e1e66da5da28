"""A whole search in this process: its experiment walked through by a loop, without Ray."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from data import Songs
from results.store import RunStore
from search.experiment.experiment import Experiment
from search.study.study import Study
from search.tasks.adaptation import adapt, restrict_inputs
from search.tasks.task import Task
from search.trial.inputs import TrialInputs, prepare
from search.trial.null_songs import NullSource, null_inputs
from search.trial.records import TrialResult, TrialSpec
from search.trial.trial import run

Ended = Callable[[TrialSpec, TrialResult], None]


def compared(task: Task, songs: Songs) -> pd.DataFrame:
    """The comparison of a search, best method first; empty where no trial held every guard."""
    with tempfile.TemporaryDirectory() as out:
        _walk(task, songs, Path(out), lambda spec, result: None)
        file = next(Path(out).rglob("comparison.parquet"), None)
        return pd.DataFrame() if file is None else pd.read_parquet(file)


def walked(task: Task, songs: Songs) -> tuple[TrialInputs, list[tuple[TrialSpec, TrialResult]]]:
    """What the trials of a search share, and every trial with its codes."""
    found: list[tuple[TrialSpec, TrialResult]] = []
    with tempfile.TemporaryDirectory() as out:
        inputs = _walk(task, songs, Path(out), lambda *ended: found.append(ended))
    return inputs, found


def _walk(task: Task, songs: Songs, out: Path, ended: Ended) -> TrialInputs:
    """Search to the end, with tables in a folder."""
    songs = restrict_inputs(task, songs)
    task = adapt(task, songs, lambda said: None)
    inputs, nulls = prepare(songs, task), NullSource.like(songs)
    with RunStore.create(out, task.name, "run", {}) as store:
        study = Study(store.folder / "study.journal", store.run, task)
        experiment = Experiment(task, songs, study, store, ended, inputs=lambda: inputs)
        while (spec := experiment.ask()) is not None:
            given = inputs
            if spec.role == "null":
                given = null_inputs(nulls, task, spec.configuration.view, spec.seed, inputs.chance)
            experiment.tell(spec, run(spec, given, task))
        store.consolidate()
    return inputs
