"""The result of a trial on the disk: rows of tables, arrays and files of the run folder."""

from __future__ import annotations

from results.store import RunStore
from search.trial.reconstructions import FIGURES
from search.trial.records import TrialResult, TrialSpec


def write(store: RunStore, spec: TrialSpec, result: TrialResult) -> None:
    """Write what a run keeps of a trial, its row of the table `trials` last."""
    store.append("clusterings", result.clusterings)
    store.append("epochs", result.epochs)
    seed = spec.seed if spec.role == "finalist" else None
    if result.partitions is not None:
        store.save_partitions(spec.trial, result.partitions, seed, result.bases)
    if result.codes is not None:
        store.save_codes(spec.trial, result.codes, seed)
    if result.reduced is not None:
        store.save_reduced(spec.trial, result.reduced, seed)
    if result.model is not None:
        store.save_model(spec.trial, result.model, seed)
    if result.pictures is not None:
        store.save_figure(f"{FIGURES}{spec.trial}", result.pictures)
    store.append("trials", [result.row])
