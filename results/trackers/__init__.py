"""Runs as the trackers of others hold them: one record per run, one per trial."""

from collections.abc import Callable
from pathlib import Path

from results.columns import ResultsError
from results.text import named
from results.trackers.from_tables import run_record
from results.trackers.to_mlflow import to_mlflow
from results.trackers.to_tensorboard import to_tensorboard

__all__ = ["TRACKERS", "export_to_tracker"]

TRACKERS: dict[str, Callable[..., str]] = {
    "mlflow": to_mlflow,
    "tensorboard": to_tensorboard,
}
"""Name of a tracker -> what writes the record of a run to it."""


def export_to_tracker(folder: Path, to: str, where: str | Path) -> str:
    """Write a run to a tracker, what is there already but once; return a sentence on it.

    Parameters
    ----------
    folder : Path
        Of the run, a stranger's perhaps.
    to : {"mlflow", "tensorboard"}
    where : str or Path
        URI of a tracking store for MLflow, a folder for TensorBoard.

    Raises
    ------
    ResultsError
        When the run has no trial, a package is missing, or the tracker cannot be written.
    """
    if not isinstance(to, str) or to not in TRACKERS:
        raise ResultsError(f"to is {named(to)}: it is one of {', '.join(TRACKERS)}.")
    return TRACKERS[to](run_record(folder), where)
