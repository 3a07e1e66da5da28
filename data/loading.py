"""From the files of a folder to Songs: joined by id, checked, labelled and split."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from data import arguments, arrays, embeddings, files
from data.errors import DataError, shortened
from data.files import Table
from data.matching import rows_of
from data.songs import Songs
from data.splits import split

DEFAULT_LABEL = "genre"
DEFAULT_GROUPS = ("artist", "album")
NOT_LABELS = frozenset({"id", "title", "audio_path", "lyrics"})
TAKEN = re.compile(r"split|run|task|gain|low|high|floor|floor_.*|.*_low|.*_high", re.DOTALL)
"""Names of other columns in the tables of results: `split`, or `ari_low` beside `ari`."""
FEWEST_SONGS = 20
LONGEST_LABEL = 200
"""Characters; an array of strings takes four bytes for each of the longest one, in every row."""
LABEL_BYTES = 1 << 31
"""Most bytes that all labels of a collection may take."""


def load(
    folder: str | Path, label: str = DEFAULT_LABEL, group: str | None = None, seed: int = 0
) -> Songs:
    """Read, check and split a collection.

    Parameters
    ----------
    folder : str or Path
        Holds the files (see `data.files`).
    label : str
        The column by which the split is stratified. Only the default may be absent.
    group : str, optional
        The column whose songs stay together in the split; "none" for no such column. By default
        artist, else album, else none.
    seed : int
        Of the split.

    Returns
    -------
    Songs
        In the order of processed_ids.npy. Every further column of dataset.csv is a label, unless
        it has a single value or a different one for more than half of the songs.

    Raises
    ------
    DataError
        Anything in the folder that cannot be used as it is.
    """
    folder = arguments.folder("folder", folder)
    label = arguments.text("label", label)
    group = None if group is None else arguments.text("group", group)
    seed = arguments.seed(seed)
    songs, table = _read(folder)
    if len(songs) < FEWEST_SONGS:
        raise DataError(
            f"{folder} has {len(songs)} songs with audio; at least {FEWEST_SONGS} are needed to "
            "learn from some and test on others"
        )
    group_name = _group_column(table, group)
    groups = None if group_name is None else np.array(list(map(_group, table[group_name])))
    classes = _primary(table, songs.labels, label)
    divided = split(len(songs), groups, classes, seed, group_name or "", label)
    if groups is not None:
        groups = np.where(groups == "", np.char.add("song ", songs.ids), groups)
    return songs.replace(groups=groups, split=divided.assignment, split_rule=divided.rule)


def read(folder: str | Path) -> Songs:
    """Read and check a collection of any size without splitting it: every song is a test song.

    Raises
    ------
    DataError
        Anything in the folder that cannot be used as it is.
    """
    return _read(arguments.folder("folder", folder))[0]


def _read(folder: Path) -> tuple[Songs, Table]:
    """Return the songs, and the columns of dataset.csv with a value for each song, in order."""
    files.refuse_unfinished(folder)
    table = files.read_metadata(folder / files.METADATA)
    ids = embeddings.song_ids(folder)
    audio, embedding = _read_audio(folder, ids), embeddings.read(folder, ids)
    rows = rows_of(ids, table["id"])
    table = {name: [values[row] for row in rows] for name, values in table.items()}
    lyrics, has_lyrics = _read_lyrics(folder, ids, table)
    everything = np.full(len(ids), "test", dtype="<U10")
    labels, titles = labels_of(table), _titles(table)
    songs = Songs(ids, audio, lyrics, has_lyrics, labels, None, everything, "", titles, embedding)
    return songs, table


def _read_audio(folder: Path, ids: np.ndarray) -> np.ndarray | None:
    """Return the spectrograms; None where there are embeddings in their place."""
    if not embeddings.maps_expected(folder):
        return None
    return arrays.read_numbers(folder / files.SPECTROGRAMS, ids, dimensions=(2, 3))


def read_audio(folder: Path, ids: np.ndarray) -> np.ndarray | None:
    """Read the spectrograms of a collection alone; None where it has none.

    Raises
    ------
    DataError
        They cannot be used, or are of other songs than those of these ids.
    """
    if not np.array_equal(embeddings.song_ids(folder), ids):
        raise DataError(f"{folder} has other songs by now; bring back those that it had")
    return _read_audio(folder, ids)


def _titles(table: Table) -> np.ndarray | None:
    """Return the titles, long ones cut; None where there is none."""
    titles = [shortened(title, LONGEST_LABEL) for title in table.get("title", [])]
    return np.array(titles) if any(titles) else None


def labels_of(table: Table) -> dict[str, np.ndarray]:
    """Return the columns that can serve as labels, each (songs,) strings with "" for unknown."""
    labels = {
        name: values
        for name, values in table.items()
        if name not in NOT_LABELS and not why_no_label(name, values)
    }
    needed = sum(4 * len(values) * max(map(len, values)) for values in labels.values())
    if needed > LABEL_BYTES:
        raise DataError(
            f"the labels of {files.METADATA} take {needed / 1e9:.1f} GB and at most "
            f"{LABEL_BYTES / 1e9:.1f} are read; take out columns with long values"
        )
    return {name: np.array(values) for name, values in labels.items()}


def why_no_label(name: str, values: Sequence[str]) -> str:
    """Return a phrase on why a column cannot be a label, or "" if it can."""
    if TAKEN.fullmatch(name):
        return "its name stands for something else in the tables of results; rename it"
    if not name.isprintable():
        return "its name holds characters that cannot be printed; rename it"
    n_distinct = len(set(values) - {""})
    if n_distinct < 2:
        return "it has " + ("a single value" if n_distinct else "no values")
    if 2 * n_distinct > len(values):
        return f"it has {n_distinct} different values for {len(values)} songs"
    return why_too_long(values)


def why_too_long(values: Sequence[str]) -> str:
    """Return a phrase on the longest value if it is too long for a label, else ""."""
    longest = max(map(len, values), default=0)
    if longest <= LONGEST_LABEL:
        return ""
    return f"it has a value of {longest:,} characters, and a label has at most {LONGEST_LABEL}"


def _read_lyrics(
    folder: Path, ids: np.ndarray, table: Table
) -> tuple[np.ndarray | None, np.ndarray]:
    path = folder / files.LYRICS
    if not path.exists():
        return None, np.zeros(len(ids), bool)
    lyrics = arrays.read_numbers(path, ids, dimensions=(2,))
    has_lyrics = np.asarray(lyrics.any(axis=1))
    texts = table.get("lyrics", [])
    if any(texts):  # a column without a single text says nothing
        has_lyrics = has_lyrics & np.array([bool(text) for text in texts])
    lyrics[~has_lyrics] = 0
    return (lyrics if has_lyrics.any() else None), has_lyrics


def _group_column(table: Table, group: str | None) -> str | None:
    if group is None:
        group = next((name for name in DEFAULT_GROUPS if name in table), "none")
    if group == "none":
        return None
    if group not in table:
        raise DataError(
            f"{files.METADATA} has no column {shortened(group)!r} to group by; there are "
            f"{shortened(', '.join(table), 500)}, or choose none"
        )
    return group


def _group(value: str) -> str:
    """Return what stands for a group: its value, or the start and the digest of a long one.

    Every row of an array of strings takes the memory of the longest.
    """
    if len(value) <= LONGEST_LABEL:
        return value
    digest = hashlib.sha256(value.encode()).hexdigest()
    return f"{value[:LONGEST_LABEL]} {digest}"


def _primary(table: Table, labels: dict[str, np.ndarray], label: str) -> np.ndarray | None:
    if label in labels:
        return labels[label]
    if label == DEFAULT_LABEL:
        return None
    known = shortened(", ".join(labels), 500) or "no others"
    label = shortened(label)
    if label not in table:
        raise DataError(f"{files.METADATA} has no column {label!r}; its labels are {known}")
    reason = why_no_label(label, table[label]) or "it describes one song alone"
    raise DataError(f"{label!r} cannot be the label, for {reason}; the labels are {known}")
