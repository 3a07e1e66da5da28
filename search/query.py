"""`python -m search query`: which songs of a run to ask a person about."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from data import DataError
from data.answers import read_known
from data.clips import write_clip
from data.descriptions import describe
from data.errors import shortened
from data.known_songs import KnownSongs
from evaluation.known_songs import chosen
from evaluation.queries import pairs_to_ask, songs_to_ask
from results.columns import ResultsError
from results.disk import beginnings, remove_left_over, replaceable, replacing
from results.finding import run_folders
from results.spreadsheet import to_csv
from results.store import RunStore
from search.console import console, outlive_readers
from search.exit_codes import ExitCode
from search.experiment.clusterings import CollectionOfRun, clusterings_kept
from search.experiment.known import pairs_of
from search.locations import songs_folder, songs_named
from search.origin import begun_here
from search.tasks.ranges import TaskError
from search.wording import speaker

MOST = 10_000
"""Questions that are asked at a time."""

_KNOWN_OF_SONG = ("title", "artist")
"""Columns of dataset.csv by which a person knows a song."""


def command(arguments: argparse.Namespace) -> int:
    """Write questions to a file, and clips beside them; return the exit code."""
    outlive_readers()
    say = speaker(console())
    out: Path = arguments.out
    if out.suffix != ".csv":
        raise TaskError(f"--out {out}: the name must end in .csv")
    if not out.parent.is_dir():
        raise TaskError(f"--out {out}: there is no folder {out.parent}; make it")
    if out.exists():
        raise TaskError(f"--out {out} is there and may hold answers: choose another name")
    for option in ("songs", "pairs"):
        count = getattr(arguments, option)
        if count is not None and not 1 <= count <= MOST:
            raise TaskError(f"--{option} is {count}; it must be at least 1 and at most {MOST}")
    replaceable(out)
    if arguments.clips is not None:
        _make(arguments.clips)
    remove_left_over(out.parent, beginnings(out.name))
    (run,) = run_folders(arguments.run, root=arguments.root)
    described = _Described.of(run, arguments.data, say)
    asked = query(run, arguments.known, songs=arguments.songs, pairs=arguments.pairs, say=say)
    table = described.questions(asked)
    with replacing(out) as file:
        file.write(to_csv(table).encode(errors="backslashreplace"))
    if arguments.clips is not None:
        described.write_clips(asked, arguments.clips, say)
    empty = "label" if arguments.songs is not None else "same"
    say(
        f"{len(table)} questions: {out}. Fill in the column {empty}, leave it empty where you do "
        f"not know, then: python -m search choose {run} --known {out}"
    )
    return ExitCode.DONE


def _make(clips: Path) -> None:
    """Make the folder of clips; TaskError where that cannot be."""
    try:
        clips.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TaskError(
            f"--clips {clips} cannot be made ({error.strerror}): name another folder"
        ) from None


def query(
    run: Path,
    files: Sequence[Path] = (),
    *,
    songs: int | None = None,
    pairs: int | None = None,
    say: Callable[[str], None] = lambda sentence: None,
) -> list[tuple[str, ...]]:
    """Return ids of songs, or of two, that are worth asking about.

    Parameters
    ----------
    run : a run folder, which stays as it is.
    files : of what is known already, which is not asked again.
    songs, pairs : how many; give one of the two.

    Raises
    ------
    data.DataError
        When the files name songs that are not in the run, or contradict each other.
    results.ResultsError
        When the run has no clusterings between which is to be told.
    """
    with RunStore.open(run) as store:
        collection = CollectionOfRun.of(store)
        known = read_known(files, collection.ids.tolist(), say) if files else KnownSongs({}, {})
        clusterings = clusterings_kept(store)
    partitions, best = clusterings.partitions, int(clusterings.coherence.argmax())
    running = np.ones(len(partitions), bool)
    if known.ids:
        held = pairs_of(known, collection.ids)
        best, running = chosen(partitions, held, clusterings.coherence)
        say(f"{known} leave {running.sum()} of {len(running)} clusterings in the running.")
    if running.sum() < 2:
        raise ResultsError("One clustering alone is left, which no answer tells from others.")
    unknown = ~collection.among([*known.labels])
    if unknown.sum() < (1 if pairs is None else 2):
        raise ResultsError("Every song is known already: there is nothing left to ask about.")
    if pairs is not None:
        more = pairs + len(known.pairs)
        found = pairs_to_ask(partitions[best], unknown, more, seed=len(known.pairs))
        named: list[tuple[str, ...]] = [
            (str(collection.ids[a]), str(collection.ids[b])) for a, b in found
        ]
        answered = {frozenset(pair) for pair in known.pairs}
        return [pair for pair in named if frozenset(pair) not in answered][:pairs]
    assert songs is not None
    labelled = np.flatnonzero(collection.among([*known.labels]))
    asked = songs_to_ask(partitions, labelled, unknown, songs, seed=len(labelled))
    return [(str(song),) for song in collection.ids[asked]]


@dataclass(frozen=True)
class _Described:
    """What a person knows the songs of a run by.

    Attributes
    ----------
    columns : name -> id of a song -> text; of title, artist and path those that there are.
    """

    columns: dict[str, dict[str, str]]

    @classmethod
    def of(cls, run: Path, source: Path | None, say: Callable[[str], None]) -> _Described:
        """Return it from the run's dataset.csv, or else from the titles that the run keeps."""
        with RunStore.open(run) as store:
            collection, info = CollectionOfRun.of(store), store.info
            trusted = begun_here(info, store.folder)
        ids = collection.ids.tolist()
        columns: dict[str, list[str]] = {}
        try:
            recorded = str(info.get("data", {}).get("folder", ""))
            folder = songs_folder(songs_named(recorded, source, trusted))
            described = describe(folder, collection.ids)
        except DataError as error:
            if source is not None:
                raise
            say(f"Artists and paths are left out: {error}.")
            if collection.titles is not None:
                columns["title"] = collection.titles.tolist()
        else:
            columns = {name: described.columns.get(name, []) for name in _KNOWN_OF_SONG}
            columns["path"] = [str(path or "") for path in described.sounds]
        return cls(
            {name: dict(zip(ids, texts, strict=True)) for name, texts in columns.items() if texts}
        )

    def questions(self, asked: Sequence[tuple[str, ...]]) -> pd.DataFrame:
        """Return the questions as a table with an empty column for the answers."""
        single = len(asked[0]) == 1
        columns: dict[str, list[str]] = {}
        for place, ending in enumerate(("",) if single else ("_a", "_b")):
            columns[f"id{ending}"] = [songs[place] for songs in asked]
        columns["label" if single else "same"] = [""] * len(asked)
        for name, values in self.columns.items():
            for place, ending in enumerate(("",) if single else ("_a", "_b")):
                columns[f"{name}{ending}"] = [values.get(songs[place], "") for songs in asked]
        return pd.DataFrame(columns)

    def write_clips(
        self, asked: Sequence[tuple[str, ...]], clips: Path, say: Callable[[str], None]
    ) -> None:
        """Write a clip of every song that has a sound file, numbered as the questions are."""
        paths = self.columns.get("path", {})
        if not any(paths.values()):
            say("There are no clips: the run's dataset.csv names no sound files (audio_path).")
            return
        written, refused = 0, list[str]()
        for number, songs in enumerate(asked, start=1):
            for song in filter(paths.get, songs):
                called = re.sub(r"[^\w.+-]", "_", song)[:100]
                name = f"{number:03d}-{called}.wav"
                try:
                    write_clip(Path(paths[song]), clips / name)
                    written += 1
                except DataError as error:
                    refused.append(str(error))
        say(f"{written} clips: {clips}.")
        for reason in refused[:3]:
            say(f"No clip: {shortened(reason)}.")
