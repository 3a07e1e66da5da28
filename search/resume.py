"""`python -m search resume`: going on with a run that was broken off."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from results.finding import run_folders
from results.mirror import fetch_run
from results.remote import is_uri
from results.store import RunStore
from search.cli import run_options
from search.console import outlive_readers
from search.ending import Finished, ended
from search.locations import mirror_named, portable_source, songs_folder, songs_named
from search.origin import begun_here, signed_places
from search.parts_of_run import bring_recorded, recorded
from search.record import asked_before, known_before, refuse_other_songs, songs_before
from search.reporting import keeping
from search.run import RunOptions, run_to_end, songs_of
from search.tasks.adaptation import adapt
from search.versions import changed
from search.wording import speaker


def command(arguments: argparse.Namespace) -> int:
    """Go on with a run; return the exit code."""
    outlive_readers()
    options = run_options(arguments)
    fetched = arguments.run if is_uri(arguments.run) else None
    if fetched is not None:
        folder = fetch_run(fetched, arguments.root)
    else:
        folder = run_folders(arguments.run, root=arguments.root)[-1]
    finished = resume(
        folder,
        trials=arguments.trials,
        source=arguments.data,
        out=arguments.out,
        fetched=fetched,
        parts=arguments.parts,
        options=options,
    )
    return ended(finished, options.console)


def resume(
    run: Path,
    *,
    trials: int | None = None,
    source: Path | str | None = None,
    out: str | None = None,
    fetched: str | None = None,
    parts: Sequence[str] = (),
    options: RunOptions | None = None,
) -> Finished:
    """Go on with a run that was broken off, or ask for more trials of one that ended.

    Trials that have ended are not run again; those that were running are, under their numbers.

    Parameters
    ----------
    run : its folder. The songs and the mirror that its record names are used if this user began
        the run in this folder, or names them again: see `search.origin`.
    trials : searched trials in all, at least as many as were asked for before.
    source : folder or URI of the same songs, where they lie elsewhere by now.
    out : URI below which a mirror of the run is kept, or its mirror itself.
    fetched : URI that the run was fetched from, and which its mirror may be.
    parts : modules of parts of one's own: see `search.parts_of_run`.
    options : see `search.run.RunOptions`.

    Raises
    ------
    data.DataError
        When the songs are not those of the run, or only a stranger's record names them.
    search.tasks.ranges.TaskError
        When fewer trials are asked for than before.
    results.columns.ResultsError
        When the folder is no run folder, or another process has it open.
    """
    options = options or RunOptions()
    say = speaker(options.console)
    with RunStore.open(run) as store:
        say(_recorded(store.info))
        trusted = begun_here(store.info, store.folder)
        bring_recorded(store.info, parts, trusted, say)
        task = asked_before(store.info, trials)
        place, files = songs_before(store.info)
        source = songs_named(place, source, trusted)
        mirror = mirror_named(store.info, out, fetched, trusted, say)
        folder = songs_folder(source)
        refuse_other_songs(folder, files)
        known = known_before(store.info)
        in_hand = songs_of(task, folder, store.info.get("group"), lambda songs: known, say)
        say(f"Going on with {store.task}/{store.run}: {len(in_hand.songs)} songs from {source}.")
        adapted = adapt(task, in_hand.songs, say)
        made_with, differ = changed(store.info)
        said = list(store.info.get("said", []))
        if differ:
            keeping(said, say)(differ)
        changes = {
            "settings": task.as_json(),
            **signed_places(store.folder, mirror, portable_source(source), files, recorded(task)),
            "said": list(dict.fromkeys(said)),
            "ended": None,
            **made_with,
        }
        return run_to_end(adapted, in_hand, lambda: nullcontext(store), mirror, options, changes)


def _recorded(info: Mapping[str, Any]) -> str:
    """Return what the record of a run says of places, in a sentence."""
    songs, mirror = info.get("data"), info.get("mirror")
    folder = songs.get("folder") if isinstance(songs, Mapping) else None
    at = "no songs" if folder is None else f"songs at {folder}"
    copied = f"a mirror at {mirror}" if mirror else "no mirror"
    return f"The record of the run names {at} and {copied}."
