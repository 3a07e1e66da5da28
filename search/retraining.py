"""One clustering of a run, its model trained again on fresh seeds in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

import data
from results.columns import ResultsError
from results.store import RunStore
from search.experiment.clusterings import CollectionOfRun
from search.experiment.history import rows_of
from search.locations import songs_folder, songs_named
from search.origin import begun_here
from search.parts_of_run import bring_recorded
from search.record import asked_before, refuse_other_songs, songs_before
from search.study.space import from_row
from search.tasks.adaptation import adapt, restrict_inputs
from search.trial.inputs import prepare
from search.trial.records import Row, TrialSpec
from search.trial.trial import run


def trained_again(
    store: RunStore,
    collection: CollectionOfRun,
    clustering: Row,
    source: Path | None,
    parts: Sequence[str],
    say: Callable[[str], None],
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield seed and clusters (songs,) of a clustering, from models trained on fresh seeds.

    They are the seeds that finalists of the run have.

    Parameters
    ----------
    clustering : its row, as `search.experiment.clusterings` has it.
    source : where the songs of the run lie, if not where it says or if it is from elsewhere.
    parts : modules of parts of one's own, if it is from elsewhere: see `search.parts_of_run`.

    Raises
    ------
    data.DataError
        When the songs are not those of the run, or only a stranger's record names them.
    ResultsError
        When a model cannot be trained again.
    """
    place, files = songs_before(store.info)
    trusted = begun_here(store.info, store.folder)
    folder = songs_folder(songs_named(place, source, trusted))
    refuse_other_songs(folder, files)
    bring_recorded(store.info, parts, trusted, say)
    task = asked_before(store.info, None)
    songs = data.load(folder, label=task.label, group=store.info.get("group"), seed=task.seed)
    songs = restrict_inputs(task, songs.replace(split=collection.split))
    task = adapt(task, songs, lambda said: None).for_view(clustering["view"])
    inputs = prepare(songs, task)
    trial = next(
        row
        for row in rows_of(store, "trials")
        if all(row[name] == clustering[name] for name in ("role", "trial", "seed"))
    )
    configuration = replace(
        from_row(trial),
        clusterer=clustering["clusterer"],
        n_clusters=clustering["n_clusters"],
    )
    for number in range(1, task.finalist_seeds + 1):
        spec = TrialSpec(clustering["trial"], "finalist", configuration, task.seed + number)
        result = run(spec, inputs, task)
        if result.clusters is None:
            raise ResultsError(
                f"Trial {clustering['trial']} could not be trained again on seed {spec.seed}: "
                f"{result.row.get('error')}"
            )
        say(f"Trained again on seed {spec.seed}, {number} of {task.finalist_seeds}.")
        yield spec.seed, result.clusters
