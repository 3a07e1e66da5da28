"""A whole search in this process: its agenda walked through by a loop, without Ray."""

from __future__ import annotations

import tempfile

import pandas as pd

from data import Songs
from results.store import RunStore
from search.adaptation import adapt, heard_by
from search.agenda import Agenda
from search.bench import prepare
from search.study import Study
from search.surrogate import surrogate_bench
from search.task import Task
from search.trial import run


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
