"""What is odd about songs that can be read: the same twice, what tells nothing, what tells all."""

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from data import views
from data.duplicates import PathOf, same_recordings
from data.remarks import Remark
from data.songs import Songs

_DETERMINED = 0.95
"""Homogeneity from which one column counts as determining another."""
_SHOWN = 12
"""Most features that a sentence names; the rest is left out."""
_MOST_FEATURES = 1024
"""Wider vectors are not searched for features that give a label away."""
_TWIN = 0.02
"""Two vectors closer than this share of the usual distance to the nearest are one recording."""


def odd_songs(songs: Songs, path_of: PathOf = lambda row: None) -> Iterator[Remark]:
    """Yield what a person should know of songs before a search.

    Parameters
    ----------
    songs : Songs
        What a search would read.
    path_of : callable
        Where the sound of a song is, as in `duplicates.same_recordings`.
    """
    yield from _twins(songs, path_of)
    for sentence in (*_constant(songs), *_determined(songs), *_given_away(songs)):
        yield Remark("", sentence=sentence)


def _twins(songs: Songs, path_of: PathOf) -> Iterator[Remark]:
    sound = _sound(songs)
    if sound.ndim == 3:
        groups = same_recordings(sound, path_of)
        pairs = [(group[0], other) for group in groups for other in group[1:]]
    else:
        pairs = _near_vectors(sound)
    apart = sum(songs.split[a] != songs.split[b] for a, b in pairs)
    kind = (
        f"pairs of songs are the same recording, {apart} of them in two parts of the split; "
        "remove one of each"
    )
    for a, b in pairs:
        yield Remark(kind, f"{songs.ids[a]} = {songs.ids[b]}")


def _sound(songs: Songs) -> np.ndarray:
    """Return the audio; the embedding of songs that have no other."""
    sound = songs.embedding if songs.audio is None else songs.audio
    assert sound is not None
    return sound


def _near_vectors(vectors: np.ndarray) -> list[tuple[int, int]]:
    """Find copies of vectors, exact or nearly so; lossy coding changes more than this."""
    from sklearn.decomposition import PCA
    from sklearn.neighbors import NearestNeighbors

    points = views.fit("standard", vectors).apply(vectors)
    if points.shape[1] > 16:
        with np.errstate(divide="ignore", invalid="ignore"):  # shares of no variance: equal songs
            points = PCA(min(16, len(points)), random_state=0).fit_transform(points)
    distances, neighbours = NearestNeighbors(n_neighbors=2).fit(points).kneighbors()
    close = np.flatnonzero(distances[:, 0] <= _TWIN * np.median(distances[:, 0]))
    found = {(row, int(neighbours[row, 0])) for row in close.tolist()}
    return sorted({(min(pair), max(pair)) for pair in found})


def _constant(songs: Songs) -> Iterator[str]:
    sound = _sound(songs.part("train"))
    scale = views.fit_standard(sound)["scale"]
    constant = np.flatnonzero(scale == 0)
    if constant.size:
        what = "mel bins" if sound.ndim == 3 else "features"
        shown = ", ".join(map(str, constant[:_SHOWN]))
        yield (
            f"{constant.size} {what} never change in training songs (from 0: {shown}"
            f"{', ...' if constant.size > _SHOWN else ''}); they tell nothing and are set to 0"
        )


def _determined(songs: Songs) -> Iterator[str]:
    for one, other in permutations(songs.labels, 2):
        if _homogeneity(songs.labels[other], songs.labels[one]) > _DETERMINED:
            yield (
                f"{one} determines {other}: do not put {one} into a model that is scored by "
                f"{other}, and expect a clustering by one to look like one by the other"
            )


def _given_away(songs: Songs) -> Iterator[str]:
    sound = _sound(songs)
    if sound.ndim == 3 or sound.shape[1] > _MOST_FEATURES:
        return
    for name, label in songs.labels.items():
        found = [
            feature
            for feature, values in enumerate(sound.T)
            if _homogeneity(label, _intervals(values, label)) > _DETERMINED
        ]
        if found:
            yield (
                f"feature {', '.join(map(str, found[:_SHOWN]))} (from 0) gives {name} away; "
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
