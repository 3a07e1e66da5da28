"""What is in a collection, what a search would use of it, and everything that is wrong with it."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from data import arguments, arrays, embeddings, files, lyrics
from data.errors import DataError, shortened
from data.files import Table
from data.journal import Journal, read_journal
from data.loading import (
    DEFAULT_LABEL,
    NOT_LABELS,
    load,
    why_no_label,
    why_too_long,
)
from data.matching import rows_of
from data.oddities import odd_songs
from data.paths import is_file
from data.remarks import Remark, lines, of_entries
from data.songs import PARTS, Songs

SHOWN = 12
"""Most classes that a sentence names; the rest is counted."""
MOST_PROBLEMS = 1_000
"""Most problems that are listed."""

T = TypeVar("T")


@dataclass(frozen=True)
class Findings:
    """Sentences on a collection.

    Parameters
    ----------
    facts : list of str
        What it holds, and what a search would use of it.
    warnings : list of str
        What a search can live with.
    problems : list of str
        What keeps a search from reading it.
    remarks : list of Remark
        What the warnings are of, one by one.
    """

    facts: list[str]
    warnings: list[str]
    problems: list[str]
    remarks: list[Remark] = field(default_factory=list)

    def each(self) -> list[Remark]:
        """Return problems and warnings one by one."""
        return [*(Remark("problem", sentence=each) for each in self.problems), *self.remarks]


def check(
    folder: Path, label: str = DEFAULT_LABEL, group: str | None = None, seed: int = 0
) -> Findings:
    """Look at every file of a collection, and go on where `data.load` would stop.

    Parameters
    ----------
    folder : Path
        Of the collection.
    label : str
        As in `data.load`.
    group : str, optional
        As in `data.load`.
    seed : int
        As in `data.load`.

    Raises
    ------
    DataError
        An argument is of the wrong kind.
    """
    folder = arguments.folder("folder", folder)
    arguments.text("label", label)
    arguments.text("group", "none" if group is None else group)
    arguments.seed(seed)
    problems: list[str] = []

    def attempt(read: Callable[..., T], *arguments: Any, **options: Any) -> T | None:
        try:
            return read(*arguments, **options)
        except DataError as error:
            problems.append(str(error))
            return None

    attempt(files.refuse_unfinished, folder)
    if problems:
        return Findings([], [], problems)

    def report(problem: str) -> None:
        if len(problems) < MOST_PROBLEMS and problem not in problems:
            problems.append(problem)

    read_as: list[str] = []
    table = attempt(files.read_metadata, folder / files.METADATA, report, read_as.append)
    ids = attempt(embeddings.song_ids, folder, report)
    needs_maps = embeddings.maps_expected(folder)
    if ids is not None:
        if needs_maps:
            attempt(arrays.read_numbers, folder / files.SPECTROGRAMS, ids, (2, 3), report)
        attempt(embeddings.read, folder, ids, report)
        if (folder / files.LYRICS).exists():
            attempt(arrays.read_numbers, folder / files.LYRICS, ids, (2,), report)
        if table is not None:
            attempt(rows_of, ids, table["id"])
    elif needs_maps:
        attempt(arrays.open_array, folder / files.SPECTROGRAMS)
    songs = None if problems else attempt(load, folder, label, group, seed)
    if table is None or songs is None:
        return Findings([], [], problems)
    journal = Journal()
    try:
        journal = read_journal(folder)
    except DataError as error:
        read_as.append(str(error))
    rows = rows_of(songs.ids, table["id"])
    used = {name: [values[row] for row in rows] for name, values in table.items()}
    facts = [f"{len(songs)} songs with audio, of {len(table['id'])} listed in {files.METADATA}"]
    facts += [
        _audio(songs),
        *_embedding(folder, songs),
        *_columns(used, songs),
        _lyrics(used, songs),
        *_split(songs),
    ]
    facts += [journal.labels] if journal.labels else []
    remarks = [*of_entries(journal.entries.values()), *_paths(folder, used)]
    remarks += [Remark("", sentence=each) for each in (*read_as, *_long(used))]

    def path_of(row: int) -> Path | None:
        listed = used["audio_path"][row] if "audio_path" in used else ""
        return folder / listed if listed and is_file(folder / listed) else None

    remarks += odd_songs(songs, path_of)
    return Findings(facts, list(lines(remarks)), problems, remarks)


def _audio(songs: Songs) -> str:
    if songs.audio is None:
        return f"audio: none, for {files.SPECTROGRAMS} is not there"
    shape = songs.audio.shape[1:]
    what = f"{shape[0]} features" if len(shape) == 1 else f"maps of {shape[0]} x {shape[1]}"
    return f"audio: {what}, values from {songs.audio.min():.4g} to {songs.audio.max():.4g}"


def _embedding(folder: Path, songs: Songs) -> Iterator[str]:
    if songs.embedding is not None:
        made = f", of {encoder}" if (encoder := embeddings.encoder_of(folder)) else ""
        low, high = songs.embedding.min(), songs.embedding.max()
        width = songs.embedding.shape[1]
        yield f"embeddings: {width} wide{made}, values from {low:.4g} to {high:.4g}"


def _columns(used: Table, songs: Songs) -> Iterator[str]:
    for name, values in used.items():
        if name in songs.labels:
            counts = Counter(value or "(unknown)" for value in values)
            yield f"{name}: {_counted(counts)}"
        elif name not in NOT_LABELS and not why_too_long(values):
            yield f"{name}: no label, for {why_no_label(name, values)}"


def _counted(counts: Counter[str]) -> str:
    shown = ", ".join(f"{value} {count}" for value, count in counts.most_common(SHOWN))
    more = f" and {len(counts) - SHOWN} more" if len(counts) > SHOWN else ""
    return f"{len(counts)} classes: {shown}{more}"


def _lyrics(used: Table, songs: Songs) -> str:
    if songs.lyrics is None:
        return "lyrics: none"
    texts = used.get("lyrics", [])
    scripts = Counter(filter(None, map(lyrics.script_of, texts)))
    shown = "".join(f", {count} in {script} script" for script, count in scripts.most_common())
    n_sung = int(songs.has_lyrics.sum())
    return (
        f"lyrics: {n_sung} songs, {len(songs) - n_sung} without{shown}; "
        f"embeddings {songs.lyrics.shape[1]} wide"
    )


def _split(songs: Songs) -> Iterator[str]:
    sizes = ", ".join(f"{part} {int((songs.split == part).sum())}" for part in PARTS)
    yield f"split: {sizes}"
    yield f"rule: {songs.split_rule}"


def _paths(folder: Path, used: Table) -> Iterator[Remark]:
    for song, path in zip(used["id"], used.get("audio_path", []), strict=False):
        if path and not is_file(folder / path):
            yield Remark(
                f"audio paths lead nowhere from {shortened(folder)}, which a search does not need "
                "but listening does",
                song,
            )


def _long(used: Table) -> Iterator[str]:
    for name, values in used.items():
        if name not in NOT_LABELS and (reason := why_too_long(values)):
            yield (
                f"the column {shortened(name, 40)} is no label, for {reason}; shorten its values "
                "if songs are to be scored by them"
            )
