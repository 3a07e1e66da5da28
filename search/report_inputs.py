"""What a report shows of the songs: their maps, what their clusters are like, clips of some.

A search makes it once, at its end, and keeps it in the run folder, from which alone reports are
drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import numpy as np

from data import DataError, Songs
from data.clips import mp3_clip
from data.descriptions import Descriptions, describe
from data.descriptors import descriptors, settings_of
from data.errors import shortened
from data.loading import read_audio
from data.paths import is_file
from evaluation.exemplars import Exemplars, exemplars
from evaluation.projections import project
from results.disk import StoreError
from results.store import RunStore
from search.backend.side_work import side_by_side
from search.experiment.cards import SongsHeard, cards, mean_spectrograms
from search.experiment.clusterings import CollectionOfRun
from search.experiment.maps import joined, map_columns, mapped_methods
from search.tasks.task import Task

CLIPS = 120
"""Clips of a run, by default: with them a report stays below 8 MB."""

MOST_CLIPS = 10_000
SECONDS = 3.0
"""Length of a clip."""

_REFUSED_SHOWN = 3
"""Songs of which it is said why there is no clip."""


def keep_report_inputs(
    store: RunStore,
    songs: Songs,
    folder: Path,
    task: Task,
    clips: int,
    say: Callable[[str], None],
    stop: Callable[[], bool],
) -> None:
    """Write the tables `map` and `clusters`, mean spectrograms, and clips, to a run folder.

    Where that fails it is said, for the tables of the search are whole without them.

    Parameters
    ----------
    songs : with the inputs that the task takes.
    folder : the collection, where sound files and lyrics are named, and where the maps of songs
        that are given by embeddings alone lie, if they have any.
    clips : how many songs are to be heard, at most.
    stop : whether to leave it, as when the search is interrupted.

    Raises
    ------
    results.disk.StoreError
        When the run folder cannot be written.
    """
    with _saying_why_not(store.folder, say):
        collection = CollectionOfRun.of(store)
        methods = mapped_methods(store, collection.ids, task)
        if not methods:
            return
        try:
            described = describe(folder, collection.ids)
        except DataError as error:
            say(f"Artists, lyrics and clips are left out of the report: {error}.")
            described = Descriptions(folder, {})
        artists, sounds = described.texts("artist"), described.sounds
        groups = None if artists is None else np.array(artists)
        look_at = [exemplars(one.codes, one.clusters, one.agreement, groups) for one in methods]
        wanted = _worth_hearing(methods[0].clusters, look_at, sounds, clips)
        if clips and not wanted and any(sounds):
            say("There are no clips: the sound files that dataset.csv names are not there.")
        heard = dict(_clips(store, collection.ids, sounds, wanted, say, stop))
        store.remove_clips(but=heard.values())
        calls = [(one.codes, "umap" in task.reducers) for one in methods]
        points = dict(side_by_side(project, calls, stop))
        if len(points) < len(methods):
            return  # interrupted
        maps = _maps(songs, folder, say)
        known = SongsHeard(
            _labels(collection, task),
            described.texts("lyrics"),
            {} if maps is None else descriptors(maps, settings_of(folder, maps)),
        )
        store.append("clusters", [row for method in methods for row in cards(method, known)])
        laid = [
            map_columns(method, collection, points[place], look_at[place], artists, heard)
            for place, method in enumerate(methods)
        ]
        store.append("map", joined(laid))
        if maps is not None:
            store.save_figure("clusters", mean_spectrograms(maps, methods[0].clusters))


def _maps(songs: Songs, folder: Path, say: Callable[[str], None]) -> np.ndarray | None:
    """Return the maps of the songs, whether the task takes them or not; None without any."""
    maps = songs.audio
    if maps is None:
        try:
            maps = read_audio(folder, songs.ids)
        except DataError as error:
            say(f"What clusters sound like is left out of the report: {error}.")
    return maps if maps is not None and maps.ndim == 3 else None


@contextmanager
def _saying_why_not(folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Say what goes wrong in the block, and go on; but raise where the folder is not written."""
    try:
        yield
    except StoreError:
        raise
    except Exception as error:
        say(
            f"The map of the songs could not be made ({type(error).__name__}: {error}). The "
            f"tables are whole; `python -m search resume {folder}` tries again."
        )


def _labels(collection: CollectionOfRun, task: Task) -> dict[str, np.ndarray]:
    """Return the labels of the songs, the primary one first."""
    order = sorted(collection.labels, key=lambda name: name != task.label)
    return {name: collection.labels[name] for name in order}


def _worth_hearing(
    clusters: np.ndarray,
    look_at: Sequence[Mapping[int, Exemplars]],
    sounds: Sequence[Path | None],
    most: int,
) -> list[int]:
    """Return rows of songs whose sound files are there, those that say most first.

    Exemplars and borders of the first method, those of the others, then songs of each of the
    first method's clusters in turn.
    """
    first = [row for method in look_at for one in method.values() for row in one.rows]
    random = np.random.default_rng(0).permutation(len(clusters))
    turn = np.zeros(len(clusters), np.int64)
    for cluster in np.unique(clusters):
        own = random[clusters[random] == cluster]
        turn[own] = np.arange(len(own))
    rest = random[np.argsort(turn[random], kind="stable")]
    rows = dict.fromkeys([*first, *rest.tolist()]) if sounds else {}
    there = (row for row in rows if (path := sounds[row]) is not None and is_file(path))
    return [*islice(there, most)]


def _clips(
    store: RunStore,
    ids: np.ndarray,
    sounds: Sequence[Path | None],
    rows: Sequence[int],
    say: Callable[[str], None],
    stop: Callable[[], bool],
) -> Iterator[tuple[int, str]]:
    """Yield row and path, in the run folder, of the clip of every song that has one."""
    refused = []
    calls = [(sounds[row], SECONDS) for row in rows]
    for place, (sound, reason) in side_by_side(_heard, calls, stop):
        if sound:
            yield rows[place], store.save_clip(str(ids[rows[place]]), sound)
        else:
            refused.append(reason)
    for reason in refused[:_REFUSED_SHOWN]:
        say(f"No clip: {shortened(reason)}.")
    if len(refused) > _REFUSED_SHOWN:
        say(f"{len(refused) - _REFUSED_SHOWN} more songs have no clip.")


def _heard(source: Path, seconds: float) -> tuple[bytes, str]:
    """Return the clip of a sound file; or why there is none, for one in a hundred is broken."""
    try:
        return mp3_clip(source, seconds), ""
    except DataError as error:
        return b"", str(error)
