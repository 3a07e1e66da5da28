"""How much of the best model of a search does a choice without labels keep, and a consensus?

    python benchmarks/consensus.py digits DIR ... [--tasks medium hard] [--seeds 3] [--out FILE]

Each search is run as it is. Then all of its models that held the guards are clustered by k-means
at the label's count and at every count of the task: test ARI of the best, of the mean model, of
the ones that scores of validation songs put first, and of consensus partitions of several kinds.
The kind that is shown for a collection is the best on the *other* collections. Rows are written
to `--out` as they come; searches that lie there already are not run again.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from alone import walked
from families import one_thread, read
from measuring import show

from evaluation.assignment import NearestCentre
from evaluation.coherence import coherence_by_view
from evaluation.consensus import fit_consensus
from evaluation.external import label_scores
from evaluation.kmeans import fit_kmeans
from search.tasks.reading import read_task
from search.trial.inputs import TrialInputs
from search.trial.records import TrialResult, TrialSpec

MEMBERS = ("all", "best 20", "best 10", "best 5", "finalists", "finalists, all seeds")
"""Which models a consensus is of; the best are those of the highest objective at the count."""
SPANS = {"k": (1.0,), "k/2, k, 2k": (0.5, 1.0, 2.0)}
"""Clusters of the base partitions, in units of those of the consensus."""
LEAST = 2
AIMED = {"digits": "genre", "demo": "genre", "gtzan-bangla": "genre", "spoken": "artist"}
"""Beginning of a set's name -> its label; every other label is shown apart."""
BOOTSTRAPS = 2_000
SINGLE = ("mean model", "standard", "objective")
"""Choices of one model: at random, by coherence in the first view, by the objective."""


@dataclass(frozen=True)
class Model:
    """One trained model: its songs as a clusterer sees them, divided at many counts.

    Attributes
    ----------
    role, seed : of its trial.
    partitions : count -> part of the songs -> clusters.
    """

    role: str
    seed: int
    partitions: dict[int, dict[str, np.ndarray]]


def main() -> None:
    """Read the command line, search what is missing, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="+", metavar="digits|DIR")
    parser.add_argument("--tasks", nargs="+", default=["medium", "hard"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("consensus.parquet"))
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    rows = pd.read_parquet(given.out) if given.out.exists() else pd.DataFrame()
    there = set(rows["search"]) if len(rows) else set()
    wanted = [
        (name, task, seed)
        for seed in range(given.seeds)
        for task in given.tasks
        for name in given.sets
    ]
    with ProcessPoolExecutor(
        given.workers, multiprocessing.get_context("spawn"), initializer=one_thread
    ) as pool:
        missing = [one for one in wanted if named(*one) not in there]
        for done in as_completed([pool.submit(judged, *one) for one in missing]):
            rows = pd.concat([rows, done.result()], ignore_index=True)
            rows.to_parquet(given.out, index=False)
    rows = rows[rows["search"].isin([named(*one) for one in wanted])]
    for kind, at in rows.groupby("count"):
        for aimed, some in at.groupby(at["label"] == at["set"].map(aim)):
            title = "the label of each set" if aimed else "other labels"
            show(f"At {kind}, {title}", table(some))


def named(name: str, task: str, seed: int) -> str:
    """A search in a word."""
    return f"{Path(name).name} {task} {seed}"


def aim(name: str) -> str:
    """The label that a set is judged by."""
    return next(label for beginning, label in AIMED.items() if name.startswith(beginning))


# -- one search ----------------------------------------------------------------------------


def judged(name: str, task_name: str, seed: int) -> pd.DataFrame:
    """Test ARI of every choice, for every label, at the label's count and at each one's own."""
    songs = read(name)
    task = read_task(task_name, {"seed": seed, "null_collections": 0})
    inputs, results = walked(task, songs)
    labels = {
        label: truth[inputs.rows["test"]]
        for label, truth in songs.labels.items()
        if 2 <= len(np.unique(truth[truth != ""])) <= 64
    }
    counts = {label: len(np.unique(t[t != ""])) for label, t in labels.items()}
    own = [*task.counts]
    models = [*models_of(results, inputs, sorted({*own, *counts.values()}))]
    rows = []
    for label, truth in labels.items():
        known = {count: Judged(models, inputs, count, truth) for count in {*own, counts[label]}}
        for kind, among in (("the label's count", [counts[label]]), ("its own count", own)):
            for choice, value in choices([known[count] for count in among]):
                rows.append({"count": kind, "label": label, "choice": choice, "ari": value})
    return pd.DataFrame(rows).assign(search=named(name, task_name, seed), set=Path(name).name)


def models_of(
    results: Sequence[tuple[TrialSpec, TrialResult]], inputs: TrialInputs, counts: Sequence[int]
) -> Iterator[Model]:
    """The models that held the guards and were given no label, with their partitions."""
    bases = sorted({based(count, share) for count in counts for share in (0.5, 1.0, 2.0)})
    for spec, result in results:
        space = result.codes if result.reduced is None else result.reduced
        feasible = any(row["status"] == "complete" for row in result.clusterings)
        if space is None or not feasible or result.row["leaks"]:
            continue
        parts = {part: space[rows].astype(np.float64) for part, rows in inputs.rows.items()}
        rules = [NearestCentre(centres) for centres, _ in fit_kmeans(parts["train"], bases, 0)]
        partitions = {
            count: {part: rule.assign(codes) for part, codes in parts.items()}
            for count, rule in zip(bases, rules, strict=True)
        }
        yield Model(spec.role, spec.seed, partitions)


def based(count: int, share: float) -> int:
    """Clusters of a base partition."""
    return max(LEAST, round(count * share))


class Judged:
    """Partitions of one search at one count: how they score, and their ARI with a label."""

    def __init__(
        self, models: Sequence[Model], inputs: TrialInputs, count: int, truth: np.ndarray
    ) -> None:
        self._inputs, self._count, self._truth = inputs, count, truth
        self._views = {v: space.parts["validation"] for v, space in inputs.references.items()}
        self.searched = [one for one in models if one.role != "finalist"]
        self.again = [one for one in models if one.role == "finalist"]
        self.scores = [self.scored(one.partitions[count]) for one in self.searched]

    def scored(self, partition: dict[str, np.ndarray]) -> tuple[float, float, float]:
        """Coherence in the first view, the objective, and test ARI."""
        by_view = coherence_by_view(partition["validation"], self._views)
        objective = self._inputs.chance.excess(by_view, "validation", self._count)
        ari = label_scores(partition["test"], self._truth)["ari"]
        return next(iter(by_view.values())), objective, float(ari or 0.0)

    def members(self, which: str) -> list[Model]:
        """The models that a consensus is of."""
        if which == "finalists":
            return [one for one in self.again if one.seed == self.again[0].seed]
        if which == "finalists, all seeds":
            return self.again
        order = np.argsort([-objective for _, objective, _ in self.scores])
        most = len(order) if which == "all" else int(which.removeprefix("best "))
        return [self.searched[place] for place in order[:most]]

    def consensus(self, which: str, span: str) -> tuple[float, float, float]:
        """Scores of a consensus."""
        bases = [based(self._count, share) for share in SPANS[span]]
        some = [one.partitions[base] for one in self.members(which) for base in bases]
        stacked = {part: np.stack([each[part] for each in some]) for part in self._inputs.rows}
        found = fit_consensus(stacked["train"], self._count, 0)
        return self.scored({part: found.assign(base)[0] for part, base in stacked.items()})


def choices(at: Sequence[Judged]) -> Iterator[tuple[str, float]]:
    """Every choice and the test ARI of what it takes, among the models at some counts."""
    standard, objective, ari = np.array([one.scores for one in at]).transpose(2, 0, 1)
    yield "best", float(ari.max())
    yield "mean model", float(ari.mean())
    yield "standard", float(ari.flat[standard.argmax()])
    yield "objective", float(ari.flat[objective.argmax()])
    for which in MEMBERS:
        for span in SPANS:
            if at[0].members(which):
                found = [one.consensus(which, span) for one in at]
                yield f"consensus of {which}; {span}", max(found, key=lambda one: one[1])[2]


# -- all searches --------------------------------------------------------------------------


def table(rows: pd.DataFrame) -> list[dict[str, object]]:
    """A row for each choice: share of the best ARI kept, gain on today's, wins."""
    wide = rows.pivot_table("ari", ["set", "label", "search"], "choice")
    kinds = [name for name in wide if str(name).startswith("consensus")]
    shares = wide[[*SINGLE, *kinds]].div(wide["best"].clip(lower=1e-9), axis=0)
    wide["consensus, chosen elsewhere"] = chosen_elsewhere(wide, shares, kinds)
    names = [*SINGLE, "consensus, chosen elsewhere", *kinds]
    return [summary(str(name), wide) for name in names]


def chosen_elsewhere(wide: pd.DataFrame, shares: pd.DataFrame, kinds: Sequence[str]) -> pd.Series:
    """ARI of the kind of consensus that keeps most on all collections but that of the row."""
    found = pd.Series(np.nan, wide.index)
    sets = wide.index.get_level_values("set")
    for name in sets.unique():
        others = shares[sets != name] if (sets != name).any() else shares
        best = others[list(kinds)].groupby("set").mean().mean().idxmax()
        found[sets == name] = wide.loc[sets == name, best]
    return found


def summary(name: str, wide: pd.DataFrame) -> dict[str, object]:
    """Share kept and gain in ARI over the choice by the first view, with bootstrap intervals."""
    share = (wide[name] / wide["best"].clip(lower=1e-9)).to_numpy()
    gain = (wide[name] - wide["standard"]).to_numpy()
    random = np.random.default_rng(0)
    drawn = random.integers(len(share), size=(BOOTSTRAPS, len(share)))
    by_set = wide.assign(share=share).groupby("set")["share"].mean()
    return {
        "choice": name,
        "kept": interval(share, drawn),
        "ARI less that of standard": interval(gain, drawn),
        "better, of": f"{int((gain > 0).sum())} of {len(gain)}",
        **{f"kept, {each}": f"{value:.2f}" for each, value in by_set.items()},
    }


def interval(values: np.ndarray, drawn: np.ndarray) -> str:
    """A mean over searches and its 95 % bootstrap interval."""
    low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    main()
