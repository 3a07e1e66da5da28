"""How far the clusterings of a run agree with songs of which a person has said what they are."""

from __future__ import annotations

from collections import Counter

import numpy as np

from data.known_songs import KnownSongs
from evaluation.known_songs import AGREEMENT, KnownPairs, agreement
from search.study.space import Configuration
from search.trial.records import Row, TrialResult, index_of


def pairs_of(known: KnownSongs, ids: np.ndarray) -> KnownPairs:
    """Return what is known of songs as pairs of rows of a collection with these ids (songs,)."""
    row = {song: place for place, song in enumerate(ids.tolist())}
    return KnownPairs.of(
        np.array([row[song] for song in known.labels], np.int64),
        np.array([*known.labels.values()], str),
        np.array([[row[a], row[b]] for a, b in known.pairs], np.int64).reshape(-1, 2),
        np.array([*known.pairs.values()], bool),
    )


class KnownAgreement:
    """What the known songs of a collection say of clusterings.

    Parameters
    ----------
    ids : (songs,) of the collection.

    Attributes
    ----------
    pairs : all that is known, as pairs of rows.
    selection : how something is called that they chose.
    """

    def __init__(self, known: KnownSongs, ids: np.ndarray) -> None:
        self.pairs = pairs_of(known, ids)
        self.selection = f"chosen with {known}"
        parts = {
            "known_ari": KnownSongs(known.labels, {}),
            "known_pairs": KnownSongs({}, known.pairs),
        }
        self._by_column = {
            AGREEMENT: self.pairs,
            **{column: pairs_of(part, ids) for column, part in parts.items() if part.ids},
        }

    def columns(self, partitions: np.ndarray) -> list[Row]:
        """Return the columns of agreement of each partition (m, songs)."""
        values = {
            column: agreement(partitions, pairs)[:, 0].tolist()
            for column, pairs in self._by_column.items()
        }
        return [dict(zip(values, one, strict=True)) for one in zip(*values.values(), strict=True)]

    def add(self, result: TrialResult, configuration: Configuration) -> None:
        """Put the columns into the rows of a result that has its partitions."""
        if result.partitions is None:
            return
        found = self.columns(result.partitions)
        met: Counter[str] = Counter()
        for row in result.clusterings:
            row |= found[met[row["split"]]]
            met[row["split"]] += 1
        asked_for = index_of(result.clusterings, configuration)
        result.row |= {name: result.clusterings[asked_for][name] for name in self._by_column}
