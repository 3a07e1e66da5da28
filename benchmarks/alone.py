"""A whole search in this process: its experiment walked through by a loop, without Ray."""

from __future__ import annotations

import tempfile

import pandas as pd

from data import Songs
from results.store import RunStore
from search.experiment.experiment import Experiment
from search.study.study import Study
from search.tasks.adaptation import adapt, restrict_inputs
from search.tasks.task import Task
from search.trial.inputs import prepare
from search.trial.null_songs import NullSource, null_inputs
from search.trial.trial import run


def compared(task: Task, songs: Songs) -> pd.DataFrame:
    """The comparison of a search, best method first; empty where no trial held every guard."""
    songs = restrict_inputs(task, songs)
    task = adapt(task, songs, lambda said: None)
    inputs, nulls = prepare(songs, task), NullSource.like(songs)
    with (
        tempfile.TemporaryDirectory() as out,
        RunStore.create(out, task.name, "run", {}) as store,
    ):
        study = Study(store.folder / "study.journal", store.run, task)
        experiment = Experiment(task, songs, study, store)
        while (spec := experiment.ask()) is not None:
            given = inputs
            if spec.role == "null":
                given = null_inputs(nulls, task, spec.configuration.view, spec.seed)
            experiment.tell(spec, run(spec, given, task))
        store.consolidate()
        file = store.folder / "comparison.parquet"
        return pd.read_parquet(file) if file.exists() else pd.DataFrame()
