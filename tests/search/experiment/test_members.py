"""Which models a run keeps for its consensus: the ten best, whatever order they come in."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from results.store import RunStore
from search.experiment.members import MOST, Members
from search.study.space import Configuration
from search.trial.records import Row, TrialResult, TrialSpec, initial_row

CONFIGURATION = Configuration("pca", "standard", "none", {}, "kmeans", 2)
FILES = {".json": b"{}", ".weights.h5": b"numbers"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    with RunStore.create(tmp_path, "easy", "run", {}) as store:
        yield store


def take(members: Members, store: RunStore, trial: int, excess: float, **row: Row) -> None:
    """Let a trial end, with a model where one was asked for."""
    spec = TrialSpec(trial, "search", CONFIGURATION, 0, kept_from=members.bound)
    if excess >= spec.kept_from:
        store.save_model(trial, FILES)
    clusterings = [{"status": "complete", "coherence_excess": excess}]
    members.take(spec, TrialResult({**initial_row(spec), "leaks": None, **row}, clusterings))


def kept(store: RunStore) -> set[int]:
    return {trial for trial in range(-5, 40) if store.has_model(trial)}


def test_the_best_are_kept_and_no_others(store: RunStore) -> None:
    members, values = Members(store), np.random.default_rng(0).permutation(30)
    for trial, value in enumerate(values):
        take(members, store, trial, value / 30)
    best = np.argsort(-values)[:MOST].tolist()
    assert members.trials == best
    assert kept(store) == {*best}
    assert members.bound == pytest.approx(20 / 30)


def test_any_model_is_asked_for_until_there_are_enough(store: RunStore) -> None:
    members = Members(store)
    for trial in range(MOST - 1):
        take(members, store, trial, 0.5)
    assert members.bound == float("-inf")


def test_a_model_that_was_given_a_label_is_none(store: RunStore) -> None:
    members = Members(store)
    take(members, store, 1, 0.9, leaks="genre")
    assert not members.trials and not kept(store)


def test_a_trial_without_a_model_is_none(store: RunStore) -> None:
    members = Members(store)
    spec = TrialSpec(4, "search", CONFIGURATION, 0)
    rows = [{"status": "complete", "coherence_excess": 0.9}]
    members.take(spec, TrialResult({"leaks": None}, rows))
    assert not members.trials


def test_what_a_consensus_needs_stays_until_there_is_another(store: RunStore) -> None:
    before = Members(store)
    take(before, store, -3, 0.1)
    store.save_consensus(1, {"members": np.array([-3])})
    members = Members(store)
    for trial in range(MOST):
        take(members, store, trial, 0.5)
    take(members, store, -3, 0.1)
    assert -3 in kept(store) and -3 not in members.trials
    members.release()
    assert kept(store) == {*range(MOST)}


@pytest.mark.parametrize("members", [np.array(["-3"]), np.array([[-3]]), np.array(-3), None])
def test_a_consensus_that_does_not_say_whose_it_is_needs_nothing(
    store: RunStore, members: np.ndarray | None
) -> None:
    store.save_consensus(1, {"votes": np.zeros(2)} if members is None else {"members": members})
    assert store.consensus_members() == set()
