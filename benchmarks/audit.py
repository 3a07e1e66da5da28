"""Which score, seen without labels, finds the model whose clusters agree with them?

    python benchmarks/audit.py digits data/sets/demo FOLDER ... [--out audit.parquet]

A pool of models, fixed below, is trained on every set. Each is clustered by k-means at every
count; the scores that a search could use are those of validation songs, the truth is the ARI of
test songs. Within each count a score is judged by its rank correlation with the truth over the
models, and by what it keeps: the ARI of the model it picks over the best of the pool. Then cluster
counts: what a rule keeps of the best ARI over the counts of one model.

Rows are written to `--out`; sets that lie there already are not trained again.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from families import described, one_thread, read
from measuring import show
from scipy.stats import spearmanr
from sklearn.neighbors import NearestNeighbors

from evaluation.objective import OBJECTIVES
from evaluation.reference import NEIGHBOURS, ReferencePart, coherence_parts
from models import FAMILIES, defaults
from search.adaptation import adapt
from search.bench import prepare
from search.outcome import Ask
from search.space import Configuration
from search.task import Task, read_task
from search.trial import run

POOL_SEED = 2026
POOL = 64
"""Models a set; which they are follows from the seed and the ranges below."""
POOL_FAMILIES = ("pca", "autoencoder", "mlp_vae", "mlp_vae", "conv_vae", "vade")
LATENT_SIZES = (2, 48)
BETAS = (0.1, 20.0)
VIEWS = ("standard", "global", "trimmed+gainless", "power", "pooled+power")
HEADS = ("none", "none", "umap")
STEPS = 300
COUNTS = (2, 16)
CONSTANT = 10
BOOTSTRAPS = 200

SCORES = {
    **{objective.column: objective.direction for objective in OBJECTIVES.values()},
    "balance": "maximize",
    "prediction_strength": "maximize",
    "gap": "maximize",
    "coherence_plain": "maximize",
    "coherence_half": "maximize",
    "coherence_whitened": "maximize",
    "coherence_plain_half": "maximize",
    "coherence_excess": "maximize",
}
del SCORES["ari"]
COUNT_RULES = ("coherence", "coherence_excess", "gap", "silhouette", "stability", "null_excess")
BAR = 0.8
"""Of prediction strength; the rule takes the largest count that reaches it."""


def main() -> None:
    """Read the command line, train what is missing, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", nargs="+", metavar="digits|DIR")
    parser.add_argument("--out", type=Path, default=Path("audit.parquet"))
    parser.add_argument("--models", type=int, default=POOL, help="of the pool, the first so many")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    rows = pd.read_parquet(given.out) if given.out.exists() else pd.DataFrame({"set": []})
    with ProcessPoolExecutor(
        given.workers, multiprocessing.get_context("spawn"), initializer=one_thread
    ) as pool:
        for name in given.sets:
            if name in set(rows["set"]):
                continue
            models = range(given.models)
            found = pool.map(audited, [name] * given.models, models)
            rows = pd.concat([rows, *found], ignore_index=True)
            rows.to_parquet(given.out, index=False)
    rows = rows[rows["set"].isin(given.sets)]
    for name in given.sets:
        print(described(name, read(name)))
    for guarded in (False, True):
        judged = rows[rows["guard"].isna()] if guarded else rows
        show(f"Scores, guards {'on' if guarded else 'off'}", table(judged))
    show("Cluster counts, guards on", count_table(rows[rows["guard"].isna()]))


# -- the pool ------------------------------------------------------------------------------


def pool(task: Task) -> list[Configuration]:
    """The configurations of the pool that a task's songs allow, always the same."""
    random = np.random.default_rng(POOL_SEED)
    families = [name for name in POOL_FAMILIES if name in task.families]
    found = []
    for _ in range(POOL):
        family = families[random.integers(len(families))]
        views = task.views_of(family)
        wanted = {
            "latent_size": round(math.exp(random.uniform(*np.log(LATENT_SIZES)))),
            "beta": float(f"{math.exp(random.uniform(*np.log(BETAS))):.3g}"),
        }
        view, head = views[random.integers(len(views))], HEADS[random.integers(len(HEADS))]
        known = {h.name for h in FAMILIES[family].hyperparameters}
        settings = {key: value for key, value in wanted.items() if key in known}
        found.append(
            Configuration(
                family, view, head, defaults(FAMILIES[family], settings), "kmeans", COUNTS[0]
            )
        )
    return found


def audit_task(songs_for_training: int) -> Task:
    """A task that scores every count; epochs so that networks take about as many steps."""
    epochs = math.ceil(STEPS / math.ceil(songs_for_training / 64))
    changes = {
        "families": list(dict.fromkeys(POOL_FAMILIES)),
        "baselines": [],
        "views": list(VIEWS),
        "clusterers": ["kmeans"],
        "clusters": "{}:{}".format(*COUNTS),
        "epochs": epochs,
        "early_stopping": 0,
        "space": {"latent_size": {"low": LATENT_SIZES[0], "high": LATENT_SIZES[1], "log": True}},
    }
    return read_task("hard", changes)


def audited(name: str, place: int) -> pd.DataFrame:
    """Every count of one model of the pool: validation scores, and `truth`, the test ARI."""
    songs = read(name).replace(lyrics=None)
    songs = songs.replace(has_lyrics=np.zeros(len(songs), bool))
    task = adapt(audit_task(int((songs.split == "train").sum())), songs, lambda _: None)
    configuration = pool(task)[place]
    bench = prepare(songs, task.for_view(configuration.view, surrogates=task.surrogates))
    outcome = run(Ask(place, "finalist", configuration, POOL_SEED, curves=True), bench, task)
    rows = pd.DataFrame(outcome.clusterings)
    if rows.empty:
        raise SystemExit(f"{configuration}: {outcome.row['error']}")
    part = bench.reference.parts["validation"]
    held, test = (
        rows[(rows["split"] == split) & (rows["clusterer"] == "kmeans")]
        for split in ("validation", "test")
    )
    assert outcome.partitions is not None
    halfway = half_whitened_neighbours(part)
    parts = np.array(
        [
            [
                *coherence_parts(clusters, part.neighbours, part.neighbours_whitened),
                coherence_parts(clusters, halfway, halfway)[1],
            ]
            for clusters in outcome.partitions[: len(held)]
        ]
    )
    sizes, plain, whitened, half = parts[:, 0], *parts[:, 1:].clip(0).T
    return held.assign(
        set=name,
        model=place,
        family=configuration.family,
        view=configuration.view,
        head=configuration.head,
        r2=outcome.row.get("r2"),
        coherence_plain=sizes * plain,
        coherence_half=sizes * half,
        coherence_whitened=sizes * whitened,
        coherence_plain_half=sizes * (plain + half) / 2,
        truth=test["ari"].to_numpy(),
    )


def half_whitened_neighbours(part: ReferencePart) -> np.ndarray:
    """Nearest other songs (n, 10) where each component is over the root of its deviation."""
    deviation = np.linalg.norm(part.points, axis=0) / np.linalg.norm(part.whitened, axis=0)
    points = part.points / np.sqrt(deviation)
    finder = NearestNeighbors(n_neighbors=NEIGHBOURS, algorithm="brute").fit(points)
    return np.asarray(finder.kneighbors(return_distance=False))


# -- what it says --------------------------------------------------------------------------


def table(rows: pd.DataFrame) -> list[dict[str, object]]:
    """One row per score: mean rank correlation and share kept over sets, with intervals."""
    found: list[dict[str, object]] = []
    sets = [of_set for _, of_set in rows.groupby("set")]
    for score in (*SCORES, "random"):
        of_sets = [judged(of_set, score) for of_set in sets]
        resampled = [
            np.mean([judged(resample(of_set, draw), score) for of_set in sets], axis=0)
            for draw in range(BOOTSTRAPS)
        ]
        low, high = np.nanquantile(resampled, [0.025, 0.975], axis=0)
        correlation, kept = np.mean(of_sets, axis=0)
        found.append(
            {
                "score": score,
                "Spearman": f"{correlation:.2f} [{low[0]:.2f}, {high[0]:.2f}]",
                "kept": f"{kept:.2f} [{low[1]:.2f}, {high[1]:.2f}]",
                **{
                    f"kept, {Path(str(of_set['set'].iloc[0])).name}": f"{one[1]:.2f}"
                    for of_set, one in zip(sets, of_sets, strict=True)
                },
            }
        )
    return sorted(found, key=lambda row: str(row["kept"]), reverse=True)


def judged(rows: pd.DataFrame, score: str) -> tuple[float, float]:
    """Rank correlation with the truth and share kept of one set, means over cluster counts."""
    correlations, kept = [], []
    for _, alike in rows.groupby("n_clusters"):
        truth = alike["truth"].to_numpy()
        best = truth.max()
        if len(alike) < 3 or best <= 0:
            continue
        if score == "random":
            correlations.append(0.0)
            kept.append(truth.mean() / best)
            continue
        values = signed(alike, score)
        correlations.append(spearmanr(values, truth).statistic if np.ptp(values) else 0.0)
        kept.append(truth[values.argmax()] / best)
    return float(np.nanmean(correlations)), float(np.mean(kept))


def signed(rows: pd.DataFrame, score: str) -> np.ndarray:
    """Values of a score, higher is better; what is missing is worst."""
    sign = 1 if SCORES[score] == "maximize" else -1
    values = sign * rows[score].astype(float).to_numpy()
    return np.where(np.isfinite(values), values, np.nanmin(values) - 1)


def resample(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The rows of as many models, drawn with replacement."""
    models = rows["model"].unique()
    drawn = np.random.default_rng(seed).choice(models, len(models))
    by_model = dict(list(rows.groupby("model")))
    return pd.concat([by_model[model] for model in drawn])


def count_table(rows: pd.DataFrame) -> list[dict[str, object]]:
    """What each rule for the cluster count keeps of a model's best ARI, by set."""
    rules: Mapping[str, Callable[[pd.DataFrame], float]] = {
        f"always {CONSTANT}": lambda model: at(model, CONSTANT),
        "any": lambda model: float(model["truth"].mean()),
        f"prediction strength {BAR}": strong,
        **{
            score: lambda model, score=score: float(
                model["truth"].to_numpy()[signed(model, score).argmax()]
            )
            for score in COUNT_RULES
        },
    }
    return [{"rule": name, **dict(counted(rows, rule))} for name, rule in rules.items()]


def counted(
    rows: pd.DataFrame, rule: Callable[[pd.DataFrame], float]
) -> Iterator[tuple[str, str]]:
    """Set and mean share kept over its models, then the mean over sets."""
    means: list[float] = []
    for name, of_set in rows.groupby("set"):
        kept: Sequence[float] = [
            rule(model) / model["truth"].max()
            for _, model in of_set.groupby("model")
            if model["truth"].max() > 0
        ]
        means.append(float(np.mean(kept)))
        yield Path(str(name)).name, f"{means[-1]:.2f}"
    yield "mean", f"{np.mean(means):.2f}"


def at(model: pd.DataFrame, count: int) -> float:
    """ARI at the feasible count nearest to one."""
    nearest = (model["n_clusters"] - count).abs().to_numpy().argmin()
    return float(model["truth"].to_numpy()[nearest])


def strong(model: pd.DataFrame) -> float:
    """ARI at the largest count whose prediction strength reaches the bar, else at the smallest."""
    reached = model[model["prediction_strength"] >= BAR]
    count = reached["n_clusters"].max() if len(reached) else model["n_clusters"].min()
    return at(model, int(count))


if __name__ == "__main__":
    main()
