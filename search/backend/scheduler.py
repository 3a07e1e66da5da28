"""Which trial Ray Tune runs on which worker, and which ends before its last epoch."""

from __future__ import annotations

from typing import Any

from ray.tune.schedulers import FIFOScheduler

from search.backend.interrupt import Interrupt
from search.backend.searcher import DriverOnly, ExperimentSearcher
from search.experiment.experiment import Experiment


class ExperimentScheduler(DriverOnly, FIFOScheduler):
    """Ends a trial where the experiment says so, and leaves it to the worker that starts for it.

    Tune gives a waiting trial to the first worker that is free and ends the start that was under
    way for it: where trials are shorter than a start, further nodes never come to run one
    (observed with Ray 2.60). A free worker gets a new trial instead.
    """

    def __init__(
        self, experiment: Experiment, searcher: ExperimentSearcher, interrupt: Interrupt
    ) -> None:
        super().__init__()
        self._experiment = experiment
        self._searcher = searcher
        self._interrupt = interrupt

    def on_trial_result(self, tune_controller: Any, trial: Any, result: dict[str, Any]) -> str:
        """Stop a trial whose intermediate result is behind that of others."""
        intermediate = result.get("intermediate")
        running = self._searcher.running.get(trial.trial_id)
        if intermediate is not None and running is not None:
            with self._interrupt.on_error():
                if self._experiment.ends_early(running.spec, intermediate):
                    return self.STOP
        return self.CONTINUE

    def choose_trial_to_run(self, tune_controller: Any) -> None:
        """Choose none before its turn."""
