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
from evaluation.reducers import HEADS, FittedHead
from evaluation.score import OWN, OwnClusters, Scores, score
from models import FAMILIES, Assigns, Encoder, Epoch, Schedule, dump
from models.diagnostics import diagnose
from search.study.pruning import rungs
from search.study.space import Configuration
from search.tasks.task import Task
from search.trial.inputs import Bench, Shown
from search.trial.intermediate import intermediate_score
from search.trial.reconstructions import pictures
from search.trial.records import Ask, Outcome, Rung, Split, begin, describe, position, settle

CLUSTERER, HEAD = "clusterer", "head"
"""Groups of arrays kept with a finalist."""


def run(ask: Ask, bench: Bench, task: Task) -> Outcome:
    """Run one trial to its end in this process."""
    trial = steps(ask, bench, task)
    while True:
        try:
            next(trial)
        except StopIteration as end:
            return end.value


def steps(ask: Ask, bench: Bench, task: Task) -> Generator[Epoch | Rung, None, Outcome]:
    """Run one trial, yielding after each epoch; an exception becomes a failed outcome.

    With a scheduler, a searched trial also yields how it stands at its rungs.
    """
    outcome = Outcome(begin(ask))
    try:
        yield from complete(ask, bench, task, outcome)
    except Exception as error:  # a bad trial must not end the search
        outcome.row |= {"status": "failed", "error": describe(error)}
        outcome.codes = outcome.clusters = outcome.model = outcome.pictures = None
        outcome.clusterings = []
    return outcome


def complete(
    ask: Ask, bench: Bench, task: Task, outcome: Outcome
) -> Generator[Epoch | Rung, None, None]:
    """Train, encode and score, filling in `outcome` on the way."""
    configuration = ask.configuration
    shown = bench.shown[configuration.view]
    looks = rungs(task, configuration) if ask.role == "search" else {}
    clock = time.perf_counter()
    fitting = FAMILIES[configuration.family].fit(
        shown.parts["train"],
        shown.parts["validation"],
        ask.settings,
        ask.seed,
        Schedule(task.epochs, task.early_stopping, task.widest, tuple(looks)),
    )
    while True:
        try:
            epoch = next(fitting)
        except StopIteration as end:
            encoder: Encoder = end.value
            break
        outcome.epochs.append({**ask.columns, **epoch.columns})
        yield epoch
        if epoch.codes is not None:
            value = intermediate_score(epoch.codes, bench, task, ask.seed)
            spent = time.perf_counter() - clock
            yield Rung(looks[epoch.epoch], value, ended_early(outcome, spent))
    trained = time.perf_counter()
    codes = {part: encoder.encode(songs) for part, songs in shown.parts.items()}
    if not all(np.isfinite(some).all() for some in codes.values()):
        raise ArithmeticError("the codes are not finite: lower learning_rate")
    head = HEADS[configuration.head].fit(codes["train"], ask.seed)
    spaces = seen_through(head, codes)
    reported = ask.splits[0]
    figures = diagnose(
        encoder, codes[reported], shown.parts[reported], shown.train_means, ask.seed
    )
    of_model = failures(figures)
    del figures["shuffle_drop"]
    for split in ask.splits:
        scores = score(
            spaces["train"],
            spaces[split],
            bench.reference.parts[split],
            {} if ask.role == "surrogate" else shown.parts[split].labels,
            task.label,
            *clusterings_of(ask, task),
            ask.seed,
            own_clusters(encoder, configuration, shown.parts["train"], shown.parts[split]),
        )
        told = position(scores.rows, configuration)
        hold_against_chance(scores, told, spaces, split, ask, bench, task)
        failed = [[*of_model, *failures(row)] for row in scores.rows]
        outcome.failures += failed
        outcome.clusterings += [
            {**ask.columns, **row, "split": split, "guard": in_words(some)}
            for row, some in zip(scores.rows, failed, strict=True)
        ]
    if ask.role != "surrogate":
        outcome.codes = in_order(codes, bench)
    if ask.role == "finalist":
        fitted = scores.fitted[told]
        outcome.partitions = scores.assignments.astype(np.int16)
        outcome.clusters = in_order(clusters_of(fitted, spaces, encoder, shown), bench)
        kept = {HEAD: head.arrays()}
        if isinstance(fitted, Fitted):
            kept[CLUSTERER] = to_arrays(fitted.rule)
        outcome.model = dump(
            encoder, shown.presentation, kept, head=configuration.head, seed=ask.seed
        )
    if ask.pictures:
        outcome.pictures = pictures(encoder, shown.parts["test"], task.label)
    outcome.row |= figures | {
        "effective_rank": effective_rank(codes[reported]),
        "total_correlation": total_correlation(codes[reported]),
        "epochs": len(outcome.epochs),
        "train_seconds": trained - clock,
        "score_seconds": time.perf_counter() - trained,
    }
    settle(outcome, configuration)


def hold_against_chance(
    scores: Scores,
    told: int,
    spaces: Mapping[str, np.ndarray],
    split: Split,
    ask: Ask,
    bench: Bench,
    task: Task,
) -> None:
    """Add the scores that tell clusters from chance: to the row told, or where they are needed."""
    if ask.role == "surrogate":
        return
    rows = scores.rows
    pair = spaces["train"], spaces[split]
    name = rows[told]["clusterer"]
    takes_count = name != OWN and CLUSTERERS[str(name)].takes_count
    if ask.curves and split == "validation" and takes_count:
        alike = [place for place, row in enumerate(rows) if row["clusterer"] == name]
        add_curves(
            [rows[place] for place in alike],
            scores.assignments[alike],
            *pair,
            bench.reference.parts[split],
            bench.null_dispersions,
            ask.seed,
        )
    else:
        everywhere = {objective.column for objective in task.objectives} & {*HONESTY}
        add_honesty(rows if everywhere else [rows[told]], *pair, ask.seed)
    if split == "validation":
        dear = rows if ask.role == "finalist" else [rows[told]]
        size = spaces["train"].shape[1]
        add_coherence_excess(dear, bench.surrogates, size, split, ask.seed)


def ended_early(outcome: Outcome, seconds: float) -> Outcome:
    """What is left of a trial that ends after the epochs it has."""
    row = {"status": "pruned", "epochs": len(outcome.epochs), "train_seconds": seconds}
    return Outcome(outcome.row | row | {"score_seconds": 0.0}, epochs=list(outcome.epochs))


def clusterings_of(ask: Ask, task: Task) -> tuple[Sequence[str], Sequence[int]]:
    """Clusterers and counts to score: all of the task's, or a finalist's own clusterer."""
    if ask.role not in ("finalist", "surrogate"):
        return task.clusterers, task.counts
    clusterer = ask.configuration.clusterer
    counts = task.counts if ask.role == "finalist" else [ask.configuration.n_clusters]
    return [] if clusterer == OWN else [clusterer], counts


def seen_through(head: FittedHead, codes: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Codes of every part as the clusterers see them."""
    return {
        part: head.embedding if part == "train" else head.transform(some)
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
    fitted: Fitted | OwnClusters, spaces: Mapping[str, np.ndarray], encoder: Encoder, shown: Shown
) -> dict[str, np.ndarray]:
    """Clusters of the songs of every part."""
    if isinstance(fitted, Fitted):
        return {part: fitted.predict(space) for part, space in spaces.items()}
    assert isinstance(encoder, Assigns)
    return {part: encoder.assign(songs) for part, songs in shown.parts.items()}


def in_order(parts: Mapping[str, np.ndarray], bench: Bench) -> np.ndarray:
    """Arrays of the parts as one array with rows as in the collection."""
    first = next(iter(parts.values()))
    whole = np.empty((bench.count, *first.shape[1:]), first.dtype)
    for part, rows in bench.rows.items():
        whole[rows] = parts[part]
    return whole
