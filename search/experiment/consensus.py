"""What the best models of a search agree on, scored like a method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data import Songs
from evaluation.base_partitions import base_counts, every_base_count
from evaluation.consensus import Consensus, fit_consensus
from evaluation.guards import columns, measured
from evaluation.honesty import add_coherence_excess, coherence_columns
from evaluation.known_songs import AGREEMENT
from evaluation.score import of_partition
from results.schema import CONSENSUS
from results.store import MEMBERS
from search.experiment.comparison import Finalist
from search.experiment.known import KnownAgreement
from search.experiment.selection import Candidate
from search.study.space import Configuration
from search.tasks.task import Task
from search.trial.inputs import TrialInputs
from search.trial.records import Row, TrialResult

TRIAL = -10_001
"""The number that its rows have, below that of every trial."""

CLUSTERER = "spectral"
"""What divides the songs by how often they are together."""

FEWEST = 2
"""Models that can agree."""

RESAMPLED = 0.8
"""Share of the models that each seed takes, as Monti et al. 2003 take songs."""

_FAILED = 1e3
"""What a guard that failed costs a count: more than any coherence is worth."""

_SPLITS = ("test", "validation")
"""Parts whose songs are scored; the row of a seed is of the first."""


@dataclass(frozen=True)
class OfSeed:
    """What the models that one seed takes agree on.

    Attributes
    ----------
    members : trials whose models took part.
    found : by the count of clusters that was chosen for all seeds.
    agreement : (songs,) share of the votes behind each song's cluster.
    result : rows and clusters, as a trial has them.
    """

    members: Sequence[int]
    found: Consensus
    agreement: np.ndarray
    result: TrialResult

    def arrays(self, count: int) -> dict[str, np.ndarray]:
        """Return plain arrays by which songs find their clusters."""
        return {
            MEMBERS: np.array(self.members, np.int64),
            "counts": np.array(base_counts(count), np.int64),
            **self.found.arrays(),
        }


@dataclass(frozen=True)
class Agreed:
    """The consensus over all seeds."""

    of_seeds: Sequence[OfSeed]
    count: int

    @property
    def method(self) -> Finalist:
        """It, as one of the methods that are compared."""
        configuration = Configuration(CONSENSUS, "", "", {}, CLUSTERER, self.count)
        candidate = Candidate(TRIAL, CONSENSUS, configuration, (), 0.0)
        return Finalist(candidate, [one.result for one in self.of_seeds])


def agree(
    members: Mapping[int, np.ndarray],
    seeds: Sequence[int],
    inputs: TrialInputs,
    songs: Songs,
    task: Task,
    known: KnownAgreement | None = None,
) -> Agreed | None:
    """Return the consensus of some models; None of fewer than two.

    Every seed has its own, of a share of the models. The count of clusters is the one that holds
    in every view: on validation songs coherence is furthest above chance in the view where it is
    so the least, in the mean over seeds. Where songs are known it is the one that agrees best.

    Parameters
    ----------
    members : trial -> (base counts, songs) base clusters.
    """
    if len(members) < FEWEST:
        return None
    tried = []
    for seed in seeds:
        taken = {trial: members[trial] for trial in resampled([*members], seed)}
        tried.append(_Tried(seed, taken, inputs, songs, task, known))
    worth = [one.least if known is None else one.known_agreement for one in tried]
    place = int(np.mean(worth, axis=0).argmax())
    return Agreed([one.at(place) for one in tried], task.counts[place])


def resampled(members: Sequence[int], seed: int) -> list[int]:
    """Return a share of the members, drawn without replacement, in their order."""
    count = max(FEWEST, round(RESAMPLED * len(members)))
    drawn = np.random.default_rng(seed).choice(len(members), count, replace=False)
    return [members[place] for place in np.sort(drawn)]


class _Tried:
    """The consensus of some models at every count of a task.

    Parameters
    ----------
    members : trial -> (base counts, songs) base clusters.
    """

    def __init__(
        self,
        seed: int,
        members: Mapping[int, np.ndarray],
        inputs: TrialInputs,
        songs: Songs,
        task: Task,
        known: KnownAgreement | None,
    ) -> None:
        self._seed, self._members, self._task = seed, members, task
        self._chance = inputs.chance
        bases = every_base_count(task.counts)
        self._places = {base: place for place, base in enumerate(bases)}
        self._found: list[Consensus] = []
        self._clusters: list[np.ndarray] = []
        self._agreement: list[np.ndarray] = []
        self._rows: list[Row] = []
        for count in task.counts:
            votes = self._votes(count)
            found = fit_consensus(votes[:, songs.split == "train"], count, seed)
            clusters, agreement = found.assign(votes)
            self._found.append(found)
            self._clusters.append(clusters)
            self._agreement.append(agreement)
            of_known = {} if known is None else known.columns(clusters[None])[0]
            self._rows += [
                self._row(clusters, count, part, inputs, songs, of_known) for part in _SPLITS
            ]

    @property
    def least(self) -> list[float]:
        """Coherence above chance of the validation songs at every count, where it is least."""
        return [self._least(row) - self._failed(row) for row in self._validation]

    @property
    def known_agreement(self) -> list[float]:
        """Agreement with the known songs at every count."""
        return [float(row[AGREEMENT]) - self._failed(row) for row in self._validation]

    def at(self, place: int) -> OfSeed:
        """Return what is agreed on at the count of this place."""
        rows = [row for row in self._rows if row["n_clusters"] == self._task.counts[place]]
        row = {"family": CONSENSUS, "view": None, "reducer": None, "comparable": None, **rows[0]}
        return OfSeed(
            [*self._members],
            self._found[place],
            self._agreement[place],
            TrialResult(
                row,
                self._rows,
                clusters=self._clusters[place],
                partitions=np.stack(self._clusters),
            ),
        )

    @property
    def _validation(self) -> list[Row]:
        return [row for row in self._rows if row["split"] == "validation"]

    def _failed(self, row: Row) -> float:
        return _FAILED * (row["status"] != "complete")

    def _least(self, row: Row) -> float:
        by_view = coherence_columns(row, self._chance.levels[row["split"]])
        return min(self._chance.above(by_view, row["split"], row["n_clusters"]).values())

    def _votes(self, count: int) -> np.ndarray:
        """Return base clusters (models and base counts, songs) for a consensus in `count`."""
        places = [self._places[base] for base in base_counts(count)]
        return np.concatenate([bases[places] for bases in self._members.values()])

    def _row(
        self,
        clusters: np.ndarray,
        count: int,
        part: str,
        inputs: TrialInputs,
        songs: Songs,
        of_known: Row,
    ) -> Row:
        """Return the scores of one part of the songs, as the table `clusterings` has them."""
        there = songs.split == part
        labels = {label: values[there] for label, values in songs.labels.items()}
        references = {view: space.parts[part] for view, space in inputs.references.items()}
        training = clusters[songs.split == "train"]
        scores = of_partition(
            clusters[there], training, count, references, labels, self._task.label
        )
        row: Row = {
            "trial": TRIAL,
            "role": CONSENSUS,
            "seed": self._seed,
            "split": part,
            "clusterer": CLUSTERER,
            "n_clusters": count,
            "n_clusters_found": len(np.unique(training)),
            **scores,
            **of_known,
            **columns(measured(scores, self._task.guards)),
        }
        add_coherence_excess([row], inputs.chance, part)
        return {**row, "objective": row.get(self._task.objectives[0].column)}
