"""The comparison table: every method's scores on songs it never saw, over fresh seeds.

Finalists are chosen by their objective on validation songs and judged on test songs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from data import Songs
from evaluation.agreement import mean_agreement, seed_stability
from evaluation.confounds import better_explained_by
from evaluation.null_collections import nothing_found
from evaluation.significance import Difference, holm, mean_interval, paired_bootstrap, verdict
from evaluation.suggestion import suggest
from results.schema import TABLES
from search.experiment.selection import Candidate
from search.tasks.task import Task
from search.trial.records import Row, TrialResult, index_of

DESCRIBED = (
    *("family", "view", "reducer", "comparable", "clusterer", "n_clusters", "latent_size", "beta"),
    *("trial", "role"),
)
JUDGED_AGAINST = "pca"
SUPERVISED = "supervised selection"


@dataclass(frozen=True)
class Finalist:
    """A configuration on its fresh seeds.

    Attributes
    ----------
    candidate : what it was in the search.
    trial_results : one per seed that did not fail.
    """

    candidate: Candidate
    trial_results: Sequence[TrialResult]

    @property
    def family(self) -> str:
        """The family of its encoders."""
        return self.candidate.configuration.family

    @property
    def trained(self) -> bool:
        """Whether it was a trial of the search, which a consensus of others was not."""
        return len(self.candidate.values) > 0

    @property
    def on_validation(self) -> float:
        """Mean objective on validation songs, by which it is chosen; NaN where it has none."""
        clusterings = [_validation_rows(result) for result in self.trial_results]
        asked_for = [rows[index_of(rows, self.candidate.configuration)] for rows in clusterings]
        values = [row.get("objective") for row in asked_for]
        return float(np.mean([np.nan if value is None else value for value in values]))

    @property
    def guarded(self) -> int:
        """Seeds on which a guard failed."""
        return sum(result.row["status"] == "infeasible" for result in self.trial_results)


def _validation_rows(result: TrialResult) -> list[Row]:
    """Return the clusterings of validation songs."""
    return [row for row in result.clusterings if row["split"] == "validation"]


def methods(finalists: Sequence[Finalist], task: Task) -> list[Finalist]:
    """Return the best finalist of each family on validation songs, best first.

    One of which guards failed on half of the seeds or more comes after all others.
    """
    sign = 1 if task.objectives[0].direction == "maximize" else -1
    order = sorted(
        finalists,
        key=lambda one: (
            2 * one.guarded >= len(one.trial_results),
            np.isnan(one.on_validation),
            -sign * np.nan_to_num(one.on_validation),
        ),
    )
    best: dict[str, Finalist] = {}
    for finalist in order:
        best.setdefault(finalist.family, finalist)
    return list(best.values())


def compare(
    finalists: Sequence[Finalist],
    null_collections: Sequence[TrialResult],
    songs: Songs,
    task: Task,
) -> list[Row]:
    """Return one row per method, best first.

    Parameters
    ----------
    null_collections : results of the best method's configuration on songs without clusters, by
        which it and a consensus are judged; may be none yet.

    Returns
    -------
    rows : settings, mean and interval of every score on test songs, and what they say.
    """
    order = methods(finalists, task)
    rows = [described(finalist, task) for finalist in order]
    judge(rows, order, songs, task)
    nulls = [result.row["coherence_excess"] for result in null_collections]
    winner = next((one for one in order if one.trained), None)
    for row, one in zip(rows, order, strict=True):
        found = row["coherence_excess"] if one is winner or not one.trained else None
        if found is not None and len(nulls) > 1 and nothing_found(found, np.array(nulls)):
            row["verdict"] = verdict(None, 1.0, found=False)
    for row in rows:
        ami = {label: row.get(_column_of("ami", label, task)) for label in songs.labels}
        row["warnings"] = " ".join(better_explained_by(ami, task.label)) or None
    return rows


def with_mean_agreement(
    finalists: Sequence[Finalist], validation: np.ndarray
) -> Iterator[tuple[TrialResult, list[Row]]]:
    """Yield every finalist's result with its clusterings, which have `mean_agreement` now.

    It is, for validation songs at each cluster count, how far a clustering agrees with all
    others, the seeds of all finalists.

    Parameters
    ----------
    validation : (songs,) which songs are for validation.
    """
    results = [result for finalist in finalists for result in finalist.trial_results]
    validated = [_validation_rows(result) for result in results]
    found = [np.full(len(rows), np.nan) for rows in validated]
    at_count: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for place, rows in enumerate(validated):
        for index, row in enumerate(rows):
            at_count[row["n_clusters"]].append((place, index))
    for alike in at_count.values():
        partitions = [_partitions(results[place])[index, validation] for place, index in alike]
        for (place, index), value in zip(alike, mean_agreement(np.array(partitions)), strict=True):
            found[place][index] = value
    for result, values in zip(results, found, strict=True):
        given = iter(values.tolist())
        yield (
            result,
            [
                {**row, "mean_agreement": next(given)} if row["split"] == "validation" else row
                for row in result.clusterings
            ],
        )


def _partitions(result: TrialResult) -> np.ndarray:
    """Return what a finalist made of the songs, a row a clustering of validation songs."""
    assert result.partitions is not None
    return result.partitions


def _column_of(score: str, label: str, task: Task) -> str:
    """Return the column of a score against one label."""
    return score if label == task.label else f"{score}_{label}"


def described(finalist: Finalist, task: Task) -> Row:
    """Settings and scores of one method."""
    rows = [result.row for result in finalist.trial_results]
    scores: Row = {}
    for name in rows[0]:
        if TABLES["comparison"].find(f"{name}_low"):
            scores |= interval(name, [row[name] for row in rows if row.get(name) is not None])
    counts, low, high = _count_suggested(finalist)
    return {
        **{name: rows[0].get(name) for name in DESCRIBED},
        **scores,
        "objective": None if np.isnan(finalist.on_validation) else finalist.on_validation,
        "optimism": (
            finalist.candidate.values[0] - finalist.on_validation if finalist.trained else None
        ),
        "seed_stability": seed_stability(partitions(finalist)) if len(rows) > 1 else None,
        "n_clusters_suggested": counts,
        "n_clusters_suggested_low": low,
        "n_clusters_suggested_high": high,
        "n_seeds": len(rows),
        "n_infeasible": finalist.guarded,
        "split": "test",
        "selection": SUPERVISED if task.objectives[0].supervised else None,
    }


def _count_suggested(finalist: Finalist) -> tuple[int, int, int] | tuple[None, None, None]:
    """Return the count whose coherence is furthest above chance, and those about as good."""
    curves = []
    for result in finalist.trial_results:
        rows = [
            row for row in _validation_rows(result) if row["clusterer"] == result.row["clusterer"]
        ]
        if any(row.get("coherence_excess") is None for row in rows):
            return None, None, None
        curves.append([row["coherence_excess"] for row in rows])
    found = suggest([row["n_clusters"] for row in rows], np.array(curves))
    return found.count, found.low, found.high


def judge(rows: Sequence[Row], order: Sequence[Finalist], songs: Songs, task: Task) -> None:
    """Put into the rows how their test ARI differs from PCA's, and a verdict in words."""
    differences: dict[int, Difference] = {}
    baseline = next((one for one in order if one.family == JUDGED_AGAINST), None)
    truth = songs.labels.get(task.label)
    if baseline is not None and truth is not None:
        test = songs.split == "test"
        groups = None if songs.groups is None else songs.groups[test]
        theirs = _on_test(baseline, test)
        for place, finalist in enumerate(order):
            if finalist is baseline:
                continue
            found = paired_bootstrap(
                _on_test(finalist, test), theirs, truth[test], groups, task.seed
            )
            if found is not None:
                differences[place] = found
    adjusted = holm([found.p_value for found in differences.values()])
    p_values = dict(zip(differences, adjusted, strict=True))
    for place, (row, finalist) in enumerate(zip(rows, order, strict=True)):
        difference = differences.get(place)
        if difference is not None:
            row |= {
                "ari_gain": difference.mean,
                "ari_gain_low": difference.low,
                "ari_gain_high": difference.high,
                "p_value": p_values[place],
            }
        row["verdict"] = (
            "what the others are held against"
            if finalist is baseline and differences
            else verdict(difference, p_values.get(place, 1.0))
        )


def _on_test(finalist: Finalist, test: np.ndarray) -> np.ndarray:
    """Return clusters (seeds, n) of the test songs."""
    return partitions(finalist)[:, test]


def partitions(finalist: Finalist) -> np.ndarray:
    """Return clusters (seeds, songs) of all songs."""
    return np.array([result.clusters for result in finalist.trial_results])


def interval(name: str, values: Sequence[float]) -> Mapping[str, Any]:
    """Return mean and Student's 95 % interval of the mean; one value alone has no interval."""
    bounds = TABLES["comparison"].declared(name).bounds
    mean, low, high = mean_interval(values, bounds) if values else (None, None, None)
    return {name: mean, f"{name}_low": low, f"{name}_high": high}
