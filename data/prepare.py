"""Make a collection of sound files: in parallel, each written at once, continued if stopped."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data import arguments, arrays, files, lyrics
from data.audio import WINDOWS as WINDOW_BOUNDS
from data.audio import Heard, hear
from data.errors import DataError, printable, shortened
from data.growing import JOURNAL, Entry, growing
from data.log_mel import LogMel, refuse_empty_bins
from data.paths import is_file
from data.sources import Sources, from_folders, from_metadata, readable
from data.workers import MOST_WORKERS, how_many, in_order
from data.writing import writing_to

WINDOWS = 8
"""Most windows per song, unless asked for otherwise."""
_FEWEST_PER_WORKER = 50
"""Starting a worker takes as long as hearing this many songs."""

FACTS = {
    "short": "shorter than a map, followed by silence",
    "silent": "silent throughout",
    "clipped": "clipped: too loud for their format",
}

Progress = Callable[[Iterable[Any], int], Iterable[Any]]


@dataclass(frozen=True)
class Prepared:
    """What a call of `prepare` did.

    Parameters
    ----------
    added : int
        Songs that this call heard; the others were there.
    entries : dict of str to Entry
        By id: row, short, silent and clipped of those that can be used, problem of the others.
    ignored : int
        Files that are neither sound nor lyrics.
    remarks : tuple of str
        Sentences on the lyrics model, the workers, and files that could not be read.
    """

    added: int
    entries: dict[str, Entry]
    ignored: int
    remarks: tuple[str, ...]

    def lines(self, where: str, most: int = 10) -> Iterator[str]:
        """Yield what a person should know, with the first few songs that were skipped."""
        entries = self.entries.values()
        problems = [entry["problem"] for entry in entries if "problem" in entry]
        n_songs = len(entries) - len(problems)
        yield f"{n_songs} songs, {self.added} of them new, {len(problems)} skipped: {where}"
        yield from (f"  skipped: {problem}" for problem in problems[:most])
        if len(problems) > most:
            yield f"  and {len(problems) - most} more, all in {where}/{JOURNAL}"
        for fact, meaning in FACTS.items():
            count = sum(entry.get(fact, False) for entry in entries)
            if count:
                yield f"  {count} {meaning}"
        if self.ignored:
            yield f"  {self.ignored} other files ignored, neither sound nor lyrics"
        yield from self.remarks[:most]
        if len(self.remarks) > most:
            yield f"  and {len(self.remarks) - most} more remarks"


def prepare(
    audio: Path,
    out: Path,
    metadata: Path | None = None,
    lyrics_model: str = lyrics.OFFLINE,
    log_mel: LogMel | None = None,
    windows: int = WINDOWS,
    workers: int | None = None,
    progress: Progress = lambda items, total: items,
) -> Prepared:
    """Make a collection, or go on making it.

    Songs that have a map are not heard again; those that could not be read are tried again.

    Parameters
    ----------
    audio : Path
        The folder of the sound files; its folders are the genres if there is no ``metadata``.
    out : Path
        The folder of the collection.
    metadata : Path, optional
        A CSV with the columns id and audio_path, lyrics if there are any, and labels.
    lyrics_model : str
        A name that `lyrics.load_model` knows.
    log_mel : LogMel, optional
        Settings of the maps.
    windows : int
        Largest number of windows per song.
    workers : int, optional
        Processes; by default one per core, as far as there is work for them, and never more than
        two per core.
    progress : callable
        Wraps the iteration over the songs that are heard; called with them and their number.

    Raises
    ------
    DataError
        There are no songs, or none can be read; ``out`` is in use or has songs not listed any
        more; the lyrics model is not there; an argument is of the wrong kind.
    """
    audio, out = arguments.folder("audio", audio), arguments.folder("out", out)
    metadata = None if metadata is None else arguments.folder("metadata", metadata)
    windows = arguments.whole("windows", windows, *WINDOW_BOUNDS)
    if workers is not None:
        workers = arguments.whole("workers", workers, 1, MOST_WORKERS)
    if not isinstance(log_mel, LogMel | None) or not callable(progress):
        raise DataError("log_mel is a data.audio.LogMel or None, and progress a function of two")
    if not os.path.isdir(audio):
        raise DataError(
            f"there is no folder {shortened(audio)}; --audio names the one that holds the songs"
        )
    model = lyrics.load_model(lyrics_model)
    log_mel = log_mel or LogMel()
    refuse_empty_bins(log_mel)
    sources = from_metadata(metadata, audio) if metadata else from_folders(audio)
    settings = {**asdict(log_mel), "windows": windows}
    paths = dict(zip(sources.table["id"], sources.paths, strict=True))
    with growing(out, (log_mel.mels, log_mel.frames), settings, paths) as maps:
        to_hear = [(song, path) for song, path in paths.items() if song not in maps.rows]
        used = how_many(workers, len(to_hear), _FEWEST_PER_WORKER)
        tasks = [(path, log_mel, windows) for _, path in to_hear]
        before = len(maps.rows)
        with closing(in_order(_hear, tasks, used)) as heard:
            results = progress(heard, len(to_hear))
            for (song, _), result in zip(to_hear, results, strict=True):
                if isinstance(result, str):
                    maps.skip(song, result)
                else:
                    facts = {name: getattr(result, name) for name in FACTS}
                    maps.append(song, result.map, facts)
        if not maps.rows:
            problem = next(entry["problem"] for entry in maps.entries.values())
            raise DataError(f"none of {len(paths)} songs can be used; the first: {problem}")
        remarks = _write_rest(out, sources, list(maps.rows), model)
    entries = {song: maps.entries[song] for song in paths}
    if workers and used < min(workers, len(to_hear)):
        remarks = (*remarks, f"{used} workers were used, not {workers}: two per core at most")
    return Prepared(
        len(maps.rows) - before, entries, sources.ignored, (*remarks, *sources.remarks)
    )


def _hear(path: Path, log_mel: LogMel, windows: int) -> Heard | str:
    try:
        return hear(path, log_mel, windows)
    except DataError as error:
        return str(error)
    except (OSError, RuntimeError, ValueError, MemoryError) as error:
        # one odd file must not stop the others
        reason = shortened(f"{error or type(error).__name__}")
        problem = f"{shortened(path)} cannot be heard ({reason}); leave it out or export it again"
        return printable(problem)


def _write_rest(
    out: Path, sources: Sources, songs: list[str], model: lyrics.Model
) -> tuple[str, ...]:
    """Write what belongs to the maps, and return remarks on the lyrics."""
    table = dict(sources.table)
    table["audio_path"] = [
        readable(os.path.relpath(path, out)) if is_file(path) else listed
        for path, listed in zip(sources.paths, table["audio_path"], strict=True)
    ]
    files.write_metadata(out / files.METADATA, table)
    arrays.write_array(out / files.IDS, np.array(songs))
    row_of = {song: row for row, song in enumerate(table["id"])}
    texts = [table["lyrics"][row_of[song]] for song in songs] if "lyrics" in table else []
    if not any(texts):
        with writing_to(out):
            (out / files.LYRICS).unlink(missing_ok=True)
        return ()
    arrays.write_array(out / files.LYRICS, model.embed(texts))
    return tuple(filter(None, [model.remark(texts)]))
