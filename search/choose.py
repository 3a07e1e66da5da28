"""`python -m search choose`: which clustering of a run agrees with a few known songs."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import numpy as np

from data.answers import read_known
from data.known_songs import KnownSongs
from evaluation.confounds import leaking_columns
from results import layout
from results.columns import ResultsError
from results.finding import run_folders
from results.schema import CONSENSUS
from results.store import RunStore
from search.console import console, outlive_readers
from search.exit_codes import ExitCode
from search.experiment.choice import Choosing, Chosen
from search.experiment.clusterings import Clusterings, CollectionOfRun, clusterings_kept
from search.wording import speaker


def command(arguments: argparse.Namespace) -> int:
    """Choose by known songs and write what was chosen; return the exit code."""
    outlive_readers()
    say = speaker(console())
    (run,) = run_folders(arguments.run, root=arguments.root)
    folder, chosen = choose(
        run,
        arguments.known,
        arguments.into,
        say,
        train_finalists=arguments.train_finalists,
        source=arguments.data,
        parts=arguments.parts,
    )
    _show(chosen, say)
    say(f"Tables: {folder}; `python -m results report {run}` shows the round.")
    return ExitCode.DONE


def choose(
    run: Path,
    files: Sequence[Path],
    into: str | None = None,
    say: Callable[[str], None] = lambda sentence: None,
    *,
    train_finalists: bool = False,
    source: Path | None = None,
    parts: Sequence[str] = (),
) -> tuple[Path, Chosen]:
    """Choose among the clusterings of a run by known songs, and keep the choice beside its tables.

    The tables of the run stay as they are.

    Parameters
    ----------
    run : a run folder.
    files : CSV files with the columns id and label, or id_a, id_b and same.
    into : name of the choice; by default choice-1 or the next number that is free.
    say : takes sentences on what was read.
    train_finalists : whether the chosen model is trained on fresh seeds where it has not been, so
        that its scores have intervals; else nothing is trained.
    source : where the songs of the run lie, to train on.
    parts : modules of parts of one's own, to train with: see `search.parts_of_run`.

    Returns
    -------
    folder of the choice's tables, and what was chosen.

    Raises
    ------
    data.DataError
        When the files name songs that are not in the run, or contradict each other.
    results.ResultsError
        When the run has nothing to choose from, or a choice of that name.
    """
    with RunStore.open(run) as store:
        name = layout.checked_name(into, "choice") if into is not None else _free_name(store)
        store.refuse_choice(name)
        collection = CollectionOfRun.of(store)
        known = read_known(files, collection.ids.tolist(), say)
        clusterings = _without_leaks(clusterings_kept(store), collection, known, say)
        label = str(store.info.get("settings", {}).get("label", ""))
        choosing = Choosing(store, collection, clusterings, known, label)
        chosen = choosing.choose()
        if train_finalists and len(chosen.clusters) == 1 and chosen.row["role"] != CONSENSUS:
            from search.retraining import trained_again  # which imports TensorFlow

            fresh = trained_again(store, collection, chosen.row, source, parts, say)
            chosen = choosing.choose(dict(fresh))
        say(
            f"{known}: {len(clusterings.rows)} clusterings held against them; "
            f"{choosing.test_songs} test songs are left to judge the choice by."
        )
        return store.save_choice(name, chosen.comparison, chosen.assignments), chosen


def _free_name(store: RunStore) -> str:
    taken = {*layout.choices(store.folder)}
    return next(name for number in count(1) if (name := f"choice-{number}") not in taken)


def _without_leaks(
    clusterings: Clusterings,
    collection: CollectionOfRun,
    known: KnownSongs,
    say: Callable[[str], None],
) -> Clusterings:
    """Leave out models that were given a column which determines the labels of the known songs."""
    truth = np.array([known.labels.get(song, "") for song in collection.ids.tolist()])
    given = {row.get("condition") for row in clusterings.rows} - {None}
    columns = {name: values for name, values in collection.labels.items() if name in given}
    leaking = leaking_columns(columns, truth)
    kept = [
        number
        for number, row in enumerate(clusterings.rows)
        if row.get("condition") not in leaking
    ]
    if len(kept) == len(clusterings.rows):
        return clusterings
    say(
        f"Models that were given {', '.join(leaking)} are left out: it determines the labels of "
        "the known songs."
    )
    if not kept:
        raise ResultsError("No clustering is left to choose from.")
    return clusterings.at(kept)


def _show(chosen: Chosen, say: Callable[[str], None]) -> None:
    """Print what was chosen, in sentences."""
    first = chosen.comparison[0]
    name = f"{first['family']}, {first['clusterer']} in {first['n_clusters']} clusters"
    say(
        f"Chosen: {name} (trial {first['trial']}); agreement with the known songs "
        f"{first['known_agreement']:.2f} "
        f"[{first['known_agreement_low']:.2f}, {first['known_agreement_high']:.2f}]"
        + _cross_fitted(first["known_agreement_cross_fitted"])
        + "."
    )
    say(f"{first['verdict']}.")
    names = [name for name in first if name == "ari" or name.startswith("ari_")]
    names = [name for name in names if not name.endswith(("_low", "_high"))]
    found = [f"{name} {first[name]:.3f}" for name in sorted(names) if first[name] is not None]
    if found:
        say(f"On {first['test_songs']} test songs of which nothing was known: {', '.join(found)}.")


def _cross_fitted(value: float | None) -> str:
    if value is None:
        return ""
    return f"; of what one half of them chooses with the other half {value:.2f}"
