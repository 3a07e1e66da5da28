"""What known songs choose of a run: a comparison whose first row is the chosen one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from data.known_songs import KnownSongs
from evaluation.external import label_scores
from evaluation.known_songs import AGREEMENT, Choice, choose
from evaluation.queries import songs_to_ask
from results.schema import CONSENSUS
from results.store import RunStore
from search.experiment.clusterings import Clusterings, CollectionOfRun
from search.experiment.comparison import interval
from search.experiment.history import clusterings_of
from search.experiment.known import KnownAgreement
from search.trial.records import Row

SCORED = 100
"""Clusterings whose test songs are held against labels: the chosen and those next to it."""

MOST_ROWS = 5_000
"""Clusterings that a comparison lists, best first."""

ASKED_NEXT = 10
"""Songs that a choice names to be asked about next."""

FEWEST_TEST_SONGS = 20
"""Below so many test songs of which nothing is known, scores against labels say little."""

_DESCRIBED = (
    *("family", "view", "reducer", "comparable", "clusterer", "n_clusters", "latent_size", "beta"),
    *("trial", "role", "coherence", "coherence_excess"),
)


@dataclass(frozen=True)
class Chosen:
    """What known songs chose.

    Attributes
    ----------
    comparison, assignments : rows of these tables, the chosen clustering first.
    choice : how far each clustering agrees.
    clusters : seed -> (songs,) clusters by the chosen one.
    row : the chosen one, as `Clusterings` has it.
    """

    comparison: list[Row]
    assignments: Mapping[str, Any]
    choice: Choice
    clusters: Mapping[int, np.ndarray]
    row: Row


class Choosing:
    """A run whose clusterings are held against known songs.

    Parameters
    ----------
    label : the primary label, whose scores have no label in their names.
    """

    def __init__(
        self,
        store: RunStore,
        collection: CollectionOfRun,
        clusterings: Clusterings,
        known: KnownSongs,
        label: str,
    ) -> None:
        self._store = store
        self._collection = collection
        self._clusterings = clusterings
        self._known = known
        self._label = label
        self._known_agreement = KnownAgreement(known, collection.ids)
        self._trained_again = _trained_again(store)
        self._test = (collection.split == "test") & ~collection.among(known.ids)

    @property
    def test_songs(self) -> int:
        """Test songs of which nothing is known."""
        return int(self._test.sum())

    @cached_property
    def _choice(self) -> Choice:
        return choose(
            self._clusterings.partitions,
            self._known_agreement.pairs,
            self._clusterings.coherence,
        )

    def choose(self, fresh: Mapping[int, np.ndarray] | None = None) -> Chosen:
        """Rank all clusterings; the first is the chosen one.

        Parameters
        ----------
        fresh : seed -> (songs,) clusters by the chosen one, where it was trained again just now.
        """
        found, columns = self._choice, self._known_agreement.columns(self._clusterings.partitions)
        first = int(found.order[0])
        clusters_of_first = dict(fresh) if fresh else self.clusters(first)
        rows = []
        for rank, place in enumerate(found.order[:MOST_ROWS].tolist()):
            own = self._clusterings.rows[place]
            row: Row = {name: own.get(name) for name in _DESCRIBED}
            row |= columns[place]
            row |= {
                "known_agreement_low": float(found.low[place]),
                "known_agreement_high": float(found.high[place]),
                "in_running": bool(found.running[place]),
                "objective": columns[place][AGREEMENT],
                "split": "test",
                "test_songs": self.test_songs,
                "selection": self._known_agreement.selection,
            }
            if rank < SCORED:
                clusters = self.clusters(place) if rank else clusters_of_first
                row |= self._scores([*clusters.values()])
                row["n_seeds"] = len(clusters)
            rows.append(row)
        rows[0]["known_agreement_cross_fitted"] = found.cross_fitted
        rows[0]["verdict"] = self._verdict(found)
        own = self._clusterings.rows[first]
        assigned = self._assigned(own, clusters_of_first)
        return Chosen(rows, assigned, found, clusters_of_first, own)

    def clusters(self, place: int) -> dict[int, np.ndarray]:
        """Return clusters (songs,) by seed: of fresh ones where it was trained on such."""
        row = self._clusterings.rows[place]
        own = {int(row["seed"]): self._clusterings.partitions[place]}
        return dict(self._fresh(row)) or own

    def _fresh(self, row: Row) -> Iterator[tuple[int, np.ndarray]]:
        """Yield seed and clusters (songs,) of a clustering whose model was trained again."""
        for seed, rows in self._trained_again.get(row["trial"], {}).items():
            for place, other in enumerate(rows):
                if all(other[name] == row[name] for name in ("clusterer", "n_clusters")):
                    yield seed, self._store.partitions(row["trial"], seed)[place]

    def _scores(self, partitions: Sequence[np.ndarray]) -> Row:
        """Return scores of test songs against every label: means and intervals over seeds."""
        found: Row = {}
        for label, truth in self._collection.labels.items():
            ending = "" if label == self._label else f"_{label}"
            scores = [label_scores(one[self._test], truth[self._test]) for one in partitions]
            for name in scores[0]:
                values = [one[name] for one in scores]
                known = [value for value in values if value is not None]
                found |= interval(f"{name}{ending}", known) if known else {}
        return found

    def _verdict(self, found: Choice) -> str:
        """Return what is to be said of the choice, in a sentence or two."""
        others = int(found.running.sum()) - 1
        said = (
            f"{self._known} cannot tell it from {others} other clustering{'s' * (others != 1)}"
            if others > 0
            else f"{self._known} tell it from all others"
        )
        if self.test_songs < FEWEST_TEST_SONGS:
            said += f"; only {self.test_songs} test songs are left to judge it by"
        return said

    def _assigned(self, row: Row, clusters: Mapping[int, np.ndarray]) -> Mapping[str, Any]:
        """Return the rows of the table `assignments`, for every seed."""
        songs, seeds = len(self._collection.ids), len(clusters)
        labelled = np.flatnonzero(self._collection.among([*self._known.labels]))
        unknown = ~self._collection.among([*self._known.labels])
        asked = songs_to_ask(
            self._clusterings.partitions, labelled, unknown, ASKED_NEXT, seed=len(labelled)
        )
        rank: list[int | None] = [None] * songs
        for place, song in enumerate(asked.tolist(), start=1):
            rank[song] = place
        return {
            "id": np.tile(self._collection.ids, seeds),
            "split": np.tile(self._collection.split, seeds),
            "method": [str(row["family"])] * songs * seeds,
            "trial": [row["trial"]] * songs * seeds,
            "seed": np.repeat([*clusters], songs),
            "n_clusters": [row["n_clusters"]] * songs * seeds,
            "cluster": np.concatenate([*clusters.values()]),
            "known": np.tile(self._collection.among(self._known.ids), seeds),
            "query_rank": rank * seeds,
        }


def _trained_again(store: RunStore) -> dict[int, dict[int, list[Row]]]:
    """Return rows of validation songs, in the order of their partitions, by trial and seed."""
    found: dict[int, dict[int, list[Row]]] = defaultdict(dict)
    for (role, trial, seed), rows in sorted(clusterings_of(store).items()):
        if role in ("finalist", CONSENSUS) and store.has_partitions(trial, seed):
            found[trial][seed] = [row for row in rows if row["split"] == "validation"]
    return found
