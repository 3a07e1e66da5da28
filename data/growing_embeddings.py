"""Embed the sound of songs by a frozen audio model, batch by batch, so that a kill loses none."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from data.audio_model import BATCH, AudioModel, filled
from data.embedding_journal import VECTORS, Kept, batch_line
from data.errors import DataError, shortened
from data.hearing import hear_song_windows
from data.journal import line
from data.workers import how_many, in_order
from data.writing import growing_file, writing_to

_FEWEST_PER_WORKER = 50
"""Songs that take about as long to read as a worker takes to start."""

Progress = Callable[[Iterable[Any], int], Iterable[Any]]


def embed(
    folder: Path,
    kept: Kept,
    model: AudioModel,
    windows: int,
    paths: Mapping[str, Path],
    workers: int | None,
    progress: Progress,
) -> tuple[int, dict[str, str]]:
    """Embed the songs that have no vector yet, and keep each batch at once.

    Parameters
    ----------
    folder : Path
        Of the collection, which nobody else is writing to.
    kept : Kept
        What is there; it gets the new vectors.
    model : AudioModel
    windows : int
        Largest number of windows per song.
    paths : mapping of str to Path
        The songs.
    workers : int, optional
        As for `prepare`.
    progress : callable
        Wraps the iteration over the songs that are embedded.

    Returns
    -------
    tuple
        Number of songs that were embedded, and why others could not be, by song.

    Raises
    ------
    DataError
        The model gives no finite values for any of the first songs, or as `AudioModel.encode`.
    """
    songs = kept.lacking(paths)
    problems: dict[str, str] = {}
    batch: list[tuple[str, dict[str, int], np.ndarray]] = []
    with growing_file(folder / VECTORS) as file:
        _begin(file, folder, kept, model.notes(windows))

        def encode() -> None:
            heard = [pieces for _, _, pieces in batch]
            rows = _means(model.encode(np.concatenate(heard)), [len(each) for each in heard])
            usable = np.isfinite(rows).all(axis=1)
            if not usable.any() and not kept.vectors:
                raise DataError(
                    f"--audio-model {shortened(model.name)} gives values that are NaN or infinite "
                    f"for every song so far, the first {shortened(batch[0][0])!r}; give another "
                    "model"
                )
            for row in np.flatnonzero(~usable):
                problems[batch[row][0]] = (
                    f"{shortened(paths[batch[row][0]])} makes {shortened(model.name)} give values "
                    "that are NaN or infinite; leave it out, or use another model"
                )
            good = [batch[row] for row in np.flatnonzero(usable)]
            if good:
                names, states = [song for song, _, _ in good], [state for _, state, _ in good]
                with writing_to(folder):
                    file.write(batch_line(names, states, rows[usable]))
                    file.flush()
                kept.add(names, states, rows[usable])
            batch.clear()

        tasks = [(paths[song], model.rate, model.samples, windows) for song in songs]
        used = how_many(workers, len(songs), _FEWEST_PER_WORKER)
        with closing(in_order(hear_song_windows, tasks, used)) as results:
            for song, (heard, state) in zip(songs, progress(results, len(songs)), strict=True):
                if isinstance(heard, str):
                    problems[song] = heard
                    continue
                pieces = np.stack([filled(piece, model.samples) for piece in heard])
                batch.append((song, state, pieces))
                if sum(len(each) for _, _, each in batch) >= BATCH:
                    encode()
            if batch:
                encode()
    return len(songs) - len(problems), problems


def _begin(file: BinaryIO, folder: Path, kept: Kept, notes: dict[str, Any]) -> None:
    """Cut the journal to its last complete line; begin it with the notes if it is new."""
    with writing_to(folder):
        file.truncate(kept.size)
        file.seek(kept.size)
        if not kept.notes:
            file.write(line(notes))
            file.flush()
            kept.notes = notes


def _means(rows: np.ndarray, counts: Sequence[int]) -> np.ndarray:
    """Return the mean of the windows of each song."""
    ends = np.cumsum(counts)[:-1]
    return np.stack([each.mean(axis=0) for each in np.split(rows, ends)]).astype(np.float32)
