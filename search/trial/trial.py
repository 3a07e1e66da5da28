"""One trial as a plain function: a configuration and songs in, rows and arrays out. No Ray."""

from __future__ import annotations

import time
from collections.abc import Generator, Mapping, Sequence

import numpy as np

from data import Songs
from evaluation.assignment import to_arrays
from evaluation.clusterers import CLUSTERERS, Fitted
from evaluation.curves import add_coherence_excess, add_curves
from evaluation.guards import failures, in_words
from evaluation.honesty import HONESTY, add_honesty
from evaluation.latent import effective_rank, total_correlation
from evaluation.reducers import REDUCERS, FittedReducer
from evaluation.score import OWN, OwnClusters, Scores, score
from models import FAMILIES, Assigns, Encoder, Epoch, Schedule, dump
from models.diagnostics import diagnose
from search.study.pruning import rungs
from search.study.space import Configuration
from search.tasks.task import Task
from search.trial.inputs import TrialInputs, ViewedSongs
from search.trial.intermediate import intermediate_score
from search.trial.reconstructions import pictures
from search.trial.records import (
    IntermediateResult,
    Split,
    TrialResult,
    TrialSpec,
    describe,
    finalize,
    index_of,
    initial_row,
)

CLUSTERER, REDUCER = "clusterer", "reducer"
"""Groups of arrays kept with a finalist."""


def run(spec: TrialSpec, inputs: TrialInputs, task: Task) -> TrialResult:
    """Run one trial to its end in this process."""
    trial = steps(spec, inputs, task)
    while True:
        try:
            next(trial)
        except StopIteration as end:
            return end.value


def steps(
    spec: TrialSpec, inputs: TrialInputs, task: Task
) -> Generator[Epoch | IntermediateResult, None, TrialResult]:
    """Run one trial, yielding after each epoch; an exception becomes a failed result.

    With a scheduler, a searched trial also yields how it stands at its rungs.
    """
    result = TrialResult(initial_row(spec))
    try:
        yield from complete(spec, inputs, task, result)
    except Exception as error:  # a bad trial must not end the search
        result.row |= {"status": "failed", "error": describe(error)}
        result.codes = result.clusters = result.model = result.pictures = None
        result.clusterings = []
    return result


def complete(
    spec: TrialSpec, inputs: TrialInputs, task: Task, result: TrialResult
) -> Generator[Epoch | IntermediateResult, None, None]:
    """Train, encode and score, filling in `result` on the way."""
    configuration = spec.configuration
    viewed = inputs.viewed[configuration.view]
    looks = rungs(task, configuration) if spec.role == "search" else {}
    clock = time.perf_counter()
    fitting = FAMILIES[configuration.family].fit(
        viewed.parts["train"],
        viewed.parts["validation"],
        spec.settings,
        spec.seed,
        Schedule(task.epochs, task.early_stopping, task.widest, tuple(looks)),
    )
    while True:
        try:
            epoch = next(fitting)
        except StopIteration as end:
            encoder: Encoder = end.value
            break
        result.epochs.append({**spec.columns, **epoch.columns})
        yield epoch
        if epoch.codes is not None:
            value = intermediate_score(epoch.codes, inputs, task, spec.seed)
            spent = time.perf_counter() - clock
            yield IntermediateResult(looks[epoch.epoch], value, ended_early(result, spent))
    trained = time.perf_counter()
    codes = {part: encoder.encode(songs) for part, songs in viewed.parts.items()}
    if not all(np.isfinite(some).all() for some in codes.values()):
        raise ArithmeticError("the codes are not finite: lower learning_rate")
    reducer = REDUCERS[configuration.reducer].fit(codes["train"], spec.seed)
    spaces = seen_through(reducer, codes)
    reported = spec.splits[0]
    figures = diagnose(
        encoder, codes[reported], viewed.parts[reported], viewed.train_means, spec.seed
    )
    of_model = failures(figures)
    del figures["shuffle_drop"]
    for split in spec.splits:
        scores = score(
            spaces["train"],
            spaces[split],
            inputs.reference.parts[split],
            {} if spec.role == "null" else viewed.parts[split].labels,
            task.label,
            *clusterings_of(spec, task),
            spec.seed,
            own_clusters(encoder, configuration, viewed.parts["train"], viewed.parts[split]),
        )
        asked_for = index_of(scores.rows, configuration)
        hold_against_chance(scores, asked_for, spaces, split, spec, inputs, task)
        failed = [[*of_model, *failures(row)] for row in scores.rows]
        result.failures += failed
        result.clusterings += [
            {**spec.columns, **row, "split": split, "guard": in_words(some)}
            for row, some in zip(scores.rows, failed, strict=True)
        ]
    if spec.role != "null":
        result.codes = in_order(codes, inputs)
    if spec.role == "finalist":
        fitted = scores.fitted[asked_for]
        result.partitions = scores.assignments.astype(np.int16)
        result.clusters = in_order(clusters_of(fitted, spaces, encoder, viewed), inputs)
        kept = {REDUCER: reducer.arrays()}
        if isinstance(fitted, Fitted):
            kept[CLUSTERER] = to_arrays(fitted.rule)
        result.model = dump(
            encoder, viewed.presentation, kept, reducer=configuration.reducer, seed=spec.seed
        )
    if spec.pictures:
        result.pictures = pictures(encoder, viewed.parts["test"], task.label)
    result.row |= figures | {
        "effective_rank": effective_rank(codes[reported]),
        "total_correlation": total_correlation(codes[reported]),
        "epochs": len(result.epochs),
        "train_seconds": trained - clock,
        "score_seconds": time.perf_counter() - trained,
    }
    finalize(result, configuration)


def hold_against_chance(
    scores: Scores,
    asked_for: int,
    spaces: Mapping[str, np.ndarray],
    split: Split,
    spec: TrialSpec,
    inputs: TrialInputs,
    task: Task,
) -> None:
    """Add the scores that tell clusters from chance: to the row told, or where they are needed."""
    if spec.role == "null":
        return
    rows = scores.rows
    pair = spaces["train"], spaces[split]
    name = rows[asked_for]["clusterer"]
    takes_count = name != OWN and CLUSTERERS[str(name)].takes_count
    if spec.curves and split == "validation" and takes_count:
        alike = [place for place, row in enumerate(rows) if row["clusterer"] == name]
        add_curves(
            [rows[place] for place in alike],
            scores.assignments[alike],
            *pair,
            inputs.reference.parts[split],
            inputs.null_dispersions,
            spec.seed,
        )
    else:
        everywhere = {objective.column for objective in task.objectives} & {*HONESTY}
        add_honesty(rows if everywhere else [rows[asked_for]], *pair, spec.seed)
    if split == "validation":
        dear = rows if spec.role == "finalist" else [rows[asked_for]]
        size = spaces["train"].shape[1]
        add_coherence_excess(dear, inputs.null_collections, size, split, spec.seed)


def ended_early(result: TrialResult, seconds: float) -> TrialResult:
    """What is left of a trial that ends after the epochs it has."""
    row = {"status": "pruned", "epochs": len(result.epochs), "train_seconds": seconds}
    return TrialResult(result.row | row | {"score_seconds": 0.0}, epochs=list(result.epochs))


def clusterings_of(spec: TrialSpec, task: Task) -> tuple[Sequence[str], Sequence[int]]:
    """Clusterers and counts to score: all of the task's, or a finalist's own clusterer."""
    if spec.role not in ("finalist", "null"):
        return task.clusterers, task.counts
    clusterer = spec.configuration.clusterer
    counts = task.counts if spec.role == "finalist" else [spec.configuration.n_clusters]
    return [] if clusterer == OWN else [clusterer], counts


def seen_through(reducer: FittedReducer, codes: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Codes of every part as the clusterers see them."""
    return {
        part: reducer.embedding if part == "train" else reducer.transform(some)
        for part, some in codes.items()
    }


def own_clusters(
    encoder: Encoder, configuration: Configuration, train: Songs, scored: Songs
) -> OwnClusters | None:
    """The encoder's own clusters of the training and the scored songs, if it has such."""
    if not isinstance(encoder, Assigns):
        return None
    count = int(configuration.settings["n_components"])
    return OwnClusters(count, encoder.assign(train), encoder.assign(scored))


def clusters_of(
    fitted: Fitted | OwnClusters,
    spaces: Mapping[str, np.ndarray],
    encoder: Encoder,
    viewed: ViewedSongs,
) -> dict[str, np.ndarray]:
    """Clusters of the songs of every part."""
    if isinstance(fitted, Fitted):
        return {part: fitted.predict(space) for part, space in spaces.items()}
    assert isinstance(encoder, Assigns)
    return {part: encoder.assign(songs) for part, songs in viewed.parts.items()}


def in_order(parts: Mapping[str, np.ndarray], inputs: TrialInputs) -> np.ndarray:
    """Arrays of the parts as one array with rows as in the collection."""
    first = next(iter(parts.values()))
    whole = np.empty((inputs.count, *first.shape[1:]), first.dtype)
    for part, rows in inputs.rows.items():
        whole[rows] = parts[part]
    return whole
