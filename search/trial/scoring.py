"""The second part of a trial: songs are encoded, clustered and scored, at every cluster count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data import Songs
from evaluation.clusterers import Fitted
from evaluation.clustering import Clustering, value_of
from evaluation.guards import GUARDS, columns, measured, within
from evaluation.honesty import HONESTY, add_coherence_excess, add_curves, add_honesty
from evaluation.latent import effective_rank, total_correlation
from evaluation.reducers import REDUCERS, FittedReducer
from evaluation.score import OWN, OwnClusters, Scores, score
from models import Assigns, Encoder
from models.diagnostics import diagnose
from search.study.space import Configuration
from search.tasks.task import Task
from search.trial.inputs import TrialInputs
from search.trial.records import Row, Split, TrialSpec, index_of, takes_count


@dataclass(frozen=True)
class Scored:
    """What came of an encoder.

    Attributes
    ----------
    clusterings : rows of that table.
    figures : columns of the table `trials` that do not depend on a clustering.
    codes : part of the songs -> (n, latent_size).
    spaces : part of the songs -> (n, d), the codes as the clusterers see them.
    reducer : what made the spaces of the codes.
    fitted : what made each clustering of validation songs, in the order of their rows.
    asked_for : place among them of the one that the configuration asks for.
    validation : (clusterings, n) clusters of the validation songs by them; of a null trial those
        of its test songs.
    """

    clusterings: list[Row]
    figures: Row
    codes: Mapping[str, np.ndarray]
    spaces: Mapping[str, np.ndarray]
    reducer: FittedReducer
    fitted: Sequence[Fitted | OwnClusters]
    asked_for: int
    validation: np.ndarray


def score_encoder(encoder: Encoder, spec: TrialSpec, inputs: TrialInputs, task: Task) -> Scored:
    """Score every clusterer and count on the codes of an encoder.

    Raises
    ------
    ArithmeticError
        When the codes are not finite.
    """
    configuration = spec.configuration
    viewed = inputs.viewed[configuration.view]
    codes = {part: encoder.encode(songs) for part, songs in viewed.parts.items()}
    if not all(np.isfinite(some).all() for some in codes.values()):
        raise ArithmeticError("the codes are not finite: lower learning_rate")
    reducer = REDUCERS[configuration.reducer].fit(codes["train"], spec.seed)
    spaces = _reduced(reducer, codes)
    reported = spec.splits[0]
    figures = diagnose(
        encoder, codes[reported], viewed.parts[reported], viewed.spreads[reported], spec.seed
    )
    of_model = measured(figures, task.guards)
    del figures["shuffle_drop"]  # a guard's, and no column of its own
    clusterings: list[Row] = []
    for split in spec.splits:
        scores = score(
            spaces["train"],
            spaces[split],
            {view: space.parts[split] for view, space in inputs.references.items()},
            {} if spec.role == "null" else viewed.parts[split].labels,
            task.label,
            *_clusterers_and_counts(spec, task),
            spec.seed,
            _own_clusters(encoder, configuration, viewed.parts["train"], viewed.parts[split]),
        )
        asked_for = index_of(scores.rows, configuration)
        guarded = _judge_by_own(scores, spaces, split, inputs, task)
        _hold_against_chance(scores, asked_for, spaces, split, spec, inputs, task)
        clusterings += [
            {**spec.columns, **row, "split": split, **_guarded(of_model, row, by_own, task)}
            for row, by_own in zip(scores.rows, guarded, strict=True)
        ]
    figures |= {
        "effective_rank": effective_rank(codes[reported]),
        "total_correlation": total_correlation(codes[reported]),
    }
    return Scored(
        clusterings, figures, codes, spaces, reducer, scores.fitted, asked_for, scores.assignments
    )


def _judge_by_own(
    scores: Scores,
    spaces: Mapping[str, np.ndarray],
    split: Split,
    inputs: TrialInputs,
    task: Task,
) -> list[Row]:
    """Put what objectives of one's own give into the rows, and return what guards of such give."""
    own = {one.column: one.function for one in task.objectives}
    objectives = {column: function for column, function in own.items() if function is not None}
    own = {name: GUARDS[name].function for name in task.guards}
    guards = {name: function for name, function in own.items() if function is not None}
    if not objectives and not guards:
        return [{} for _ in scores.rows]
    references = {view: space.parts[split].points for view, space in inputs.references.items()}
    found = []
    for row, fitted, clusters in zip(scores.rows, scores.fitted, scores.assignments, strict=True):
        clustering = Clustering(
            spaces["train"],
            spaces[split],
            fitted.clusters,
            clusters,
            int(row["n_clusters"] or 0),
            references,
        )
        row |= {column: value_of(one, clustering) for column, one in objectives.items()}
        found.append({name: value_of(one, clustering) for name, one in guards.items()})
    return found


def _guarded(of_model: Mapping[str, float], row: Row, by_own: Row, task: Task) -> Row:
    """Return the columns of one clustering that say what each guard was held against.

    A clusterer that finds its own count may find no other than the task allows.

    Parameters
    ----------
    by_own : guard of one's own -> its value.
    """
    own_count = not takes_count(row["clusterer"])
    found = within(row["n_clusters_found"], task.counts) if own_count else None
    values = measured({**row, "count": found, **by_own}, task.guards)
    lower = {name: min(of_model[name], values[name]) for name in of_model.keys() & values.keys()}
    return columns({**of_model, **values, **lower})


def _hold_against_chance(
    scores: Scores,
    asked_for: int,
    spaces: Mapping[str, np.ndarray],
    split: Split,
    spec: TrialSpec,
    inputs: TrialInputs,
    task: Task,
) -> None:
    """Add the scores that tell clusters from chance; dear ones to the row asked for alone."""
    rows = scores.rows
    add_coherence_excess(rows, inputs.chance, split)
    if spec.role == "null":
        return
    pair = spaces["train"], spaces[split]
    name = str(rows[asked_for]["clusterer"])
    if spec.curves and split == "validation" and takes_count(name):
        alike = [place for place, row in enumerate(rows) if row["clusterer"] == name]
        add_curves(
            [rows[place] for place in alike],
            scores.assignments[alike],
            *pair,
            inputs.first_reference.parts[split],
            inputs.null_dispersions,
            spec.seed,
        )
    else:
        everywhere = {objective.column for objective in task.objectives} & {*HONESTY}
        add_honesty(rows if everywhere else [rows[asked_for]], *pair, spec.seed)


def _clusterers_and_counts(spec: TrialSpec, task: Task) -> tuple[Sequence[str], Sequence[int]]:
    """Return clusterers and counts to score: all of the task's, or a finalist's own clusterer."""
    if spec.role not in ("finalist", "null"):
        return task.clusterers, task.counts
    clusterer = spec.configuration.clusterer
    counts = task.counts if spec.role == "finalist" else [spec.configuration.n_clusters]
    return [] if clusterer == OWN else [clusterer], counts


def _reduced(reducer: FittedReducer, codes: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return codes of every part as the clusterers see them."""
    return {
        part: reducer.embedding if part == "train" else reducer.transform(some)
        for part, some in codes.items()
    }


def _own_clusters(
    encoder: Encoder, configuration: Configuration, train: Songs, scored: Songs
) -> OwnClusters | None:
    """Return the encoder's own clusters of the training and the scored songs, if it has such."""
    if not isinstance(encoder, Assigns):
        return None
    count = int(configuration.settings["n_components"])
    return OwnClusters(count, encoder.assign(train), encoder.assign(scored))
