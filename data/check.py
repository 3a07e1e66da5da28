"""What is in a collection, what a search would use of it, and everything that is wrong with it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from data import arguments, arrays, files, lyrics, views
from data.errors import DataError, shortened
from data.files import Table
from data.growing import read_journal
from data.loading import (
    DEFAULT_LABEL,
    NOT_LABELS,
    load,
    rows_of,
    why_no_label,
    why_too_long,
)
from data.paths import is_file
from data.songs import PARTS, Songs

DETERMINED = 0.95
"""Homogeneity from which one column counts as determining another."""
SHOWN = 12
"""Most classes or songs that a sentence names; the rest is counted."""
MOST_PROBLEMS = 1_000
"""Most problems that are listed."""
MOST_FEATURES = 1024
"""Wider vectors are not searched for features that give a label away."""
TWIN = 0.02
"""Two songs closer than this share of the usual distance to the nearest are one recording."""

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
    """

    facts: list[str]
    warnings: list[str]
    problems: list[str]


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
        if len(problems) < MOST_PROBLEMS:
            problems.append(problem)

    table = attempt(files.read_metadata, folder / files.METADATA, report)
    ids = attempt(arrays.read_ids, folder / files.IDS, report)
    if ids is not None:
        attempt(arrays.read_numbers, folder / files.SPECTROGRAMS, ids, (2, 3), report)
        if (folder / files.LYRICS).exists():
            attempt(arrays.read_numbers, folder / files.LYRICS, ids, (2,), report)
        if table is not None:
            attempt(rows_of, ids, table["id"])
    else:
        attempt(arrays.open_array, folder / files.SPECTROGRAMS)
    songs = None if problems else attempt(load, folder, label, group, seed)
    if table is None or songs is None:
        return Findings([], [], problems)
    rows = rows_of(songs.ids, table["id"])
    used = {name: [values[row] for row in rows] for name, values in table.items()}
    facts = [f"{len(songs)} songs with audio, of {len(table['id'])} listed in {files.METADATA}"]
    facts += [_audio(songs), *_columns(used, songs), _lyrics(used, songs), *_split(songs)]
    warnings = [*_preparation(folder), *_paths(folder, used), *_long(used), *_twins(songs)]
    warnings += [*_constant(songs), *_determined(songs), *_given_away(songs)]
    return Findings(facts, warnings, problems)


def _audio(songs: Songs) -> str:
    shape = songs.audio.shape[1:]
    what = f"{shape[0]} features" if len(shape) == 1 else f"maps of {shape[0]} x {shape[1]}"
    return f"audio: {what}, values from {songs.audio.min():.4g} to {songs.audio.max():.4g}"


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


def _preparation(folder: Path) -> Iterator[str]:
    from data.prepare import FACTS

    try:
        _, entries = read_journal(folder)
    except DataError as error:
        yield str(error)
        return
    for entry in entries.values():
        if "problem" in entry:
            yield f"song {entry['id']!r} was skipped: {entry['problem']}"
    for fact, meaning in FACTS.items():
        songs = [song for song, entry in entries.items() if entry.get(fact)]
        if songs:
            yield f"{_named(songs)}: {meaning}"


def _named(songs: Iterable[str]) -> str:
    names = list(songs)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{len(names)} songs ({', '.join(names[:SHOWN])}{more})"


def _paths(folder: Path, used: Table) -> Iterator[str]:
    paths = [path for path in used.get("audio_path", []) if path]
    lost = [path for path in paths if not is_file(folder / path)]
    if lost:
        yield (
            f"{len(lost)} of {len(paths)} audio paths lead nowhere from {folder}, the first "
            f"{shortened(lost[0])}; a search does not need them, listening does"
        )


def _long(used: Table) -> Iterator[str]:
    for name, values in used.items():
        if name not in NOT_LABELS and (reason := why_too_long(values)):
            yield (
                f"the column {shortened(name, 40)} is no label, for {reason}; shorten its values "
                "if songs are to be scored by them"
            )


def _twins(songs: Songs) -> Iterator[str]:
    """Find copies of a recording, exact or nearly so; lossy coding changes more than this."""
    from sklearn.decomposition import PCA
    from sklearn.neighbors import NearestNeighbors

    audio = songs.audio
    if audio.ndim == 3:
        audio = np.concatenate([audio.mean(axis=2), audio.std(axis=2)], axis=1)
    points = views.fit("standard", audio).apply(audio)
    if points.shape[1] > 16:
        with np.errstate(divide="ignore", invalid="ignore"):  # shares of no variance: equal songs
            points = PCA(min(16, len(points)), random_state=0).fit_transform(points)
    distances, neighbours = NearestNeighbors(n_neighbors=2).fit(points).kneighbors()
    close = np.flatnonzero(distances[:, 0] <= TWIN * np.median(distances[:, 0]))
    pairs = sorted({tuple(sorted((row, int(neighbours[row, 0])))) for row in close.tolist()})
    if pairs:
        shown = ", ".join(f"{songs.ids[a]} = {songs.ids[b]}" for a, b in pairs[:SHOWN])
        apart = sum(songs.split[a] != songs.split[b] for a, b in pairs)
        yield (
            f"{len(pairs)} pairs of songs are the same recording, {apart} of them in two parts of "
            f"the split ({shown}{', ...' if len(pairs) > SHOWN else ''}); remove one of each"
        )


def _constant(songs: Songs) -> Iterator[str]:
    scale = views.fit_standard(songs.part("train").audio)["scale"]
    constant = np.flatnonzero(scale == 0)
    if constant.size:
        what = "mel bins" if songs.audio.ndim == 3 else "features"
        shown = ", ".join(map(str, constant[:SHOWN]))
        yield (
            f"{constant.size} {what} never change in training songs (from 0: {shown}"
            f"{', ...' if constant.size > SHOWN else ''}); they tell nothing and are set to 0"
        )


def _determined(songs: Songs) -> Iterator[str]:
    for one, other in permutations(songs.labels, 2):
        if _homogeneity(songs.labels[other], songs.labels[one]) > DETERMINED:
            yield (
                f"{one} determines {other}: do not put {one} into a model that is scored by "
                f"{other}, and expect a clustering by one to look like one by the other"
            )


def _given_away(songs: Songs) -> Iterator[str]:
    if songs.audio.ndim == 3 or songs.audio.shape[1] > MOST_FEATURES:
        return
    for name, label in songs.labels.items():
        found = [
            feature
            for feature, values in enumerate(songs.audio.T)
            if _homogeneity(label, _intervals(values, label)) > DETERMINED
        ]
        if found:
            yield (
                f"feature {', '.join(map(str, found[:SHOWN]))} (from 0) gives {name} away; "
                f"leave it out if it was made from {name}"
            )


def _intervals(values: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Cut a feature where it tells the label best, into intervals of five or more songs."""
    from sklearn.tree import DecisionTreeClassifier

    most = 2 * len(set(label.tolist()))
    tree = DecisionTreeClassifier(max_leaf_nodes=most, min_samples_leaf=5, random_state=0)
    return tree.fit(values[:, None], label).apply(values[:, None])


def _homogeneity(label: np.ndarray, given: np.ndarray) -> float:
    """Return how far ``given`` determines ``label``, 0 to 1, where the label is known."""
    from sklearn.metrics import homogeneity_score

    known = label != ""
    if len(set(label[known].tolist())) < 2:
        return 0.0
    return float(homogeneity_score(label[known], given[known]))
