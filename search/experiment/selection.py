"""Which trials are trained again on fresh seeds, and on how many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from search.study.space import Configuration
from search.tasks.task import Task

FEWEST_SEEDS = 3


@dataclass(frozen=True)
class Candidate:
    """A clustering that held every guard, with the configuration that made it.

    Attributes
    ----------
    trial, role : of the trial that made it.
    values : of the task's objectives, the first one ranking.
    seconds : that its trial took.
    """

    trial: int
    role: str
    configuration: Configuration
    values: tuple[float, ...]
    seconds: float

    @property
    def clustering(self) -> tuple[int, str, int]:
        """Its trial, clusterer and cluster count, which tell it from every other one."""
        return self.trial, self.configuration.clusterer, self.configuration.n_clusters

    @property
    def baseline(self) -> bool:
        """Whether it is not of a searched trial."""
        return self.role == "baseline"


def ranked(candidates: Sequence[Candidate], task: Task) -> list[Candidate]:
    """Return the best clustering of every trial, best trial first.

    Where there are several objectives those on their Pareto front come first. Either way the
    first objective orders.
    """
    if not candidates:
        return []
    values = _signed(candidates, task)
    first = front(values) if values.shape[1] > 1 else np.ones(len(values), bool)
    order = sorted(range(len(values)), key=lambda place: (not first[place], -values[place, 0]))
    best: dict[int, Candidate] = {}
    for place in order:
        best.setdefault(candidates[place].trial, candidates[place])
    return list(best.values())


def may_be_first(candidates: Sequence[Candidate], task: Task) -> list[Candidate]:
    """Return the clusterings of one trial that `ranked` may return, whatever else is ranked."""
    if not candidates:
        return []
    values = _signed(candidates, task)
    if values.shape[1] == 1:
        return [candidates[int(values[:, 0].argmax())]]
    return [candidates[place] for place in np.flatnonzero(front(values)).tolist()]


def _signed(candidates: Sequence[Candidate], task: Task) -> np.ndarray:
    """Return the values of candidates (n, objectives), higher ones better."""
    signs = [1 if one.direction == "maximize" else -1 for one in task.objectives]
    return np.array([candidate.values for candidate in candidates]) * signs


def front(values: np.ndarray) -> np.ndarray:
    """Return which rows (n, objectives) no other row beats in everything: a mask (n,).

    Higher is better. In descending order a row is beaten by one before it, if by any.
    """
    unbeaten = np.zeros(len(values), bool)
    kept = np.empty((0, values.shape[1]))
    for place in np.lexsort(-values.T[::-1]):
        row = values[place]
        if not ((kept >= row).all(axis=1) & (kept > row).any(axis=1)).any():
            unbeaten[place] = True
            kept = np.vstack([kept, row])
    return unbeaten


def chosen(
    candidates: Sequence[Candidate],
    task: Task,
    searched_seconds: float,
    preferred: Candidate | None = None,
) -> tuple[list[Candidate], int]:
    """Return the finalists, best first, and on how many seeds each is trained.

    The best of every baseline and the best searched trial in any case; further searched trials,
    the best of each other family before second ones of a family, up to `finalists` in all. They
    are expected to take as long as in the search; where that is over `finalist_share` of the
    search's own time there are fewer seeds, at least three, and then fewer finalists.

    Parameters
    ----------
    preferred : the clustering that comes first, where it is not that of the best objective.
    """
    order = ranked(candidates, task)
    if preferred is not None:
        order = [preferred, *(one for one in order if one.trial != preferred.trial)]
    baselines = _first_of(order, lambda candidate: candidate.baseline)
    searched = [candidate for candidate in order if not candidate.baseline]
    first = _first_of(searched, lambda candidate: True)
    searched = [*first, *(each for each in searched if each not in first)][: task.finalists]
    wanted = [*searched[:1], *baselines]
    bound = task.finalist_share * searched_seconds or float("inf")

    def cost(some: Sequence[Candidate], seeds: int) -> float:
        return seeds * sum(candidate.seconds for candidate in some)

    seeds = task.finalist_seeds
    while seeds > FEWEST_SEEDS and cost(wanted, seeds) > bound:
        seeds -= 1
    for candidate in searched[1:]:
        if cost([*wanted, candidate], seeds) <= bound:
            wanted.append(candidate)
    return [candidate for candidate in order if candidate in wanted], seeds


def _first_of(order: Sequence[Candidate], where: Callable[[Candidate], bool]) -> list[Candidate]:
    """Return the first of each family among those that fulfil a condition."""
    best: Mapping[str, Candidate] = {
        candidate.configuration.family: candidate
        for candidate in reversed(order)
        if where(candidate)
    }
    return [candidate for candidate in order if candidate in best.values()]
