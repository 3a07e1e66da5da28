"""What runs on a worker: Ray Tune's trainable around one trial after another."""

from __future__ import annotations

import faulthandler
import os
import platform
import signal
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import ray
from ray import tune

from data import DataError, Songs
from models import Epoch
from models.gpu import keep_to
from search.backend.interrupt import SearchFailed
from search.backend.resources import Need
from search.backend.scratch import keep_scratch
from search.backend.worker_failures import worker_failure
from search.tasks.own_parts import bring_parts_of
from search.tasks.task import Task
from search.trial.collapse import collapse_warning
from search.trial.inputs import TrialInputs, prepare
from search.trial.null_songs import NullSource, null_inputs
from search.trial.records import IntermediateResult, TrialResult, TrialSpec
from search.trial.trial import steps

_REPORT_SECONDS = 1.0
"""A running trial reports at most this often, so that quick ones report once."""


def bind(cpus: int) -> None:
    """Keep this process to its cores and its GPUs; before TensorFlow is imported.

    Ray lets a process without a GPU share see the GPUs of its node, so they are hidden here.
    """
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ[name] = str(cpus)
    if not ray.get_gpu_ids():
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")


def _end_when_aborted() -> None:
    """Let this process end where TensorFlow aborts it, as for want of memory.

    Ray's own handler then needs memory, aborts and is called again without end, and writes a
    gigabyte in three minutes (observed with Ray 2.60).
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGABRT, signal.SIG_DFL)


@dataclass(frozen=True)
class SharedInputs:
    """Where in Ray's object store lies what is made of the songs, once it is made."""

    inputs: ray.ObjectRef
    nulls: ray.ObjectRef
    said: ray.ObjectRef

    def get(self) -> TrialInputs:
        """Return the inputs of trials, mapped into this process."""
        found: TrialInputs = ray.get(self.inputs)
        return found

    def check(self) -> None:
        """See that the songs were prepared.

        Raises
        ------
        DataError
            When they cannot be.
        SearchFailed
            When the process that prepared them was ended.
        """
        try:
            ray.get(self.said)
        except ray.exceptions.RayTaskError as error:
            raise DataError(f"the songs cannot be prepared: {error.cause}") from None
        except ray.exceptions.RayError as error:
            why = worker_failure(str(error))
            raise SearchFailed(
                f"The songs were not prepared ({why}): free memory on this machine, then resume "
                "the run."
            ) from None


@ray.remote(num_cpus=0)
def prepared(songs: Songs, task: Task) -> tuple[TrialInputs, NullSource | None, str | None]:
    """Prepare the inputs of trials, while the workers start.

    Returns
    -------
    inputs : of all trials on the songs.
    nulls : what draws songs without clusters; None where the task trains on none.
    said : a warning about the task, if any.
    """
    bring_parts_of(task)
    inputs = prepare(songs, task)
    nulls = NullSource.like(songs) if task.null_collections else None
    return inputs, nulls, collapse_warning(task, inputs)


class Worker(tune.Trainable):
    """Runs trials in one process, which imports and compiles once for all of them."""

    def setup(  # type: ignore[override]  # Tune passes what with_parameters was given
        self,
        config: dict[str, Any],
        shared: SharedInputs,
        task: Task,
        need: Need,
        epoch_limit: float,
    ) -> None:
        """Import TensorFlow while the songs are prepared; called once in the process.

        From then on the process ends itself when a step takes longer than `epoch_limit` seconds
        without an epoch.
        """
        bind(need.cpus)
        keep_scratch()  # a TensorFlow that is killed leaves files of generated code behind
        _end_when_aborted()
        self._epoch_limit = epoch_limit
        import models.training  # noqa: F401

        bring_parts_of(task)
        self._said = None
        if ray.get_gpu_ids() and not keep_to(need.gpus):
            self._said = (
                f"TensorFlow finds no GPU on {platform.node()}, so trials there train on cores: "
                "install requirements-gpu.txt, or leave --gpus-per-trial out."
            )

        self._inputs: TrialInputs = ray.get(shared.inputs)  # mapped, not copied
        self._nulls: NullSource = ray.get(shared.nulls)
        self._task = task
        self.reset_config(config)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        """Turn to the next trial."""
        self._steps = self._steps_of(new_config["spec"])
        return True

    def _steps_of(
        self, spec: TrialSpec
    ) -> Generator[Epoch | IntermediateResult, None, TrialResult]:
        inputs = self._inputs
        if spec.role == "null":
            view = spec.configuration.view
            inputs = null_inputs(self._nulls, self._task, view, spec.seed, inputs.chance)
        return (yield from steps(spec, inputs, self._task))

    def step(self) -> dict[str, Any]:
        """Train for a while; the last step of a trial brings its result."""
        return {**self._train_on(), "said": self._said}

    def _train_on(self) -> dict[str, Any]:
        until = time.monotonic() + _REPORT_SECONDS
        while True:
            faulthandler.dump_traceback_later(self._epoch_limit, exit=True)
            try:
                epoch = next(self._steps)
            except StopIteration as end:
                return {"done": True, "trial_result": end.value}
            finally:
                faulthandler.cancel_dump_traceback_later()
            if isinstance(epoch, IntermediateResult):
                return {"intermediate": epoch, "epoch": len(epoch.result.epochs)}
            if time.monotonic() > until:
                return {"epoch": epoch.epoch, "validation_loss": epoch.validation_loss}

    def log_result(self, result: dict[str, Any]) -> None:
        """Write nothing: results are the driver's to keep."""
