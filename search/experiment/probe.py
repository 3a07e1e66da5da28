"""How long the parts of a run take on this machine, from doing each of them once. No Ray.

All of it runs in one process beside the driver, for it imports TensorFlow.
"""

from __future__ import annotations

import os
import pickle
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import psutil
from threadpoolctl import threadpool_limits

from data import DataError, Songs
from data.presentation import shape_of
from evaluation.base_partitions import every_base_count
from evaluation.projections import project
from evaluation.reducers import NONE
from models import FAMILIES, defaults
from models.family import Settings
from models.neural import NeuralFamily
from search.experiment.consensus import agree
from search.experiment.members import MOST as MOST_MEMBERS
from search.experiment.selection import FEWEST_SEEDS
from search.study.space import Configuration, default_configuration, middle
from search.tasks.task import Task
from search.trial.inputs import TrialInputs, prepare
from search.trial.null_songs import NullSource, null_inputs
from search.trial.records import TrialResult, TrialSpec
from search.trial.trial import run, steps

TRAINING_SECONDS = 4.0
"""A model is trained for so long at most, after its first epoch; the rest is extrapolated."""

_FEWEST_EPOCHS = 3
"""Epochs that are timed at least, the first one, which compiles, among them."""

_DISAGREED = 0.3
"""Share of the songs that each of the members of the consensus is given another cluster of."""

_SAMPLING_SECONDS = 0.05
"""How often the memory of this process is looked at."""

_PLAIN = "pca"
"""The family whose trials take no time but that of scoring."""


Shared = TypeVar("Shared")


@dataclass(frozen=True)
class Network:
    """A family in the views in which its trials are alike.

    Attributes
    ----------
    kind : of network, "mlp" or "conv"; "" for a family without one; the shape of a song where
        its codes are as wide as that.
    """

    family: str
    kind: str
    views: tuple[str, ...]


@dataclass(frozen=True)
class Timing:
    """What a trial of a network takes, seconds.

    Attributes
    ----------
    compiling : of the first one in a process.
    epoch : each; 0 for a family without epochs.
    epochs : until it ends by itself, or as many as the task allows where it was not waited for.
    fixed : what training takes beside epochs.
    scoring : of every clusterer and count, with the first reducer.
    error : why it failed; None if it did not.
    """

    compiling: float
    epoch: float
    epochs: int
    fixed: float
    scoring: float
    error: str | None = None

    @property
    def training(self) -> float:
        """Seconds of training where it is compiled."""
        return self.fixed + self.epoch * self.epochs


@dataclass(frozen=True)
class Probe:
    """What was measured, in seconds unless another unit is said.

    Attributes
    ----------
    imports : until a worker has imported TensorFlow.
    preparing : songs in their views, and their reference spaces.
    networks : see `Timing`.
    reducing : reducer -> what it adds to a trial, mean over the task's; the first one adds none.
    reducer_start : what reducers take the first time in a process, all together.
    first_seed, other_seed : scoring a finalist, on its first seed and on each other one.
    null : songs without clusters, drawn and prepared, and scored at one count.
    consensus : of one seed.
    layout : of one method in the report, and `layout_start` what the first in a process adds.
    worker_bytes : of a process that trains and scores, at the most, with what is shared.
    shared_bytes : the songs as trials are given them, which all workers share.
    """

    imports: float
    preparing: float
    networks: Mapping[Network, Timing]
    reducing: float
    reducer_start: float
    first_seed: float
    other_seed: float
    null: float
    consensus: float
    layout: float
    layout_start: float
    worker_bytes: int
    shared_bytes: int


def networks_of(task: Task, shapes: Mapping[str, tuple[int, ...]]) -> list[Network]:
    """Return the networks of an adapted task.

    Parameters
    ----------
    shapes : view -> shape of what a family is given of one song as audio.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for family in dict.fromkeys((*task.families, *task.baselines)):
        settings = default_configuration(task, family).settings
        for view in task.views_of(family):
            kind = _kind(family, shapes[view], settings)
            found.setdefault((family, kind), []).append(view)
    return [Network(*of, tuple(seen)) for of, seen in found.items()]


def _kind(family: str, shape: tuple[int, ...], settings: Settings) -> str:
    declared = FAMILIES[family]
    if isinstance(declared, NeuralFamily):
        return declared.backbone_of(shape, settings)
    return "" if "latent_size" in settings else str(shape)


def measure(songs: Songs, task: Task, cpus: int, gpu: bool, began: float) -> Probe:
    """Measure everything, in a process that has not imported TensorFlow yet.

    Parameters
    ----------
    songs : with the inputs that the task names.
    task : adapted to them.
    cpus : threads, as a worker has them.
    gpu : whether trials may use one.
    began : when this process was begun, of `time.time`.

    Raises
    ------
    DataError
        When the songs cannot be prepared.
    """
    _fall_silent()
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ[name] = str(cpus)
    if not gpu:
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    import models.training  # noqa: F401

    imports = time.time() - began
    with threadpool_limits(cpus):
        probe, inputs, result = _measured(songs, task, imports)
    if not task.finalist_seeds:
        return probe
    # The driver, whose work this is, has all threads.
    return replace(probe, consensus=_consensus(result, inputs, songs.without_inputs(), task))


def _fall_silent() -> None:
    """Let nothing that libraries say of themselves come between the lines of the driver."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _measured(songs: Songs, task: Task, imports: float) -> tuple[Probe, TrialInputs, TrialResult]:
    """Return what workers take, the inputs of trials, and the result of one of them."""
    again = bool(task.finalist_seeds)
    try:
        preparing, inputs = _timed(lambda: prepare(songs, task))
    except Exception as error:  # as a search says it
        raise DataError(f"the songs cannot be prepared: {error}") from None
    inputs, shared = _read_only(inputs)
    nulls, of_nulls = _read_only(
        NullSource.like(songs) if again and task.null_collections else None
    )
    networks = networks_of(task, {view: shape_of(view, songs) for view in task.views})
    with _peak() as peak:
        plain = _plain(task)
        reducing, reducer_start = _reducing(task, plain, inputs)
        timings = {network: _timing(network, inputs, task) for network in networks}
        first_seed, other_seed = _seeds(task, plain, inputs) if again else (0.0, 0.0)
        null = _null(nulls, task, plain, inputs) if nulls else 0.0
    result = run(_spec(plain), inputs, task)
    codes = np.zeros((2, 2)) if result.codes is None else result.codes
    layouts = [
        _timed(lambda: project(codes, "umap" in task.reducers))[0] if again else 0.0
        for _ in range(2)
    ]
    given = songs.audio, songs.embedding, songs.lyrics
    probe = Probe(
        imports,
        preparing,
        timings,
        reducing,
        reducer_start,
        first_seed,
        other_seed,
        null,
        0.0,
        layouts[1],
        max(layouts[0] - layouts[1], 0.0) + reducer_start,
        max(peak) - sum(one.nbytes for one in given if one is not None),
        shared + of_nulls,
    )
    return probe, inputs, result


def _timed(make: Callable[[], Any]) -> tuple[float, Any]:
    """Return seconds that a call takes, and what it returns."""
    begun = time.perf_counter()
    made = make()
    return time.perf_counter() - begun, made


def _read_only(made: Shared) -> tuple[Shared, int]:
    """Return a record whose arrays cannot be written to, as Ray gives it to workers, and bytes.

    What is known of such arrays is remembered from trial to trial (`models.remembering`).
    """
    kept: list[pickle.PickleBuffer] = []
    described = pickle.dumps(made, protocol=5, buffer_callback=kept.append)
    raw = [one.raw().toreadonly() for one in kept]
    return pickle.loads(described, buffers=raw), sum(map(len, raw)) + len(described)


@contextmanager
def _peak() -> Iterator[list[int]]:
    """Give a list that holds, after the block, bytes that this process held in it."""
    found: list[int] = [psutil.Process().memory_info().rss]
    over = threading.Event()

    def sample() -> None:
        while not over.wait(_SAMPLING_SECONDS):
            found[:] = [max(*found, psutil.Process().memory_info().rss)]

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def _spec(configuration: Configuration, **given: Any) -> TrialSpec:
    """Return a trial of no number, whose model is kept as in a search that has begun."""
    return TrialSpec(
        0,
        **{"role": "baseline", "kept_from": -np.inf, **given},
        seed=0,
        configuration=configuration,
    )


def _plain(task: Task) -> Configuration:
    """Return a configuration that takes no time to train."""
    usual = defaults(FAMILIES[_PLAIN], {})["latent_size"]
    size = min(usual, task.widest or usual)
    return Configuration(
        _PLAIN,
        task.views[0],
        task.reducers[0],
        defaults(FAMILIES[_PLAIN], {"latent_size": size}),
        task.clusterers[0],
        middle(task),
    )


def _timing(network: Network, inputs: TrialInputs, task: Task) -> Timing:
    """Train and score the default of a network."""
    configuration = replace(default_configuration(task, network.family), view=network.views[0])
    spec = _spec(configuration)
    begun = time.perf_counter()
    ends: list[float] = []
    trial = steps(spec, inputs, task)
    result: TrialResult | None = None
    try:
        while len(ends) < _FEWEST_EPOCHS or ends[-1] - ends[0] < TRAINING_SECONDS:
            next(trial)
            ends.append(time.perf_counter())
    except StopIteration as end:
        result = end.value
    trial.close()
    epochs = len(ends) if result else task.epochs
    if result is None:
        result = run(spec, inputs, replace(task, epochs=1))
    scoring = float(result.row.get("score_seconds") or 0.0)
    error = result.row["error"] if result.row["status"] == "failed" else None
    if not ends:
        fixed = float(result.row.get("train_seconds") or 0.0)
        return Timing(0.0, 0.0, 0, fixed, scoring, error)
    epoch = (ends[-1] - ends[0]) / max(len(ends) - 1, 1)
    return Timing(max(ends[0] - begun - epoch, 0.0), epoch, epochs, 0.0, scoring, error)


def _scoring(spec: TrialSpec, inputs: TrialInputs, task: Task) -> float:
    """Return seconds that scoring one trial takes."""
    return float(run(spec, inputs, task).row.get("score_seconds") or 0.0)


def _reducing(task: Task, plain: Configuration, inputs: TrialInputs) -> tuple[float, float]:
    """Return what reducers add to a trial, in the mean, and what they take the first time."""
    first, usual = [], []
    for reducer in task.reducers:
        spec = _spec(replace(plain, reducer=reducer))
        first.append(_scoring(spec, inputs, task))
        usual.append(_scoring(spec, inputs, task))
    start = sum(
        max(one - other, 0.0)
        for name, one, other in zip(task.reducers, first, usual, strict=True)
        if name != NONE
    )
    return float(np.mean(usual)) - usual[0], start


def _seeds(task: Task, plain: Configuration, inputs: TrialInputs) -> tuple[float, float]:
    """Return what scoring a finalist takes on its first seed and on others."""
    found = [
        [
            _scoring(
                _spec(replace(plain, clusterer=name), role="finalist", curves=curves),
                inputs,
                task,
            )
            for name in task.clusterers
        ]
        for curves in (True, False)
    ]
    return float(np.mean(found[0])), float(np.mean(found[1]))


def _null(nulls: NullSource, task: Task, plain: Configuration, inputs: TrialInputs) -> float:
    """Return what songs without clusters take, beside training on them."""

    def one() -> None:
        drawn = null_inputs(nulls, task, plain.view, 1, inputs.chance)
        run(_spec(plain, role="null"), drawn, task)

    return _timed(one)[0]


def _consensus(result: TrialResult, inputs: TrialInputs, songs: Songs, task: Task) -> float:
    """Return what the consensus of one seed takes, of models that agree for the most part."""
    random = np.random.default_rng(0)
    counts = every_base_count(task.counts)
    bases = result.bases
    if bases is None:  # no clustering held every guard
        bases = np.stack([random.integers(count, size=len(songs)) for count in counts])
    members = {}
    for member in range(min(MOST_MEMBERS, max(task.trials, FEWEST_SEEDS))):
        others = np.stack([random.permutation(one) for one in bases])
        changed = random.random(bases.shape) < _DISAGREED
        members[member] = np.where(changed, others, bases).astype(np.int16)
    return _timed(lambda: agree(members, [1], inputs, songs, task))[0]
