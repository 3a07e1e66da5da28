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

from evaluation.base_partitions import BasePartitions, base_counts
from evaluation.coherence import coherence_by_view
from evaluation.consensus import fit_consensus
from evaluation.external import label_scores
from search.tasks.reading import read_task
from search.trial.inputs import TrialInputs
from search.trial.records import TrialResult, TrialSpec

BEST = (20, 10, 5)
"""Models that a consensus is of: those of the highest objective at the count."""
MOST_CLASSES = 64
"""Of a label that is looked at."""
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
        if 2 <= len(np.unique(truth[truth != ""])) <= MOST_CLASSES
    }
    counts = {label: len(np.unique(t[t != ""])) for label, t in labels.items()}
    own = [*task.counts]
    every = sorted({*own, *counts.values()})
    models = [*models_of(results, inputs, every)]
    known = {count: choices(models, inputs, count) for count in every}
    rows = [
        {"count": kind, "label": label, "choice": choice, "ari": value}
        for label, truth in labels.items()
        for kind, among in (("the label's count", [counts[label]]), ("its own count", own))
        for choice, value in chosen(pd.concat([known[count] for count in among]), truth)
    ]
    return pd.DataFrame(rows).assign(search=named(name, task_name, seed), set=Path(name).name)


def models_of(
    results: Sequence[tuple[TrialSpec, TrialResult]], inputs: TrialInputs, counts: Sequence[int]
) -> Iterator[Model]:
    """The models that held the guards and were given no label, with their partitions."""
    for spec, result in results:
        space = result.codes if result.reduced is None else result.reduced
        feasible = any(row["status"] == "complete" for row in result.clusterings)
        if space is None or not feasible or result.row["leaks"]:
            continue
        parts = {part: space[rows].astype(np.float64) for part, rows in inputs.rows.items()}
        bases = BasePartitions.fit(parts["train"], counts, seed=0)
        found = {part: bases.assign(codes) for part, codes in parts.items()}
        partitions = {
            count: {part: clusters[place] for part, clusters in found.items()}
            for place, count in enumerate(bases.centres)
        }
        yield Model(spec.role, spec.seed, partitions)


def choices(models: Sequence[Model], inputs: TrialInputs, count: int) -> pd.DataFrame:
    """How every model and every consensus scores at one count, and its clusters of test songs."""
    views = {view: space.parts["validation"] for view, space in inputs.references.items()}

    def scored(kind: str, partition: dict[str, np.ndarray]) -> dict[str, object]:
        by_view = coherence_by_view(partition["validation"], views)
        objective = inputs.chance.excess(by_view, "validation", count)
        first = next(iter(by_view.values()))
        return {"kind": kind, "standard": first, "objective": objective, "test": partition["test"]}

    searched = [one for one in models if one.role != "finalist"]
    again = [one for one in models if one.role == "finalist"]
    rows = [scored("model", one.partitions[count]) for one in searched]
    order = np.argsort([-row["objective"] for row in rows])  # type: ignore[operator]
    members = {
        "all": searched,
        **{f"best {n}": [searched[place] for place in order[:n]] for n in BEST},
        "finalists": [one for one in again if one.seed == again[0].seed],
        "finalists, all seeds": again,
    }
    for which, some in members.items():
        for span, at in {"k": [count], "k/2, k, 2k": base_counts(count)}.items():
            bases = [one.partitions[base] for one in some for base in at]
            if not bases:
                continue
            stacked = {part: np.stack([one[part] for one in bases]) for part in inputs.rows}
            found = fit_consensus(stacked["train"], count, 0)
            partition = {part: found.assign(base)[0] for part, base in stacked.items()}
            rows.append(scored(f"consensus of {which}; {span}", partition))
    return pd.DataFrame(rows)


def chosen(rows: pd.DataFrame, truth: np.ndarray) -> Iterator[tuple[str, float]]:
    """Every choice and the test ARI of what it takes, among all models at some counts."""
    rows = rows.assign(ari=[float(label_scores(one, truth)["ari"] or 0.0) for one in rows["test"]])
    rows = rows.reset_index(drop=True)
    models = rows[rows["kind"] == "model"]
    yield "best", models["ari"].max()
    yield "mean model", models["ari"].mean()
    for score in ("standard", "objective"):
        yield score, models.loc[models[score].idxmax(), "ari"]
    for kind, some in rows[rows["kind"] != "model"].groupby("kind"):
        yield str(kind), some.loc[some["objective"].idxmax(), "ari"]


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
