"""Make a collection of sound files: in parallel, each written at once, continued if stopped."""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from data import arguments, arrays, files, lyrics, remarks
from data.audio import WINDOWS as WINDOW_BOUNDS
from data.audio_model import AudioModel, load_audio_model
from data.duplicates import same_recordings
from data.embedding_journal import (
    Kept,
    keep_up,
    read_kept,
    refuse_other,
    summary,
    write_embeddings,
)
from data.errors import DataError, shortened
from data.growing import growing
from data.growing_embeddings import embed
from data.growing_maps import GrowingMaps
from data.hearing import hear_song, state_of
from data.labels import add_tags, refuse_unknown
from data.log_mel import LogMel, refuse_empty_bins
from data.paths import is_file
from data.prepared import Prepared
from data.remarks import Remark
from data.sources import Sources, from_folders, from_metadata, readable
from data.tags import read_tags
from data.workers import MOST_WORKERS, how_many, in_order, refuse_too_many
from data.writing import writing_to

WINDOWS = 8
"""Most windows per song, unless asked for otherwise."""
_FEWEST_PER_WORKER = 50
"""Starting a worker takes as long as hearing this many songs."""

Progress = Callable[[Iterable[Any], int], Iterable[Any]]


def prepare(
    audio: Path,
    out: Path,
    metadata: Path | None = None,
    lyrics_model: str = lyrics.OFFLINE,
    log_mel: LogMel | None = None,
    windows: int = WINDOWS,
    workers: int | None = None,
    progress: Progress = lambda items, total: items,
    labels: str = "auto",
    drop_duplicates: bool = False,
    audio_model: str | None = None,
) -> Prepared:
    """Make a collection, or go on making it.

    Songs that have a map are not heard again unless their file has changed; those that could not
    be read are tried again.

    Parameters
    ----------
    audio : Path
        The folder of the sound files.
    out : Path
        The folder of the collection.
    metadata : Path, optional
        A CSV with the columns id and audio_path, lyrics if there are any, and labels. Without it
        title, artist, album, year and lyrics are those of the files' own tags.
    lyrics_model : str
        A name that `lyrics.load_model` knows.
    log_mel : LogMel, optional
        Settings of the maps.
    windows : int
        Largest number of windows per song.
    workers : int, optional
        Processes, at most `workers.PER_CORE` per core; by default one per core, as far as there
        is work for them.
    progress : callable
        Wraps the iteration over the songs that are heard, and over those that are embedded;
        called with them and their number.
    labels : str
        Where the genres come from without a CSV: "folders", "tags", or "auto", which takes
        folders if two of them have two songs each.
    drop_duplicates : bool
        Whether to keep of songs that are one recording only the one that is listed first.
    audio_model : str, optional
        An audio model that `audio_model.load_audio_model` knows, to embed the sound by; without
        it embeddings that are there stay, if they are of the same songs.

    Raises
    ------
    DataError
        There are no songs, or none can be read; ``out`` is in use or has songs not listed any
        more; a model is not there, or others made the embeddings that are; an argument is of the
        wrong kind.
    """
    audio, out = arguments.folder("audio", audio), arguments.folder("out", out)
    metadata = None if metadata is None else arguments.folder("metadata", metadata)
    windows = arguments.whole("windows", windows, *WINDOW_BOUNDS)
    if workers is not None:
        workers = arguments.whole("workers", workers, 1, MOST_WORKERS)
    refuse_too_many(workers)
    refuse_unknown(labels)
    if metadata is not None and labels != "auto":
        raise DataError(
            f"labels is {labels}, and with metadata the labels are its columns; give one of both"
        )
    if not isinstance(log_mel, LogMel | None) or not callable(progress):
        raise DataError("log_mel is a data.audio.LogMel or None, and progress a function of two")
    if not isinstance(drop_duplicates, bool):
        raise DataError(
            f"drop_duplicates is {shortened(repr(drop_duplicates), 60)}; give True or False"
        )
    if not os.path.isdir(audio):
        raise DataError(
            f"there is no folder {shortened(audio)}; --audio names the one that holds the songs"
        )
    model = lyrics.load_model(lyrics_model)
    encoder = None if audio_model is None else load_audio_model(audio_model)
    log_mel = log_mel or LogMel()
    refuse_empty_bins(log_mel)
    sources = from_metadata(metadata, audio) if metadata else from_folders(audio)
    settings = {**asdict(log_mel), "windows": windows}
    paths = dict(zip(sources.table["id"], sources.paths, strict=True))
    with growing(out, (log_mel.mels, log_mel.frames), settings, paths) as maps:
        kept = read_kept(out)
        if encoder is not None:
            refuse_other(out, kept, encoder.notes(windows))
        known = {song for song, entry in maps.entries.items() if "row" in entry}
        again = _look_at(maps, paths, tagged=metadata is None)
        done = known - again
        if drop_duplicates:
            done |= _left_out(maps, paths, done)
        to_hear = [(song, path) for song, path in paths.items() if song not in done]
        tasks = [(path, log_mel, windows, metadata is None) for _, path in to_hear]
        used = how_many(workers, len(to_hear), _FEWEST_PER_WORKER)
        with closing(in_order(hear_song, tasks, used)) as heard:
            results = progress(heard, len(to_hear))
            for (song, _), (result, facts) in zip(to_hear, results, strict=True):
                if isinstance(result, str):
                    maps.skip(song, result, facts)
                else:
                    maps.put(song, result, facts)
        if drop_duplicates:
            _leave_out(maps, paths)
        embedded = _embed(maps, kept, encoder, windows, paths, workers, progress, out)
        usable = maps.usable()
        if not usable:
            problem = next(entry["problem"] for entry in maps.entries.values())
            raise DataError(f"none of {len(paths)} songs can be used; the first: {problem}")
        table, said = sources.table, f"labels are the columns of {readable(shortened(metadata))}"
        if metadata is None:
            tags = {song: maps.entries[song].get("tags", {}) for song in paths}
            table, said = add_tags(table, tags, sources.has_text, labels)
        maps.finish(paths, said)
        if embedded:
            write_embeddings(out, kept, maps.usable())
        on_lyrics = _write_rest(out, replace(sources, table=table), maps.usable(), model)
        all_remarks = (*remarks.of_entries(maps.entries.values()), *sources.remarks, *on_lyrics)
        remarks.write(out / files.REMARKS, all_remarks)
    return Prepared(
        len(set(usable) - known),
        len(again & set(usable)),
        maps.entries,
        sources.ignored,
        said,
        all_remarks,
        embedded,
    )


def _look_at(maps: GrowingMaps, paths: Mapping[str, Path], tagged: bool) -> set[str]:
    """Return the songs whose files have changed; note what was not noted of the others."""
    again = set()
    for song in [song for song in maps.entries if "row" in maps.entries[song]]:
        entry, now = maps.entries[song], state_of(paths[song])
        noted = {name: entry[name] for name in now if name in entry}
        if "changed" in entry or (noted and now != noted):
            again.add(song)
            continue
        more: dict[str, Any] = {} if noted else dict(now)
        if tagged and "tags" not in entry:
            more["tags"] = read_tags(paths[song])
        if more:
            maps.add(song, more)
    maps.expect(again)
    return again


def _left_out(maps: GrowingMaps, paths: Mapping[str, Path], done: set[str]) -> set[str]:
    """Return the songs that were left out for one that is there, and have not changed since."""
    return {
        song
        for song, entry in maps.entries.items()
        if entry.get("same_as") in done
        and song in paths
        and state_of(paths[song]) == {name: entry.get(name) for name in ("size", "mtime_ns")}
    }


def _leave_out(maps: GrowingMaps, paths: Mapping[str, Path]) -> None:
    """Leave out every song that is the same recording as one that is listed before it."""
    song_of = {maps.entries[song]["row"]: song for song in maps.usable()}
    place = {song: place for place, song in enumerate(paths)}

    def path_of(row: int) -> Path | None:
        return paths[song_of[row]] if row in song_of else None

    for rows in same_recordings(maps.read(), path_of):
        songs = sorted((song_of[row] for row in rows if row in song_of), key=place.__getitem__)
        for song in songs[1:]:
            maps.leave_out(song, songs[0])


def _embed(
    maps: GrowingMaps,
    kept: Kept,
    encoder: AudioModel | None,
    windows: int,
    paths: Mapping[str, Path],
    workers: int | None,
    progress: Progress,
    out: Path,
) -> str:
    """Embed the songs that have a map, if that is asked for; drop those that cannot be.

    Returns a sentence on the embeddings, "" where there are none by prepare.
    """
    songs = {song: paths[song] for song in maps.usable()}
    if encoder is None:
        return summary(kept, 0) if keep_up(out, kept, songs) else ""
    added, problems = embed(out, kept, encoder, windows, songs, workers, progress)
    for song, problem in problems.items():
        maps.drop(song, problem, {"reason": remarks.reason(problem, str(paths[song]))})
    return summary(kept, added)


def _write_rest(
    out: Path, sources: Sources, songs: list[str], model: lyrics.Model
) -> tuple[Remark, ...]:
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
    remark = model.remark(texts)
    return (Remark("", sentence=remark),) if remark else ()
