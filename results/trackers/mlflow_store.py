"""A tracking store of MLflow: its client, within its limits and without a word to anybody else."""

import hashlib
import logging
import os
import re
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from results.columns import ResultsError
from results.disk import opened, replacing
from results.text import plain, reason

OURS = "latentune"
"""How tags begin that are read again."""

_LONGEST_NAME, LONGEST_SETTING, LONGEST_TAG = 250, 6_000, 8_000
"""Characters that MLflow takes at most."""

_MOST_METRICS, _MOST_OTHERS = 1_000, 100
"""Entries of one call that MLflow takes at most."""

_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
}
"""What MLflow is told where its user says nothing: it reports its use to nobody, prints no line
for each trial, and does not wait for minutes where no server answers."""


class Store:
    """MLflow's client.

    Attributes
    ----------
    client : mlflow.tracking.MlflowClient
    """

    def __init__(self, uri: str) -> None:
        for name, value in _QUIET.items():
            os.environ.setdefault(name, value)
        try:
            from mlflow import entities
            from mlflow.tracking import MlflowClient
        except ImportError:
            raise ResultsError(
                "--to mlflow needs mlflow-skinny: install it by `python -m pip install "
                "mlflow-skinny`."
            ) from None
        logging.getLogger("mlflow").setLevel(logging.WARNING)
        logging.getLogger("alembic").setLevel(logging.WARNING)
        self._entities = entities
        self.client = MlflowClient(uri)
        self._scratch = tempfile.TemporaryDirectory(prefix="latentune-")

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self._scratch.cleanup()

    def runs(self, experiment: str, condition: str) -> Iterator[Any]:
        """Yield the runs of an experiment that fulfil a condition, page by page."""
        token = None
        while True:
            page = self.client.search_runs([experiment], condition, page_token=token)
            yield from page
            token = page.token
            if not token:
                return

    def log(
        self, own: str, settings: dict[str, Any], metrics: Sequence[tuple[str, float, int, int]]
    ) -> None:
        """Write parameters and metrics, as many in a call as MLflow takes."""
        params = [
            self._entities.Param(key(name), str(value)[:LONGEST_SETTING])
            for name, value in settings.items()
        ]
        for first in range(0, len(params), _MOST_OTHERS):
            self.client.log_batch(own, params=params[first : first + _MOST_OTHERS])
        points = [
            self._entities.Metric(name, value, time, step) for name, value, time, step in metrics
        ]
        for first in range(0, len(points), _MOST_METRICS):
            self.client.log_batch(own, metrics=points[first : first + _MOST_METRICS])

    def put_newest(self, own: str, folder: Path, name: str, digest: str) -> None:
        """Put a file of the run folder there unless it is there as it is."""
        content = _content(folder, name)
        if content is not None and (now := hashlib.sha256(content).hexdigest()) != digest:
            self.put(own, folder, name)
            self.client.set_tag(own, f"{OURS}.{name}", now)

    def put(self, own: str, folder: Path, name: str, into: str | None = None) -> None:
        """Put a file of the run folder there, by a copy: MLflow would follow a link."""
        content = _content(folder, name)
        if content is None:
            return
        copy = Path(self._scratch.name) / Path(name).name
        with replacing(copy) as file:
            file.write(content)
        self.client.log_artifact(own, str(copy), into)
        copy.unlink()


def key(name: str) -> str:
    """Return a name in the characters that MLflow takes; labels may have any.

    A slash makes groups of metrics. It is ours: a name that looked like a path out of its folder
    would be refused.
    """
    return re.sub(r"[^\w.\- ]", "_", name).lstrip(".")[:_LONGEST_NAME] or "_"


def shown(uri: str) -> str:
    """Return a URI without the password that it may hold."""
    return plain(re.sub(r"(?<=//)[^/@]*@", "", uri))


@contextmanager
def answering(uri: str) -> Iterator[None]:
    """Turn whatever MLflow, its database or its server says into one sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of packages about one another
            yield
    except ResultsError:
        raise
    except Exception as error:  # MLflow's, SQLAlchemy's, requests', those of clouds
        raise ResultsError(
            f"{shown(uri)} cannot be written as a tracking store of MLflow "
            f"({shown(reason(error))}): see that the address is right and that it answers."
        ) from error


def _content(folder: Path, name: str) -> bytes | None:
    """Return what is in a file of a run folder, itself and no link; None where there is none."""
    try:
        with opened(folder / name) as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ResultsError(f"{folder / name} cannot be read: {reason(error)}.") from None
