"""The journal of the embeddings of the sound, and the files that are made of it.

``audio_embeddings.jsonl`` has a line on the model, then one for each batch: its songs, what tells
whether their files have changed, and their vectors. A batch is there as a whole or not at all, and
after a kill the same batches follow, so that the vectors are the same to the last bit.
``audio_embeddings.npy`` is made of it at the end, in the order of the songs.
"""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from data import arrays, embeddings
from data.errors import DataError, shortened
from data.files import EMBEDDING_IDS, EMBEDDING_NOTES, EMBEDDINGS, IDS, OF_EMBEDDINGS
from data.hearing import state_of
from data.journal import line
from data.paths import why_no_file
from data.writing import replacing

VECTORS = "audio_embeddings.jsonl"
"""Name of the journal of the embeddings."""
_SONGS_PER_LINE = 1000
"""Where the journal is written anew."""


@dataclass
class Kept:
    """What a journal holds.

    Parameters
    ----------
    notes : dict
        On the model; empty if there is no journal.
    vectors : dict of str to ndarray of float32, shape (width,)
        By song.
    states : dict of str to dict
        What `hearing.state_of` said of the file of each song when it was heard.
    size : int
        Bytes up to the end of the last line that is complete.
    lines : int
        Number of songs in all lines, those that were heard again counted again.
    """

    notes: dict[str, Any] = field(default_factory=dict)
    vectors: dict[str, np.ndarray] = field(default_factory=dict)
    states: dict[str, dict[str, int]] = field(default_factory=dict)
    size: int = 0
    lines: int = 0

    def add(
        self, songs: Sequence[str], states: Sequence[dict[str, int]], rows: np.ndarray
    ) -> None:
        """Take in a batch."""
        self.vectors.update(zip(songs, rows, strict=True))
        self.states.update(zip(songs, states, strict=True))
        self.lines += len(songs)

    def lacking(self, paths: Mapping[str, Path]) -> list[str]:
        """Return the songs without a vector that is of their file as it is now."""
        return [song for song, path in paths.items() if self.states.get(song) != state_of(path)]


def read_kept(folder: Path) -> Kept:
    """Read the journal of the embeddings of a collection, without a torn last line.

    Raises
    ------
    DataError
        It cannot be read.
    """
    path, kept = folder / VECTORS, Kept()
    if not os.path.lexists(path):
        return kept
    if reason := why_no_file(path):
        raise DataError(f"{path} {reason}; remove it, and {EMBEDDINGS}")
    arrays.refuse_beyond_memory(path, path.stat().st_size)
    try:
        with path.open("rb") as file:
            for each in file:
                if not each.endswith(b"\n"):
                    break
                said = json.loads(each)
                if kept.notes:
                    _take(kept, said)
                elif type(said["width"]) is int and said["width"] > 0:
                    kept.notes = said
                kept.size += len(each)
        sound = bool(kept.notes) or not kept.size
    except (ValueError, KeyError, TypeError, RecursionError):
        sound = False
    if not sound:
        raise DataError(f"{path} is damaged; remove it, and {EMBEDDINGS}")
    return kept


def _take(kept: Kept, said: Mapping[str, Any]) -> None:
    """Take in a line."""
    values = np.frombuffer(b64decode(said["vectors"], validate=True), "<f4")
    rows = values.reshape(len(said["songs"]), kept.notes["width"])
    songs = [song["id"] for song in said["songs"]]
    if not all(isinstance(song, str) for song in songs):
        raise ValueError
    states = [{key: song[key] for key in song if key != "id"} for song in said["songs"]]
    kept.add(songs, states, rows)


def refuse_other(folder: Path, kept: Kept, notes: Mapping[str, Any]) -> None:
    """Raise a DataError if the embeddings that are there are not made in the way of these notes.

    What a model is called does not matter: a folder may have moved.
    """
    if not _are_ours(folder, kept):
        raise DataError(
            f"{folder} has audio embeddings that prepare has not made, which are left alone; "
            f"remove {', '.join((*OF_EMBEDDINGS, VECTORS))}, or leave --audio-model out"
        )
    differing = [key for key in notes if key != "model" and kept.notes.get(key) != notes[key]]
    if kept.notes and differing:
        raise DataError(
            f"{folder} has audio embeddings by {_name(kept)}, and --audio-model "
            f"{shortened(notes['model'])} makes others ({', '.join(differing)} differ); use that "
            f"one, remove {EMBEDDINGS}, {EMBEDDING_NOTES} and {VECTORS}, or choose another --out"
        )


def _are_ours(folder: Path, kept: Kept) -> bool:
    """Return whether the files of embeddings are those of the journal, or are not there."""
    if not any(os.path.lexists(folder / name) for name in OF_EMBEDDINGS):
        return True
    if not kept.notes or os.path.lexists(folder / EMBEDDING_IDS):
        return False
    notes = folder / EMBEDDING_NOTES
    if why_no_file(notes) or notes.read_bytes() != _text(kept.notes):
        return False
    return not os.path.lexists(folder / EMBEDDINGS) or (
        arrays.open_array(folder / EMBEDDINGS).shape[1:] == (kept.notes["width"],)
    )


def _text(notes: Mapping[str, Any]) -> bytes:
    """Return the notes as they are written for people."""
    return json.dumps(notes, ensure_ascii=False, indent=2).encode() + b"\n"


def batch_line(songs: Sequence[str], states: Sequence[dict[str, int]], rows: np.ndarray) -> bytes:
    """Return a line of the journal."""
    listed = [{"id": song, **state} for song, state in zip(songs, states, strict=True)]
    vectors = b64encode(np.ascontiguousarray(rows, "<f4").tobytes()).decode()
    return line({"songs": listed, "vectors": vectors})


def keep_up(folder: Path, kept: Kept, paths: Mapping[str, Path]) -> bool:
    """Return whether there are embeddings by prepare, and raise a DataError if they are stale.

    Parameters
    ----------
    folder : Path
        Of the collection, whose `files.IDS` are not yet written anew.
    kept : Kept
        What is there.
    paths : mapping of str to Path
        The songs that have a map, in the order of their rows.
    """
    if kept.notes and _are_ours(folder, kept):
        lacking = kept.lacking(paths)
        if lacking:
            raise DataError(
                f"{folder} has audio embeddings by {_name(kept)}, and {len(lacking)} songs are "
                f"new or have changed, the first {shortened(lacking[0])!r}; run this again with "
                f"--audio-model {_name(kept)}, or remove {EMBEDDINGS}, {EMBEDDING_NOTES} and "
                f"{VECTORS}"
            )
        return True
    if embeddings.is_there(folder) and embeddings.own_ids(folder) is None:
        before = arrays.read_ids(folder / IDS).tolist() if os.path.lexists(folder / IDS) else None
        if before != list(paths):
            raise DataError(
                f"{folder / EMBEDDINGS} has rows as {IDS} had them, and the songs are others now; "
                "make it anew for these songs, or remove it"
            )
    return False


def write_embeddings(folder: Path, kept: Kept, songs: Sequence[str]) -> None:
    """Write the embeddings of these songs, and what is to be known of them.

    Vectors of other songs, and those of files that have changed since, are dropped.
    """
    rows = np.stack([kept.vectors[song] for song in songs])
    with replacing(folder / EMBEDDING_NOTES, "wb") as file:
        file.write(_text(kept.notes))
    arrays.write_array(folder / EMBEDDINGS, rows)
    if kept.lines > len(songs):
        with replacing(folder / VECTORS, "wb") as journal:
            journal.write(line(kept.notes))
            for start in range(0, len(songs), _SONGS_PER_LINE):
                names = songs[start : start + _SONGS_PER_LINE]
                states = [kept.states[song] for song in names]
                journal.write(batch_line(names, states, rows[start : start + _SONGS_PER_LINE]))


def summary(kept: Kept, added: int) -> str:
    """Return a sentence on the embeddings."""
    return (
        f"audio embeddings of {kept.notes['width']} numbers by {_name(kept)} "
        f"({kept.notes['architecture']}), {added} of them new"
    )


def _name(kept: Kept) -> str:
    return shortened(kept.notes.get("model", "an unknown model"))
