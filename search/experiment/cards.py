"""What the clusters of a method are like: how they sound, what they sing, what to call them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data.descriptors import in_words
from data.typical_words import typical_words
from search.experiment.maps import MappedMethod

MOST_VALUES = 100
"""Values of a label that may name a cluster; with more, values are as good as single songs."""

_SHARE, _LIFT = 0.5, 1.5
"""A value names a cluster that has this share of it, so many times its share in the collection."""

_NAMING_LABELS, _NAMING_WORDS = 2, 2
"""Of each at most so many in a name."""

_BLOCK = 1_000
"""Maps that are in memory at once."""


@dataclass(frozen=True)
class SongsHeard:
    """What is known of the songs of a run beside their clusters.

    Attributes
    ----------
    labels : label -> (songs,), "" where unknown; the primary one first.
    lyrics : of each song, "" where there are none; None where no song has any.
    descriptors : name -> (songs,); none for songs that are feature vectors.
    """

    labels: Mapping[str, np.ndarray]
    lyrics: Sequence[str] | None
    descriptors: Mapping[str, np.ndarray]


def cards(method: MappedMethod, heard: SongsHeard) -> list[dict[str, object]]:
    """Return the rows of a method in the table `clusters`."""
    names = np.unique(method.clusters[method.clusters >= 0]).tolist()
    words = typical_words(heard.lyrics, method.clusters) if heard.lyrics is not None else {}
    sounds = in_words(heard.descriptors, method.clusters)
    rows = []
    for cluster in names:
        own = method.clusters == cluster
        rows.append(
            {
                **method.columns,
                "cluster": cluster,
                "songs": int(own.sum()),
                "agreement": None if method.agreement is None else method.agreement[own].mean(),
                "name": _name(own, heard.labels, sounds[cluster], words.get(cluster, [])) or None,
                "distinction": sounds[cluster] or None,
                "words": ", ".join(words.get(cluster, [])) or None,
                **{name: float(values[own].mean()) for name, values in heard.descriptors.items()},
            }
        )
    return rows


def mean_spectrograms(maps: np.ndarray, clusters: np.ndarray) -> dict[str, np.ndarray]:
    """Return clusters (k,) and their mean maps (k, mels, frames), as a figure keeps them."""
    names = np.unique(clusters[clusters >= 0])
    means = np.zeros((len(names), *maps.shape[1:]), np.float32)
    for mean, name in zip(means, names, strict=True):
        rows = np.flatnonzero(clusters == name)
        for start in range(0, len(rows), _BLOCK):
            mean += maps[rows[start : start + _BLOCK]].sum(axis=0) / len(rows)
    return {"clusters": names, "spectrograms": means.astype(np.float16)}


def _name(
    own: np.ndarray, labels: Mapping[str, np.ndarray], sounds: str, words: Sequence[str]
) -> str:
    """Return what a cluster may be called: labels, sound, words; "" where nothing stands out."""
    found = [value for values in labels.values() if (value := _commonest(own, values))]
    parts = found[:_NAMING_LABELS]
    if sounds:
        parts.append(sounds.split(" (")[0])
    parts += [f"“{word}”" for word in words[:_NAMING_WORDS]]
    return ", ".join(parts)


def _commonest(own: np.ndarray, values: np.ndarray) -> str:
    """Return the value that most songs of a cluster have and few others do; "" for none."""
    known = values != ""
    if not (known & own).any() or len(np.unique(values[known])) > MOST_VALUES:
        return ""
    named, counts = np.unique(values[known & own], return_counts=True)
    value = named[counts.argmax()]
    share = counts.max() / (known & own).sum()
    overall = (values == value).sum() / known.sum()
    return str(value) if share >= _SHARE and share >= _LIFT * overall else ""
