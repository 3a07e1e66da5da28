"""What is printed while a search runs, where there is no terminal."""

import io

import pytest
from rich.console import Console

from models import FAMILIES, defaults
from search.backend.progress import Progress, duration
from search.study.space import Configuration
from search.trial.records import TrialResult, TrialSpec, failed, initial_row


def spec(trial: int) -> TrialSpec:
    settings = defaults(FAMILIES["mlp_vae"], {})
    configuration = Configuration("mlp_vae", "standard", "none", settings, "kmeans", 7)
    return TrialSpec(trial, "search", configuration, seed=0)


def ended(of: TrialSpec, objective: float) -> TrialResult:
    return TrialResult(initial_row(of) | {"status": "complete", "objective": objective})


def test_plain_lines_tell_how_far_it_is_and_what_is_best() -> None:
    written = io.StringIO()
    progress = Progress(Console(file=written, width=200), "coherence", maximize=True)
    with progress.of(lambda: 4):
        for number, value in enumerate((0.5, 0.9, 0.7)):
            progress.started(spec(number))
            progress.finished(spec(number), ended(spec(number), value))
        progress.finished(spec(3), failed(spec(3), "ValueError", "no"))
    last = written.getvalue().splitlines()[-1]
    assert "4 of 4 trials done, 0 running, 1 failed" in last
    assert "best coherence 0.900: mlp_vae, latent_size 16, beta 1.0, 7 clusters" in last


def test_lower_is_best_where_the_objective_is_minimised() -> None:
    written = io.StringIO()
    progress = Progress(Console(file=written, width=200), "davies_bouldin", maximize=False)
    with progress.of(lambda: 2):
        for number, value in enumerate((0.5, 0.9)):
            progress.finished(spec(number), ended(spec(number), value))
    assert "best davies_bouldin 0.500" in written.getvalue().splitlines()[-1]


def test_lines_are_few() -> None:
    written = io.StringIO()
    progress = Progress(Console(file=written, width=200), "coherence", maximize=True)
    with progress.of(lambda: 100):
        for number in range(100):
            progress.epoch(spec(number), 1)
            progress.finished(spec(number), ended(spec(number), 0.5))
    assert len(written.getvalue().splitlines()) == 2  # the first, and the last


def test_a_terminal_shows_each_running_trial_with_its_epoch_and_the_best_so_far() -> None:
    written = io.StringIO()
    terminal = Console(file=written, width=80, force_terminal=True, color_system=None)
    progress = Progress(terminal, "coherence", maximize=True)
    with progress.of(lambda: 8):
        progress.finished(spec(0), ended(spec(0), 0.5))
        progress.started(spec(1))
        progress.started(spec(2))
        progress.epoch(spec(2), 17)
    shown = written.getvalue()
    assert "1 of 8 trials done, 2 running" in shown
    assert "best coherence 0.500: mlp_vae, latent_size 16, beta 1.0, 7 clusters" in shown
    assert "search 1 (mlp_vae, latent_size 16, beta 1.0)  starting" in shown
    assert "search 2 (mlp_vae, latent_size 16, beta 1.0)  epoch 17" in shown


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (89, "89 s"), (90, "2 min"), (5369, "89 min"), (12_000, "3 h 20 min")],
)
def test_a_time_is_told_in_the_units_that_matter(seconds: float, said: str) -> None:
    assert duration(seconds) == said
