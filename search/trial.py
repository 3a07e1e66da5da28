"""One trial as a plain function: a configuration and songs in, rows and arrays out. No Ray."""

from __future__ import annotations

import platform
import time
import traceback
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np

from data import Songs
from evaluation.assignment import to_arrays
from evaluation.clusterers import CLUSTERERS, Fitted
from evaluation.guards import Failure, failures
from evaluation.heads import HEADS
from evaluation.honesty import HONESTY, add_honesty
from evaluation.latent import effective_rank, total_correlation
from evaluation.score import OWN, OwnClusters, score
from models import FAMILIES, Assigns, Encoder, Epoch, Schedule, dump
from models.diagnostics import diagnose
from search.bench import Bench, Shown
from search.space import Configuration
from search.task import Task

Row = dict[str, Any]

CLUSTERER, HEAD = "clusterer", "head"
"""Groups of arrays kept with a finalist: its clusterer, and the codes its head was fitted on."""
TRACEBACK_FRAMES = 3
NOT_OF_TRIALS = frozenset(
    (
        *("trial", "role", "seed", "split", "n_clusters_found", "coverage", "balance"),
        *("smallest_cluster", "silhouette_songs", "bic"),
    )
)
"""Columns of one clustering that the table `trials` does not repeat."""


@dataclass(frozen=True)
class Ask:
    """What one trial is to do.

    Attributes
    ----------
    trial : number in the run; Optuna's for a search, below zero for baselines.
    split : the part whose songs are scored: "validation", or "test" for a finalist.
    """

    trial: int
    role: Literal["search", "baseline", "finalist"]
    configuration: Configuration
    seed: int
    split: Literal["validation", "test"] = "validation"

    @property
    def key(self) -> tuple[str, int, int]:
        """What tells this trial from every other of its run."""
        return self.role, self.trial, self.seed

    @property
    def columns(self) -> Row:
        """The columns that begin every row about this trial."""
        return {"trial": self.trial, "role": self.role, "seed": self.seed}


@dataclass
class Outcome:
    """What came of a trial.

    Attributes
    ----------
    row : of the table `trials`.
    clusterings, epochs : rows of these tables.
    codes : (songs, latent_size) float32, rows as in the collection; None if there are none.
    clusters : (songs,) the cluster of every song, -1 for noise; finalists only.
    model : suffix -> content of the encoder's files; finalists only.
    failures : the guards that failed, for each of `clusterings`.
    violations : guard -> how far its bound was missed, of the clustering asked for.
    """

    row: Row
    clusterings: list[Row] = field(default_factory=list)
    epochs: list[Row] = field(default_factory=list)
    codes: np.ndarray | None = None
    clusters: np.ndarray | None = None
    model: dict[str, bytes] | None = None
    failures: list[list[Failure]] = field(default_factory=list)
    violations: Mapping[str, float] = field(default_factory=dict)


def run(ask: Ask, bench: Bench, task: Task) -> Outcome:
    """Run one trial to its end in this process."""
    trial = steps(ask, bench, task)
    while True:
        try:
            next(trial)
        except StopIteration as end:
            return end.value


def steps(ask: Ask, bench: Bench, task: Task) -> Generator[Epoch, None, Outcome]:
    """Run one trial, yielding after each epoch; an exception becomes a failed outcome."""
    outcome = Outcome(begin(ask))
    try:
        yield from complete(ask, bench, task, outcome)
    except Exception as error:  # a bad trial must not end the search
        outcome.row |= {"status": "failed", "error": describe(error)}
        outcome.codes = outcome.clusters = outcome.model = None
        outcome.clusterings = []
    return outcome


def failed(ask: Ask, error: str) -> Outcome:
    """The outcome of a trial that could not even run, as when its worker died."""
    return Outcome(begin(ask) | {"status": "failed", "error": error})


def describe(error: Exception) -> str:
    """Class, message and the last frames of an exception."""
    frames = traceback.format_exception(error)[-1 - TRACEBACK_FRAMES : -1]
    return f"{type(error).__name__}: {error}\n{''.join(frames)}"


def begin(ask: Ask) -> Row:
    """The row of a trial before anything is known of it."""
    configuration = ask.configuration
    return {
        **ask.columns,
        "family": configuration.family,
        "view": configuration.view,
        "head": configuration.head,
        **configuration.settings,
        "clusterer": configuration.clusterer,
        "n_clusters": configuration.n_clusters,
        "started": datetime.now(UTC),
        "host": platform.node(),
    }


def complete(ask: Ask, bench: Bench, task: Task, outcome: Outcome) -> Generator[Epoch, None, None]:
    """Train, encode and score, filling in `outcome` on the way."""
    configuration = ask.configuration
    shown = bench.shown[configuration.view]
    clock = time.perf_counter()
    fitting = FAMILIES[configuration.family].fit(
        shown.parts["train"],
        shown.parts["validation"],
        configuration.settings,
        ask.seed,
        Schedule(task.epochs, task.early_stopping, task.widest),
    )
    encoder = yield from recorded(fitting, ask, outcome)
    trained = time.perf_counter()
    codes = {part: encoder.encode(songs) for part, songs in shown.parts.items()}
    if not all(np.isfinite(some).all() for some in codes.values()):
        raise ArithmeticError("the codes are not finite: lower learning_rate")
    spaces = headed(codes, configuration.head, ask.seed)
    scored = shown.parts[ask.split]
    figures = diagnose(encoder, codes[ask.split], scored, shown.train_means, ask.seed)
    scores = score(
        spaces["train"],
        spaces[ask.split],
        bench.reference.parts[ask.split],
        scored.labels,
        task.label,
        *clusterings_of(ask, task),
        ask.seed,
        own_clusters(encoder, configuration, shown.parts["train"], scored),
    )
    told = position(scores.rows, configuration)
    dear = scores.rows if task.objective in HONESTY else [scores.rows[told]]
    add_honesty(dear, spaces["train"], spaces[ask.split], ask.seed)
    of_model = failures(figures)
    del figures["shuffle_drop"]
    outcome.failures = [[*of_model, *failures(row)] for row in scores.rows]
    outcome.clusterings = [
        {**ask.columns, **row, "split": ask.split, "guard": in_words(failed)}
        for row, failed in zip(scores.rows, outcome.failures, strict=True)
    ]
    outcome.codes = in_order(codes, bench)
    if ask.role == "finalist":
        outcome.clusters = in_order(
            clusters_of(scores.fitted[told], spaces, encoder, shown), bench
        )
        fitted = scores.fitted[told]
        kept = {CLUSTERER: to_arrays(fitted.rule)} if isinstance(fitted, Fitted) else {}
        if configuration.head != "none":
            kept[HEAD] = {"codes": codes["train"]}
        outcome.model = dump(
            encoder, shown.presentation, kept, head=configuration.head, seed=ask.seed
        )
    outcome.row |= figures | {
        "effective_rank": effective_rank(codes[ask.split]),
        "total_correlation": total_correlation(codes[ask.split]),
        "epochs": len(outcome.epochs),
        "train_seconds": trained - clock,
        "score_seconds": time.perf_counter() - trained,
    }
    settle(outcome, configuration)


def settle(outcome: Outcome, configuration: Configuration) -> None:
    """Put the clustering that the configuration asks for into the trial's row."""
    told = position(outcome.clusterings, configuration)
    failed = outcome.failures[told]
    scores = {n: v for n, v in outcome.clusterings[told].items() if n not in NOT_OF_TRIALS}
    outcome.row |= (
        dict.fromkeys(HONESTY) | scores | {"status": "infeasible" if failed else "complete"}
    )
    outcome.violations = {failure.guard: failure.violation for failure in failed}


def answer(ask: Ask, source: Outcome) -> Outcome:
    """The outcome of a trial whose model was trained before, from that trial's clusterings.

    The clusterings themselves stay with the trial that trained the model.
    """
    outcome = replace(source, row=source.row | begin(ask), codes=None)
    outcome.row |= {"reused_from": source.row["trial"], "train_seconds": 0.0, "score_seconds": 0.0}
    if source.clusterings:
        settle(outcome, ask.configuration)
    return replace(outcome, clusterings=[], epochs=[], failures=[])


def recorded(
    fitting: Generator[Epoch, None, Encoder], ask: Ask, outcome: Outcome
) -> Generator[Epoch, None, Encoder]:
    """Pass epochs on, and keep each as a row."""
    while True:
        try:
            epoch = next(fitting)
        except StopIteration as end:
            return end.value
        outcome.epochs.append({**ask.columns, **vars(epoch)})
        yield epoch


def clusterings_of(ask: Ask, task: Task) -> tuple[Sequence[str], Sequence[int]]:
    """Clusterers and counts to score: all of the task's, or a finalist's own one."""
    if ask.role != "finalist":
        return task.clusterers, task.counts
    clusterer = ask.configuration.clusterer
    return [] if clusterer == OWN else [clusterer], [ask.configuration.n_clusters]


def headed(codes: Mapping[str, np.ndarray], head: str, seed: int) -> dict[str, np.ndarray]:
    """Codes of every part as the clusterers see them."""
    fitted = HEADS[head].fit(codes["train"], seed)
    return {
        part: fitted.embedding if part == "train" else fitted.transform(some)
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


def position(rows: Sequence[Row], configuration: Configuration) -> int:
    """Where among `rows` the clustering stands that the configuration asks for.

    A clusterer that finds its own count has one row, which answers for every count, and so have
    the clusters of the encoder's own.
    """
    clusterer = CLUSTERERS.get(configuration.clusterer)
    takes_count = clusterer is not None and clusterer.takes_count
    return next(
        index
        for index, row in enumerate(rows)
        if row["clusterer"] == configuration.clusterer
        and (not takes_count or row["n_clusters"] == configuration.n_clusters)
    )


def in_order(parts: Mapping[str, np.ndarray], bench: Bench) -> np.ndarray:
    """Arrays of the parts as one array with rows as in the collection."""
    first = next(iter(parts.values()))
    whole = np.empty((bench.count, *first.shape[1:]), first.dtype)
    for part, rows in bench.rows.items():
        whole[rows] = parts[part]
    return whole


def in_words(failed: Sequence[Failure]) -> str | None:
    """The guards that failed, with value and bound; None when all held."""
    return "; ".join(map(str, failed)) or None
