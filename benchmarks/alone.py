"""A whole search in this process: its agenda walked through by a loop, without Ray."""

from __future__ import annotations

import tempfile

import pandas as pd

from data import Songs
from results.store import RunStore
from search.experiment.experiment import Agenda
from search.study.study import Study
from search.tasks.adaptation import adapt, heard_by
from search.tasks.task import Task
from search.trial.inputs import prepare
from search.trial.null_songs import surrogate_bench
from search.trial.trial import run


def compared(task: Task, songs: Songs) -> pd.DataFrame:
    """The comparison of a search, best method first; empty where no trial held every guard."""
    songs = heard_by(task, songs)
    task = adapt(task, songs, lambda said: None)
    bench = prepare(songs, task)
    with (
        tempfile.TemporaryDirectory() as out,
        RunStore.create(out, task.name, "run", {}) as store,
    ):
        study = Study(store.folder / "study.journal", store.run, task)
        agenda = Agenda(task, songs, study, store)
        while (ask := agenda.next()) is not None:
            given = bench
            if ask.role == "surrogate":
                given = surrogate_bench(songs, task, ask.configuration.view, ask.seed)
            agenda.finish(ask, run(ask, given, task))
        store.consolidate()
        file = store.folder / "comparison.parquet"
        return pd.read_parquet(file) if file.exists() else pd.DataFrame()
