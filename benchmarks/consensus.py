"""How much of the best model of a search does a choice without labels keep, and a consensus?

    python benchmarks/consensus.py digits DIR ... [--tasks medium hard] [--seeds 3] [--out DIR]

Each search is run as it is, without finalists. Then all of its models that held the guards are
clustered by k-means at the label's count and at every count of the task: test ARI of the best, of
the mean model, of the ones that scores of validation songs put first, and of consensus partitions
of several kinds. The kind that is shown for a collection is the best on the *other* collections.
Searches are written to `--out` as they come; those that lie there already are not run again.
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from consensus_searches import SPACES, Searched, classes, opened, searched
from families import one_thread
from measuring import show

from evaluation.base_partitions import base_counts
from evaluation.consensus import fit_consensus
from evaluation.external import label_scores
from search.experiment.consensus import resampled
from search.experiment.members import MOST
from search.tasks.ranges import TaskError

BEST = (5, 10, 15, 20)
"""Models that a consensus is of: those whose best count of the task is best by `RANKED_BY`."""
RANKED_BY = "mean above chance"
SEEDS = 3
"""Of consensuses as a search makes them, each of a share of the ten best."""
AIMED = {"digits": "genre", "demo": "genre", "gtzan-bangla": "genre", "spoken": "artist"}
"""Beginning of a set's name -> its label; every other label is shown apart."""
BOOTSTRAPS = 2_000

Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]
RULES: dict[str, Rule] = {
    "standard": lambda found, chance: found[..., 0],
    "mean": lambda found, chance: found.mean(axis=-1),
    "worst": lambda found, chance: found.min(axis=-1),
    "mean above chance": lambda found, chance: (found - chance).mean(axis=-1),
    "worst above chance": lambda found, chance: (found - chance).min(axis=-1),
}
"""Scores of coherence (..., views) and its level by chance (views,)."""
COUNTED_BY = ("mean above chance", "worst above chance")
"""Rules by which a consensus takes its count."""
SEARCHED = "consensus as a search makes it"


def main() -> None:
    """Read the command line, search what is missing, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="+", metavar="digits|DIR")
    parser.add_argument("--tasks", nargs="+", default=["medium", "hard"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("consensus"))
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    given.out.mkdir(exist_ok=True)
    wanted = {
        given.out / f"{Path(name).name}-{task}-{seed}.npz": (name, task, seed)
        for seed in range(given.seeds)
        for task in given.tasks
        for name in given.sets
    }
    with ProcessPoolExecutor(
        given.workers, multiprocessing.get_context("spawn"), initializer=one_thread
    ) as pool:
        missing = [(*one, file) for file, one in wanted.items() if not file.exists()]
        for one, done in [(one, pool.submit(searched, *one)) for one in missing]:
            try:
                done.result()
            except TaskError as error:
                print(f"{one[0]} is not searched by {one[1]}: {error}")
        there = {file: one for file, one in wanted.items() if file.exists()}
        rows = pd.concat(pool.map(judged, there, there.values()), ignore_index=True)
    for kind, of_kind in rows.groupby("count"):
        for aimed, some in of_kind.groupby(of_kind["label"] == of_kind["set"].map(aim)):
            title = "the label of each set" if aimed else "other labels"
            show(f"At {kind}, {title}", table(some))


def aim(name: str) -> str:
    """The label that a set is judged by."""
    return next(label for beginning, label in AIMED.items() if name.startswith(beginning))


# -- one search ----------------------------------------------------------------------------


def judged(file: Path, search: tuple[str, str, int]) -> pd.DataFrame:
    """Test ARI of every choice, for every label, at the label's count and at each one's own."""
    found = opened(file)
    test = found.split == "test"
    counts = {label: classes(truth[test]) for label, truth in found.labels.items()}
    known = {count: choices(found, count) for count in {*found.own, *counts.values()}}
    rows = [
        {"count": kind, "label": label, "choice": choice, "ari": value, "clusters": clusters}
        for label, truth in found.labels.items()
        for kind, among in (("the label's count", [counts[label]]), ("its own count", found.own))
        for choice, value, clusters in chosen(
            pd.concat([known[count] for count in among]), truth[test]
        )
    ]
    name = Path(search[0]).name
    return pd.DataFrame(rows).assign(search=file.stem, set=name, task=search[1])


def choices(found: Searched, count: int) -> pd.DataFrame:
    """How every model and every consensus scores at one count, and its clusters of test songs."""
    place, test = found.places[count], found.split == "test"
    models = found.partitions["reduced"]
    rows = [
        {"kind": "model", "test": clusters[test], **ruled(by_view, found.chance[place])}
        for clusters, by_view in zip(models[:, place], found.coherence[:, place], strict=True)
    ]
    order = ranking(found)
    made = [
        (f"consensus of {name}; {span}; {space}", some, at, space)
        for name, some in {"all": order, **{f"{n} best": order[:n] for n in BEST}}.items()
        for span, at in {"k": [count], "k/2, k, 2k": base_counts(count)}.items()
        for space in SPACES
    ]
    made += [
        (SEARCHED, np.array(resampled(order[:MOST].tolist(), seed)), base_counts(count), "reduced")
        for seed in range(SEEDS)
    ]
    for kind, some, at, space in made:
        bases = found.partitions[space][some][:, [found.places[base] for base in at]]
        rows.append({"kind": kind, **consensus(found, bases, count)})
    return pd.DataFrame(rows).assign(clusters=count)


def ranking(found: Searched) -> np.ndarray:
    """Models by what their best count of the task has, best first."""
    own = [found.places[count] for count in found.own]
    scores = RULES[RANKED_BY](found.coherence[:, own], found.chance[own])
    return np.argsort(-scores.max(axis=1))


def ruled(by_view: np.ndarray, chance: np.ndarray) -> dict[str, object]:
    """Every rule's value."""
    return {name: float(rule(by_view, chance)) for name, rule in RULES.items()}


def consensus(found: Searched, bases: np.ndarray, count: int) -> Mapping[str, object]:
    """Scores of the consensus of base partitions (models, counts, songs), and its test songs."""
    votes = bases.reshape(-1, bases.shape[-1])
    clusters, _ = fit_consensus(votes[:, found.split == "train"], count, 0).assign(votes)
    by_view = found.coherence_of(clusters[found.split == "validation"])
    chance = found.chance[found.places[count]]
    return {"test": clusters[found.split == "test"], **ruled(by_view, chance)}


def chosen(rows: pd.DataFrame, truth: np.ndarray) -> Iterator[tuple[str, float, float]]:
    """Every choice, the test ARI of what it takes among all models at some counts, its count."""
    rows = rows.reset_index(drop=True)
    rows["ari"] = [float(label_scores(one, truth)["ari"] or 0.0) for one in rows["test"]]
    models = rows[rows["kind"] == "model"]
    yield "best", models["ari"].max(), models.loc[models["ari"].idxmax(), "clusters"]
    yield "mean model", models["ari"].mean(), models["clusters"].mean()
    for rule in RULES:
        best = models.loc[models[rule].idxmax()]
        yield rule, best["ari"], best["clusters"]
    for kind, some in rows[rows["kind"] != "model"].groupby("kind"):
        # Of a search's seeds the mean counts.
        of_seeds = some.groupby("clusters")[["ari", *COUNTED_BY]].mean()
        for rule in COUNTED_BY if len(of_seeds) > 1 else COUNTED_BY[:1]:
            count = of_seeds[rule].idxmax()
            name = f"{kind}; {rule}" if len(of_seeds) > 1 else str(kind)
            yield name, of_seeds.loc[count, "ari"], count


# -- all searches --------------------------------------------------------------------------


def table(rows: pd.DataFrame) -> list[dict[str, object]]:
    """A row for each choice: share of the best ARI kept, gain on today's, wins."""
    wide = rows.pivot_table("ari", ["set", "label", "search"], "choice")
    kinds = [name for name in wide if str(name).startswith("consensus")]
    single = ["mean model", *RULES]
    shares = wide[[*single, *kinds]].div(wide["best"].clip(lower=1e-9), axis=0)
    wide["consensus, chosen elsewhere"] = chosen_elsewhere(wide, shares, kinds)
    names = [*single, "consensus, chosen elsewhere", *kinds]
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
