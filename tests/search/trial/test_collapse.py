"""What the spectrum of the songs tells of beta before training."""

import numpy as np

from data import Songs
from search.tasks.reading import read_task
from search.trial.collapse import collapse_warning
from search.trial.inputs import prepare


def correlated(songs: Songs) -> Songs:
    """Eight features that repeat two independent ones: eigenvalues 4, 4 and nothing else."""
    random = np.random.default_rng(0)
    pair = random.normal(size=(len(songs), 2))
    return songs.replace(audio=np.repeat(pair, 4, axis=1).astype(np.float32))


def test_betas_above_the_second_eigenvalue_are_warned_of(songs: Songs) -> None:
    task = read_task("easy", {"space.beta.high": 5.0})
    said = collapse_warning(task, prepare(correlated(songs), task))
    assert said is not None and "At beta 3." in said and "now 5" in said


def test_betas_below_it_are_not(songs: Songs) -> None:
    task = read_task("easy", {"space.beta.high": 3.0})
    assert collapse_warning(task, prepare(correlated(songs), task)) is None
