"""The searches that `consensus.py` judges: of each one file, its models divided at many counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from alone import walked
from families import read

from evaluation.base_partitions import BasePartitions, every_base_count
from evaluation.coherence import coherence_by_view
from evaluation.reference import ReferencePart
from search.tasks.reading import read_task
from search.trial.inputs import TrialInputs
from search.trial.records import TrialResult

MOST_CLASSES = 64
"""Of a label that is looked at."""

SPACES = ("codes", "reduced")
"""What is divided: what the encoder says, and what the clusterers saw of it."""


@dataclass(frozen=True)
class Searched:
    """What one search found, by models that held the guards and were given no label.

    Attributes
    ----------
    own : counts of the task.
    places : count -> where it stands among the base partitions.
    partitions : space -> (models, counts, songs) clusters.
    coherence : (models, counts, views) of the validation songs in the reduced space.
    chance : (counts, views) coherence of null songs.
    neighbours : (views, 2, validation songs, 10), plain and whitened.
    split : (songs,) their parts.
    labels : label -> (songs,).
    """

    own: list[int]
    places: dict[int, int]
    partitions: dict[str, np.ndarray]
    coherence: np.ndarray
    chance: np.ndarray
    neighbours: np.ndarray
    split: np.ndarray
    labels: dict[str, np.ndarray]

    def coherence_of(self, clusters: np.ndarray) -> np.ndarray:
        """Coherence (views,) of clusters of the validation songs."""
        nothing = np.empty((0, 0))
        parts = {
            str(view): ReferencePart(nothing, nothing, *pair, nothing)
            for view, pair in enumerate(self.neighbours)
        }
        return np.array([*coherence_by_view(clusters, parts).values()])


def opened(file: Path) -> Searched:
    """A search that was written."""
    with np.load(file) as there:
        arrays = dict(there)
    of_labels = {n[6:]: arrays.pop(n) for n in [*arrays] if n.startswith("label_")}
    partitions = {space: arrays.pop(f"partitions_{space}") for space in SPACES}
    counts = arrays.pop("counts").tolist()
    return Searched(
        arrays.pop("own").tolist(),
        {count: place for place, count in enumerate(counts)},
        partitions,
        labels=of_labels,
        **arrays,
    )


def searched(name: str, task_name: str, seed: int, file: Path) -> None:
    """Search without finalists and write what came of it."""
    songs = read(name)
    changes = {"seed": seed, "null_collections": 0, "finalist_seeds": 0}
    inputs, results = walked(read_task(task_name, changes), songs)
    labels = {label: truth for label, truth in songs.labels.items() if 2 <= classes(truth)}
    labels = {label: truth for label, truth in labels.items() if classes(truth) <= MOST_CLASSES}
    own = [*inputs.chance.counts]
    counts = every_base_count([*own, *map(classes, labels.values())])
    models = [*members([result for _, result in results])]
    parts = {view: space.parts["validation"] for view, space in inputs.references.items()}
    partitions = {
        space: np.stack([divided(model[space], inputs, counts) for model in models])
        for space in SPACES
    }
    validation = partitions["reduced"][:, :, inputs.rows["validation"]]
    nothing = dict.fromkeys(parts, 0.0)
    above = [[*inputs.chance.above(nothing, "validation", count).values()] for count in counts]
    partial = file.with_suffix(".partial.npz")
    np.savez_compressed(
        partial,
        own=own,
        counts=counts,
        coherence=[[[*coherence_by_view(c, parts).values()] for c in m] for m in validation],
        chance=-np.array(above),
        neighbours=[[part.neighbours, part.neighbours_whitened] for part in parts.values()],
        split=songs.split,
        **{f"partitions_{space}": found for space, found in partitions.items()},
        **{f"label_{label}": truth for label, truth in labels.items()},
    )
    partial.rename(file)


def classes(truth: np.ndarray) -> int:
    """Classes of a label."""
    return len(np.unique(truth[truth != ""]))


def members(results: Sequence[TrialResult]) -> Iterator[Mapping[str, np.ndarray]]:
    """Codes and reduced codes of every model that may be a member."""
    for result in results:
        feasible = any(row["status"] == "complete" for row in result.clusterings)
        if result.codes is None or not feasible or result.row["leaks"]:
            continue
        reduced = result.codes if result.reduced is None else result.reduced
        yield {"codes": result.codes, "reduced": reduced}


def divided(codes: np.ndarray, inputs: TrialInputs, counts: Sequence[int]) -> np.ndarray:
    """Clusters (counts, songs) by k-means on the training songs."""
    codes = codes.astype(np.float64)
    fits = BasePartitions.fit(codes[inputs.rows["train"]], counts, seed=0)
    return fits.assign(codes, counts)
